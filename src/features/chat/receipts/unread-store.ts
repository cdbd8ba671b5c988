/** What somebody has not read: what others wrote behind their marker, less what has been deleted since. */
import { and, count, eq, gt, isNotNull, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm } from "../../../platform/db/database.ts";
import { chats, members, messages } from "../tables.ts";

const gone = alias(messages, "gone");

/** In a query that joins `members` with their `chats`. */
const unreadCount = sql<number>`${chats.messageCount} - ${members.readCount} - ${members.ownUnread} - (
  select count(*) from ${messages} as ${sql.identifier("gone")}
  where ${gone.chatId} = ${members.chatId} and ${gone.id} > ${members.lastReadId}
    and ${gone.senderId} <> ${members.userId} and ${gone.deletedBy} is not null
)`;

const thatUser = eq(members.userId, sql.placeholder("userId"));

const inChats = (orm: ReadOrm) =>
  orm
    .select({ chatId: members.chatId, unread: unreadCount })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(thatUser, among(members.chatId, "chatIds")));

const inAll = (orm: ReadOrm) =>
  orm
    .select({ unread: sql<number>`coalesce(sum(${unreadCount}), 0)` })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(thatUser);

const inAllOf = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId, unread: sql<number>`sum(${unreadCount})` })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(among(members.userId, "userIds"))
    .groupBy(members.userId);

const deletedBehind = (orm: ReadOrm) =>
  orm
    .select({ count: count() })
    .from(messages)
    .where(
      and(
        eq(messages.chatId, sql.placeholder("chatId")),
        gt(messages.id, sql.placeholder("after")),
        ne(messages.senderId, sql.placeholder("userId")),
        isNotNull(messages.deletedBy),
      ),
    );

const ownBehind = (orm: ReadOrm) =>
  orm
    .select({ count: count() })
    .from(messages)
    .where(
      and(
        eq(messages.chatId, sql.placeholder("chatId")),
        eq(messages.senderId, sql.placeholder("userId")),
        gt(messages.id, sql.placeholder("after")),
        sql`${messages.ownUnread}`,
      ),
    );

export function countUnreadIn(
  read: Read,
  userId: number,
  chatIds: number[],
): Promise<{ chatId: number; unread: number }[]> {
  return read.prepared(inChats).all({ userId, chatIds: toList(chatIds) });
}

/** How much of what others wrote somebody has not read, in all their chats together. */
export async function unreadInAll(read: Read, userId: number): Promise<number> {
  return (await read.prepared(inAll).get({ userId }))?.unread ?? 0;
}

/** The same of several people: whoever is in no chat is not among them. */
export async function unreadInAllOf(read: Read, userIds: Iterable<number>): Promise<Map<number, number>> {
  const rows = await read.prepared(inAllOf).all({ userIds: toList(userIds) });
  return new Map(rows.map((row) => [row.userId, row.unread]));
}

interface Behind {
  chatId: number;
  userId: number;
  /** The id of a message. */
  after: number;
}

/** How many messages of others behind one have been deleted. */
export async function countDeleted(read: Read, behind: Behind): Promise<number> {
  return (await read.prepared(deletedBehind).get({ ...behind }))?.count ?? 0;
}

/** How many messages behind one somebody sent while they had something unread. */
export async function countOwn(read: Read, behind: Behind): Promise<number> {
  return (await read.prepared(ownBehind).get({ ...behind }))?.count ?? 0;
}
