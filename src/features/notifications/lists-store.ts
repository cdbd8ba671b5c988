/** What somebody looks at. An item counts as read when its own flag or the chat's marker says so. */
import { and, desc, eq, getTableColumns, inArray, isNull, lt, or, sql } from "drizzle-orm";

import type { Read } from "../../platform/db/database.ts";
import { chats, members } from "../chats/tables.ts";
import { mentions, messages } from "../messages/tables.ts";
import type { NotificationRow } from "./store.ts";
import { notifications } from "./tables.ts";

type Item = typeof notifications | typeof mentions;

/** The item's user in its chat; nobody where they have left. */
const membershipOf = (item: Item) => and(eq(members.chatId, item.chatId), eq(members.userId, item.userId));
const isUnread = (item: Item) =>
  and(isNull(item.readPos), or(isNull(members.lastReadId), lt(members.lastReadId, item.messageId)));

export interface ListInput {
  limit: number;
  before?: number | undefined;
}

export function findByIds(read: Read, ids: number[]): Promise<NotificationRow[]> {
  return read.orm.select().from(notifications).where(inArray(notifications.id, ids));
}

export function listNotifications(
  read: Read,
  userId: number,
  { limit, before = Number.MAX_SAFE_INTEGER, unread }: ListInput & { unread: boolean },
): Promise<NotificationRow[]> {
  const mine = eq(notifications.userId, userId);
  if (!unread) {
    return read.orm
      .select()
      .from(notifications)
      .where(and(mine, lt(notifications.id, before)))
      .orderBy(desc(notifications.id))
      .limit(limit);
  }
  // Not by the index of all notifications, of which few are unread.
  const place = sql`${notifications.id} + 0`;
  return read.orm
    .select(getTableColumns(notifications))
    .from(notifications)
    .leftJoin(members, membershipOf(notifications))
    .where(and(mine, isUnread(notifications), lt(place, before)))
    .orderBy(desc(place))
    .limit(limit);
}

export function listUnreadMentions(
  read: Read,
  userId: number,
  { limit, before = Number.MAX_SAFE_INTEGER }: ListInput,
) {
  return read.orm
    .select({ mention: mentions, memberId: members.id, senderId: messages.senderId })
    .from(mentions)
    .innerJoin(messages, eq(messages.id, mentions.messageId))
    .leftJoin(members, membershipOf(mentions))
    .where(and(eq(mentions.userId, userId), lt(mentions.id, before), isUnread(mentions)))
    .orderBy(desc(mentions.id))
    .limit(limit);
}

const counted = { count: sql<number>`count(*)` };

export async function countUnread(read: Read, userId: number) {
  const [ofNotifications] = await read.orm
    .select(counted)
    .from(notifications)
    .leftJoin(members, membershipOf(notifications))
    .where(and(eq(notifications.userId, userId), isUnread(notifications)));
  const [ofMentions] = await read.orm
    .select(counted)
    .from(mentions)
    .leftJoin(members, membershipOf(mentions))
    .where(and(eq(mentions.userId, userId), isUnread(mentions)));
  const [ofMessages] = await read.orm
    .select({ count: sql<number>`coalesce(sum(${chats.messageCount} - ${members.readCount}), 0)` })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(eq(members.userId, userId));
  return { notifications: ofNotifications!.count, mentions: ofMentions!.count, messages: ofMessages!.count };
}
