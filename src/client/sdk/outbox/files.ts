import type { Caller } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { noAnswer, ParleyError } from "../errors.ts";
import type { FileToSend } from "../files/multipart.ts";
import { upload, type UploadOptions } from "../files/upload.ts";
import { putEntry } from "../replica/changes.ts";
import type { Replica } from "../replica/replica.ts";
import type { Sync } from "../replica/sync.ts";
import type { Store } from "../store/store.ts";
import type { SentType } from "../wire.ts";
import { isUploadOver } from "./age.ts";
import type { EntryFile, SendEntry } from "./entry.ts";
import type { Sealer } from "./sealing.ts";

interface Parts {
  caller: Caller;
  environment: Environment;
  replica: Replica;
  sealer: Sealer;
  store: Store;
  sync: Sync;
}

/**
 * Uploads the files of an entry that are not on the server yet, or were for so long that it has forgotten them; each is
 * noted as soon as it is there. Into encrypted chats they go sealed. `sent` is told how much has gone, from 0 to 1.
 */
export async function uploadFiles(
  parts: Parts,
  entry: SendEntry,
  signal: AbortSignal,
  sent: (part: number) => void,
): Promise<Pick<SendEntry, "files" | "content_type">> {
  const { environment, sync, replica, sealer } = parts;
  // It names its files, and goes out as it did.
  if (entry.sealed) return entry;
  const isSealed = await sealer.isNeeded(entry.chat_id);
  const files = [...entry.files];
  const of = files.reduce((sum, one) => sum + one.size, 0);
  let before = 0;
  for (const [i, file] of files.entries()) {
    if (!isUploaded(file, isSealed, environment.now())) {
      // What is sealed is larger.
      const progress = (bytes: number) => sent(Math.min(1, (before + bytes) / of));
      const uploaded = await uploadOne(parts, file, isSealed, { signal, onProgress: progress });
      files[i] = { ...file, ...uploaded, uploaded_at: environment.now() };
      const now = replica.outbox.get(entry.key);
      if (now?.kind === "send") {
        await sync.write([putEntry({ ...now, files: [...files] })]);
      }
    }
    before += file.size;
  }
  // What it is to its readers stands inside.
  return { files, content_type: (!isSealed && entry.content_type) || typeOf(files) };
}

/** A chat may be encrypted since. */
function isUploaded(
  { media_id, uploaded_at, attachment }: EntryFile,
  isSealed: boolean,
  now: number,
): boolean {
  return media_id !== undefined && !attachment === !isSealed && !isUploadOver(uploaded_at ?? 0, now);
}

/** With its thumbnail, where it goes sealed: both or none. */
async function uploadOne(
  { caller, environment, store, sealer }: Parts,
  { id, name, thumbnail }: EntryFile,
  isSealed: boolean,
  options: UploadOptions,
): Promise<Pick<EntryFile, "media_id" | "media_type" | "attachment">> {
  const files: FileToSend[] = [];
  for (const one of isSealed && thumbnail ? [id, thumbnail] : [id]) {
    const blob = await store.file(one);
    if (!blob) throw new ParleyError("file_missing", `${name} is no longer there to be sent.`);
    files.push({ name, blob });
  }
  const sealed = isSealed ? await sealer.sealFiles(files) : undefined;
  const media = await upload(caller, environment, sealed?.files ?? files, { ...options, isSealed });
  const [first] = media;
  if (!first) throw noAnswer("The server did not say what it has.");
  return { media_id: first.id, media_type: first.media_type, attachment: sealed?.named(media) };
}

/** A message of pictures alone is a picture to its readers, and so on; what is mixed is files. */
function typeOf(files: readonly EntryFile[]): SentType {
  const types = new Set(files.map((one) => one.media_type));
  const [only] = types;
  if (only === undefined) return "text";
  return types.size === 1 && (only === "image" || only === "video" || only === "audio") ? only : "file";
}
