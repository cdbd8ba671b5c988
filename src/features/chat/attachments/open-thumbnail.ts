import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { SentFile } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { etagOf, versionOf } from "../../files/index.ts";
import { openBlob } from "./open-blob.ts";
import { requireLookedAt, see } from "./seen.ts";

/**
 * Nobody waits for it: it has no address before it is there. Only with its version it is one that always shows the
 * same. Errors: `not_found`, `no_thumbnail`, `media_not_ready`.
 */
export async function openThumbnail(
  kit: Kit,
  actor: Actor,
  id: number,
  version: string | undefined,
): Promise<SentFile> {
  const find = () => see(kit, actor, id);
  const { key, blob } = await openBlob(kit, find, (found) => {
    requireLookedAt(found);
    if (found.file.thumbnailKey === null) throw new ChatError("no_thumbnail");
    return found.file.thumbnailKey;
  });
  const immutable = version === versionOf(key);
  const shown = { type: "image/webp", name: "thumbnail.webp", inline: true, immutable };
  return { blob, size: blob.size, etag: etagOf(key), ...shown };
}
