/** What somebody has not read: what others wrote behind their marker, less what has been deleted since. */
import { and, count, eq, gt, inArray, isNotNull, ne, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";

import type { Read, ReadOrm } from "../../platform/db/database.ts";
import { chats, members } from "../chats/tables.ts";
import { messages } from "./tables.ts";

const gone = alias(messages, "gone");

/** In a query that joins `members` with their `chats`. */
const unreadCount = sql<number>`${chats.messageCount} - ${members.readCount} - ${members.ownUnread} - (
  select count(*) from ${messages} as ${sql.identifier("gone")}
  where ${gone.chatId} = ${members.chatId} and ${gone.id} > ${members.lastReadId}
    and ${gone.senderId} <> ${members.userId} and ${gone.deletedBy} is not null
)`;

export function countUnreadIn(read: Read, userId: number, chatIds: number[]) {
  return read.orm
    .select({ chatId: members.chatId, unread: unreadCount })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, userId), inArray(members.chatId, chatIds)));
}

export async function sumUnread(read: Read, userId: number): Promise<number> {
  const [row] = await read.orm
    .select({ unread: sql<number>`coalesce(sum(${unreadCount}), 0)` })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(eq(members.userId, userId));
  return row!.unread;
}

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

interface Behind {
  chatId: number;
  userId: number;
  /** The id of a message. */
  after: number;
}

/** How many messages of others behind one have been deleted. */
export async function countDeleted(read: Read, behind: Behind): Promise<number> {
  return (await read.prepared(deletedBehind).get({ ...behind }))!.count;
}

/** How many messages behind one somebody sent while they had something unread. */
export async function countOwn(read: Read, behind: Behind): Promise<number> {
  return (await read.prepared(ownBehind).get({ ...behind }))!.count;
}
