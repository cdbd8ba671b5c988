/** Files as people see them. */
import { toTime } from "../../core/wire.ts";
import { isCleaned } from "../../platform/inspector/inspector.ts";
import type { Item } from "./items-store.ts";
import type { Media } from "./schema.ts";
import { safeName } from "./uploads/names.ts";
import { withKind } from "./uploads/types.ts";

export function toMedia({ media, file }: Item): Media {
  const url = `/api/media/${media.id}`;
  const type = withKind(media.type, file.kind);
  return {
    id: media.id,
    message_id: media.messageId,
    filename: safeName(media.name, type),
    original_filename: media.name,
    file_size: file.size,
    mime_type: type,
    media_type: file.kind,
    width: file.width,
    height: file.height,
    duration: file.duration,
    waveform: file.waveform,
    encrypted: file.encrypted,
    state: file.state,
    metadata_removed: file.state === "ready" && file.isClean === true && isCleaned(file.type),
    has_thumbnail: file.thumbnailKey !== null,
    url,
    thumbnail_url: file.thumbnailKey === null ? null : `${url}/thumbnail?v=${versionOf(file.thumbnailKey)}`,
    created_at: toTime(media.createdAt),
  };
}

/** A blob never changes, so its key stands for its bytes. */
export function etagOf(key: string): string {
  return `"${nameOf(key)}"`;
}

/**
 * Browsers keep a thumbnail by its address. A backup that is put back gives ids out again: the same address must not
 * show what they keep of another file then.
 */
export function versionOf(key: string): string {
  return nameOf(key).slice(0, 8);
}

/** Behind the shelf. */
function nameOf(key: string): string {
  return key.slice(key.lastIndexOf("/") + 1);
}
