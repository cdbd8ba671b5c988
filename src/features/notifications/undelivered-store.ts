import { and, asc, eq, gt, gte, isNull, lt, sql } from "drizzle-orm";

import type { Read, ReadOrm } from "../../platform/db/database.ts";
import { members } from "../chats/tables.ts";
import { messages } from "../messages/tables.ts";
import { type MembersPage, type Outline, outline } from "./store.ts";
import { notifications } from "./tables.ts";

const outlinesFrom = (orm: ReadOrm) =>
  orm
    .select(outline)
    .from(messages)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), gte(messages.seq, sql.placeholder("seq"))))
    .orderBy(asc(messages.seq))
    .limit(sql.placeholder("limit"));

const seqOf = (orm: ReadOrm) =>
  orm
    .select({ seq: messages.seq })
    .from(messages)
    .where(eq(messages.id, sql.placeholder("id")));

const behind = (orm: ReadOrm) =>
  orm
    .select({
      userId: members.userId,
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
    })
    .from(members)
    .where(
      and(
        eq(members.chatId, sql.placeholder("chatId")),
        gt(members.userId, sql.placeholder("after")),
        lt(members.lastDeliveredId, sql.placeholder("last")),
        eq(members.isMuted, false),
      ),
    )
    .orderBy(asc(members.userId))
    .limit(sql.placeholder("limit"));

const ofMessages = and(
  eq(notifications.userId, sql.placeholder("userId")),
  eq(notifications.chatId, sql.placeholder("chatId")),
  eq(notifications.type, "message"),
);

// Each has an index of its own, which one query for both would not use.
const unread = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        ofMessages,
        isNull(notifications.readPos),
        gt(notifications.messageId, sql.placeholder("lastReadId")),
      ),
    )
    .limit(1);

const readSince = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        // Not by the index of all their notifications: what has been marked since is little.
        eq(sql`${notifications.userId} + 0`, sql.placeholder("userId")),
        eq(notifications.chatId, sql.placeholder("chatId")),
        eq(notifications.type, "message"),
        gt(notifications.readPos, sql.placeholder("position")),
      ),
    )
    .limit(1);

/** The messages of a chat from the number `seq` on, at most `limit`. */
export function findOutlinesFrom(
  read: Read,
  where: { chatId: number; seq: number; limit: number },
): Promise<Outline[]> {
  return read.prepared(outlinesFrom).all(where);
}

export async function findSeq(read: Read, id: number): Promise<number> {
  return (await read.prepared(seqOf).get({ id }))!.seq;
}

/** Those who have not received up to `last`, and have not muted the chat. */
export function pageOfBehind(read: Read, page: MembersPage, last: number) {
  return read.prepared(behind).all({ ...page, last });
}

/** Whether somebody has an unread notification of a chat, or had one when its event at `position` came. */
export async function isTold(
  read: Read,
  who: { userId: number; chatId: number; lastReadId: number; position: number },
): Promise<boolean> {
  if (await read.prepared(unread).get(who)) return true;
  return (await read.prepared(readSince).get(who)) !== undefined;
}
