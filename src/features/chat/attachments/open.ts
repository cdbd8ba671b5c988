import type { Actor } from "../../../core/actor.ts";
import type { SentFile } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { etagOf, isInline, type Item, toMedia } from "../../files/index.ts";
import { openBlob } from "./open-blob.ts";
import { requireClean, see } from "./seen.ts";
import { waits } from "./waits.ts";

/** Whoever asks for a file. */
export interface Asking {
  /** Not for the file itself (HEAD). */
  wantsHead: boolean;
  /** Aborted when they do not listen any more. */
  readonly gone: AbortSignal;
}

/**
 * The file. Others than its uploader wait for it a while as long as there may be location and camera data in it; only
 * for its head nobody does. Errors: `not_found`, and for others `media_not_ready` after that, or at once when they wait
 * for enough already, `forbidden` when these data could not be taken out.
 */
export async function openMedia(kit: Kit, actor: Actor, id: number, asking: Asking): Promise<SentFile> {
  const isOthers = ({ media }: Item) =>
    kit.settings.fileMetadata === "strip" && media.uploaderId !== actor.userId;
  const isAwaited = (item: Item) => isOthers(item) && item.file.state === "pending";
  const find = async () => {
    const item = await see(kit, actor, id);
    const { messageId } = item.media;
    if (messageId === null || !isAwaited(item) || asking.wantsHead) return item;
    const look = () => see(kit, actor, id);
    return waits(kit).until({ ...actor, messageId }, asking.gone, look, (again) => !isAwaited(again));
  };
  const { item, key, blob } = await openBlob(kit, find, (found) => {
    if (isOthers(found)) requireClean(found);
    return found.file.key;
  });
  const { filename, mime_type } = toMedia(item);
  const isOpaque = item.file.state === "failed" || item.file.encrypted;
  const type = isOpaque ? "application/octet-stream" : mime_type;
  return { blob, size: blob.size, etag: etagOf(key), type, name: filename, inline: isInline(type) };
}
