/** The public face of files: what other features may use. */
export { files } from "./feature.ts";
export { fileProcessed } from "./events.ts";
export { removeItems } from "./items.ts";
export {
  type Attachment,
  attachItem,
  findAttached,
  findItem,
  findItems,
  findMessagesWith,
  type Item,
  pageOfChat,
} from "./items-store.ts";
export { claimBlobs } from "./orphans/claim.ts";
export { claimKeys, orphanKeys } from "./orphans/orphans.ts";
export { askInspector } from "./processing/processing.ts";
export { filesPerMessage, formFile, Media, MediaIds, MediaType, Uploaded, UploadForm } from "./schema.ts";
export { insertUploads, keepUploads } from "./uploads/accept.ts";
export { maxFormBytes } from "./uploads/limits.ts";
export { quota, type Reservation, usageOf } from "./uploads/quota.ts";
export {
  discard,
  type Received,
  receiveForm,
  receiveUpload,
  requireType,
  uploadErrors,
} from "./uploads/receiving.ts";
export { isInline } from "./uploads/types.ts";
export { countFiles } from "./usage-store.ts";
export { etagOf, toMedia, versionOf } from "./view.ts";
