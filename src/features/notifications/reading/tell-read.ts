import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { findMemberships, markMentionsRead } from "../../chat/index.ts";
import { notificationsRead, toReadFrame } from "../events.ts";
import { isRead } from "../items.ts";
import type { NotificationRow } from "../tables.ts";
import { setReadAt } from "./store.ts";

export interface ReadItems {
  userId: number;
  /** 0 when they are of several. */
  chatId: number;
  notificationIds: number[];
  mentionIds: number[];
}

/**
 * Marks them as read and tells all devices of their user. A mention and its notification are always marked together.
 * Does nothing where there is nothing.
 */
export async function tellRead(
  { journal }: Kit,
  tx: Tx,
  { userId, chatId, notificationIds, mentionIds }: ReadItems,
): Promise<void> {
  if (notificationIds.length === 0 && mentionIds.length === 0) return;
  const frame = toReadFrame(chatId, notificationIds, mentionIds);
  const pos = await journal.record(tx, notificationsRead, userAudience(userId), chatId, frame);
  if (notificationIds.length > 0) await setReadAt(tx, notificationIds, pos);
  if (mentionIds.length > 0) await markMentionsRead(tx, mentionIds, pos);
}

/** The same for one notification or mention: what is read already stays as it is, and nobody is told again. */
export async function tellOneRead(
  kit: Kit,
  tx: Tx,
  one: Pick<NotificationRow, "userId" | "chatId" | "messageId" | "readPos">,
  ids: Pick<ReadItems, "notificationIds" | "mentionIds">,
): Promise<void> {
  const { userId, chatId } = one;
  const [member] = await findMemberships(tx, [{ userId, chatId }]);
  if (!isRead(one, member)) await tellRead(kit, tx, { userId, chatId, ...ids });
}
