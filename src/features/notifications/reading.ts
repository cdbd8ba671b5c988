/** Steps that mark notifications and mentions as read, and tell all devices of their user. */
import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { unreadIn } from "../messages/unread.ts";
import { notificationsRead, toReadFrame } from "./events.ts";
import * as store from "./reading-store.ts";
import { findMember } from "./words-store.ts";

export interface ReadItems {
  userId: number;
  /** 0 when they are of several. */
  chatId: number;
  notificationIds: number[];
  mentionIds: number[];
}

/** A mention and its notification are always marked together. Does nothing where there is nothing. */
export async function tellRead(
  tx: Tx,
  journal: Journal,
  { userId, chatId, notificationIds, mentionIds }: ReadItems,
): Promise<void> {
  if (notificationIds.length === 0 && mentionIds.length === 0) return;
  const frame = toReadFrame(chatId, notificationIds, mentionIds);
  const pos = await journal.record(tx, notificationsRead, userAudience(userId), chatId, frame);
  await store.markRead(tx, pos, notificationIds, mentionIds);
}

/** That there is something unread, where there was only something before what is read now, and the rest is deleted. */
async function toldInVain(tx: Tx, where: store.UnreadUpTo): Promise<{ id: number }[]> {
  const told = await store.findToldBehind(tx, where);
  if (told.length === 0) return [];
  const unread = await unreadIn(tx, where.userId, [where.chatId]);
  return unread.get(where.chatId) === 0 ? told : [];
}

/**
 * Marks what somebody has in a chat and has read by reading on in it, or all when they are in it no more, oldest
 * first. Answers how many items that were, and whether there may be more; at once there are at most about `most`.
 */
export async function tidyChat(
  tx: Tx,
  journal: Journal,
  chatId: number,
  userId: number,
  most: number,
): Promise<{ marked: number; isDone: boolean }> {
  const member = await findMember(tx, chatId, userId);
  const where = { userId, chatId, upTo: member?.lastReadId ?? Number.MAX_SAFE_INTEGER };
  const mentions = await store.findUnreadMentions(tx, where, most);
  const isDone = mentions.length < most;
  // What is about the same message stays together.
  const upTo = isDone ? where.upTo : mentions.at(-1)!.messageId;
  const passed = await store.findUnread(tx, { ...where, upTo });
  const overtaken = isDone ? await toldInVain(tx, where) : [];
  const notificationIds = [...passed, ...overtaken].map((row) => row.id);
  const mentionIds = mentions.map((row) => row.id);
  await tellRead(tx, journal, { userId, chatId, notificationIds, mentionIds });
  return { marked: notificationIds.length + mentionIds.length, isDone };
}
