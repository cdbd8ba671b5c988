/** Who sees which file, and what of it they may have. */
import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { findItem, type Item } from "../../files/index.ts";
import { requireMessage } from "../messages/access.ts";
import { notReady } from "./waits.ts";

/** What its uploader, and whoever is in its message's chat now, may see. Errors: `unauthorized`, `not_found`. */
export async function requireSeen(read: Read, actor: Actor, id: number): Promise<Item> {
  await requireActor(read, actor);
  const item = await findItem(read, id);
  if (!item) throw new ChatError("not_found");
  const { uploaderId, messageId } = item.media;
  if (uploaderId === actor.userId) return item;
  if (messageId === null) throw new ChatError("not_found");
  await requireMessage(read, messageId, actor.userId);
  return item;
}

/** The same, for whoever only looks. */
export function see(kit: Kit, actor: Actor, id: number): Promise<Item> {
  return kit.db.read((read) => requireSeen(read, actor, id));
}

/** Errors: `media_not_ready`. */
export function requireLookedAt({ file }: Item): void {
  if (file.state === "pending") throw notReady();
}

/** Errors: `media_not_ready`, `forbidden` when nobody could take out where it was taken. */
export function requireClean(item: Item): void {
  requireLookedAt(item);
  if (item.file.isClean || item.file.state === "ready") return;
  throw new ChatError(
    "forbidden",
    "Location and camera data could not be taken out of it: only its sender can have it.",
  );
}
