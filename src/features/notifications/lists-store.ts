/**
 * What somebody looks at. An item counts as read when its own flag or the chat's marker says so. What belongs to a
 * message that is deleted, or to a chat that they have left, is in no list and counts nowhere.
 */
import { and, desc, eq, getTableColumns, inArray, isNull, lt, notInArray, sql } from "drizzle-orm";

import type { Read } from "../../platform/db/database.ts";
import { members } from "../chats/tables.ts";
import { mentions, messages } from "../messages/tables.ts";
import type { NotificationRow } from "./store.ts";
import { notifications } from "./tables.ts";

type Item = typeof notifications | typeof mentions;

/** The item's user in its chat, if they are (still, or again since before) in there. */
const membershipOf = (item: Item) =>
  and(
    eq(members.chatId, item.chatId),
    eq(members.userId, item.userId),
    lt(members.joinedAfterId, item.messageId),
  );
const isUnread = (item: Item) => and(isNull(item.readPos), lt(members.lastReadId, item.messageId));

const isDeleted = sql`exists (
  select 1 from ${messages} where ${messages.id} = ${notifications.messageId} and ${messages.deletedBy} is not null
)`;
/** What it tells of is still there. Of what is unread in a chat it tells as long as there is any. */
const isThere = sql`case ${notifications.type}
  when 'mention' then exists (select 1 from ${mentions} where ${mentions.id} = ${notifications.mentionId})
  when 'message' then ${isUnread(notifications)} or not ${isDeleted}
  else true
end`;

export interface ListInput {
  limit: number;
  before?: number | undefined;
}

/** Notifications that a chat has something unread, of which the first is deleted: perhaps all is. */
export function findDoubtful(read: Read, userId: number) {
  return read.orm
    .select({ id: notifications.id, chatId: notifications.chatId })
    .from(notifications)
    .innerJoin(members, membershipOf(notifications))
    .where(
      and(
        eq(notifications.userId, userId),
        isUnread(notifications),
        eq(notifications.type, "message"),
        isDeleted,
      ),
    );
}

/** Those of `ids` that there is still something to be told of. */
export function findByIds(read: Read, ids: number[]): Promise<NotificationRow[]> {
  return read.orm
    .select(getTableColumns(notifications))
    .from(notifications)
    .innerJoin(members, membershipOf(notifications))
    .where(and(inArray(notifications.id, ids), isThere));
}

export function listNotifications(
  read: Read,
  userId: number,
  { limit, before = Number.MAX_SAFE_INTEGER, unread }: ListInput & { unread: boolean },
  except: number[],
): Promise<NotificationRow[]> {
  // Not by the index of all notifications where few of them are unread.
  const place = unread ? sql`${notifications.id} + 0` : sql`${notifications.id}`;
  return read.orm
    .select(getTableColumns(notifications))
    .from(notifications)
    .innerJoin(members, membershipOf(notifications))
    .where(
      and(
        eq(notifications.userId, userId),
        unread ? isUnread(notifications) : undefined,
        isThere,
        notInArray(notifications.id, except),
        lt(place, before),
      ),
    )
    .orderBy(desc(place))
    .limit(limit);
}

export function listUnreadMentions(
  read: Read,
  userId: number,
  { limit, before = Number.MAX_SAFE_INTEGER }: ListInput,
) {
  return read.orm
    .select({ mention: mentions, senderId: messages.senderId })
    .from(mentions)
    .innerJoin(messages, eq(messages.id, mentions.messageId))
    .innerJoin(members, membershipOf(mentions))
    .where(and(eq(mentions.userId, userId), lt(mentions.id, before), isUnread(mentions)))
    .orderBy(desc(mentions.id))
    .limit(limit);
}

const counted = { count: sql<number>`count(*)` };

export async function countUnread(read: Read, userId: number, except: number[]) {
  const [ofNotifications] = await read.orm
    .select(counted)
    .from(notifications)
    .innerJoin(members, membershipOf(notifications))
    .where(
      and(
        eq(notifications.userId, userId),
        isUnread(notifications),
        isThere,
        notInArray(notifications.id, except),
      ),
    );
  const [ofMentions] = await read.orm
    .select(counted)
    .from(mentions)
    .innerJoin(members, membershipOf(mentions))
    .where(and(eq(mentions.userId, userId), isUnread(mentions)));
  return { notifications: ofNotifications!.count, mentions: ofMentions!.count };
}
