import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { unreadInAll, unreadMentions } from "../../chat/index.ts";
import type { Counts } from "../schema.ts";
import { unreadChunks } from "./chunks.ts";

/** Looked at together. */
const chunkRows = 500;

/** How much somebody has not read. */
export function countUnread(kit: Kit, actor: Actor): Promise<Counts> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const mentions = await unreadMentions(read, me.id);
    return {
      unread_notifications: await countNotifications(read, me.id),
      unread_mentions: [...mentions.values()].reduce((sum, one) => sum + one, 0),
      unread_messages: await unreadInAll(read, me.id),
    };
  });
}

async function countNotifications(read: Read, userId: number): Promise<number> {
  let count = 0;
  const all = { before: Number.MAX_SAFE_INTEGER, wanted: chunkRows };
  for await (const chunk of unreadChunks(read, userId, all)) count += chunk.length;
  return count;
}
