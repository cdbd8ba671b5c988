import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { someUnreadMentions } from "../../chat/index.ts";
import { someUnread } from "./store.ts";
import { tellRead } from "./tell-read.ts";

/** So many are marked as read in one transaction, and told in one event. */
const batch = 250;

/** Marks all notifications and mentions as read, not the messages of the chats. */
export async function markAllRead(kit: Kit, actor: Actor): Promise<void> {
  while (await kit.db.transact((tx) => markSomeRead(kit, tx, actor)));
}

/** True when there may be more. */
async function markSomeRead(kit: Kit, tx: Tx, actor: Actor): Promise<boolean> {
  const { id: userId } = await requireActor(tx, actor);
  const rows = await someUnread(tx, userId, batch);
  await tellRead(kit, tx, {
    userId,
    chatId: 0,
    notificationIds: rows.map((row) => row.id),
    mentionIds: rows.flatMap((row) => row.mentionId ?? []),
  });
  if (rows.length === batch) return true;
  // Those that nobody was told of yet.
  const mentionIds = await someUnreadMentions(tx, userId, batch);
  await tellRead(kit, tx, { userId, chatId: 0, notificationIds: [], mentionIds });
  return mentionIds.length === batch;
}
