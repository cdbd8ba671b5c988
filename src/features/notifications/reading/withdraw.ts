import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { unreadAbout } from "./store.ts";
import { tellRead } from "./tell-read.ts";
import type { NotificationType } from "../schema.ts";

/** Notifications of a custom type about a message. */
export interface About {
  userId: number;
  chatId: number;
  messageId: number;
  type: NotificationType;
  /** Only those that this person is the reason of. */
  byUserId?: number;
}

/** Told in one event. */
const batch = 250;

/** Marks as read notifications whose reason is gone, and tells all devices of their user. They are no longer shown. */
export async function withdraw(kit: Kit, tx: Tx, { userId, chatId, ...about }: About): Promise<void> {
  for (;;) {
    const notificationIds = await unreadAbout(tx, { userId, ...about }, batch);
    await tellRead(kit, tx, { userId, chatId, notificationIds, mentionIds: [] });
    if (notificationIds.length < batch) return;
  }
}
