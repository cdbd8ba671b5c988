import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { SentFile } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { avatarsAt, seesPicture } from "../../chat/index.ts";
import { findAvatar } from "./store.ts";

/** A picture of a person or a chat. Errors: `not_found`, also for one that the caller does not see. */
export async function openAvatar(kit: Kit, actor: Actor, id: number): Promise<SentFile> {
  const avatar = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    const isSeen = await seesPicture(read, `${avatarsAt}${id}`, actor.userId);
    return isSeen ? findAvatar(read, id) : undefined;
  });
  const blob = avatar && (await kit.blobs.open(avatar.key));
  if (!blob) throw new ChatError("not_found");
  const shown = { type: "image/webp", name: "avatar.webp", inline: true, immutable: true };
  return { blob, size: blob.size, etag: `"${id}"`, ...shown };
}
