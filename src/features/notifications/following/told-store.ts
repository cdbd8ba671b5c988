/** Who has been told of what: what other features have answered of their tables is looked up in the own one. */
import { and, asc, desc, eq, exists, gt, gte, isNull, lte, or, sql } from "drizzle-orm";

import {
  entries,
  entryKey,
  entryValue,
  pairFirst,
  pairSecond,
  toEntries,
  toPairs,
} from "../../../platform/db/among.ts";
import type { Read, ReadOrm } from "../../../platform/db/database.ts";
import type { Membership } from "../../chat/index.ts";
import { type NotificationRow, notifications } from "../tables.ts";

const one = { one: sql`1` };
const thatChat = eq(notifications.chatId, sql.placeholder("chatId"));

const withUnread = (orm: ReadOrm) => {
  const reader = { chatId: pairFirst, userId: pairSecond };
  const theirs = and(
    eq(notifications.chatId, reader.chatId),
    eq(notifications.userId, reader.userId),
    isNull(notifications.readPos),
  );
  return orm
    .select(reader)
    .from(entries("readers"))
    .where(exists(orm.select(one).from(notifications).where(theirs)));
};

const unreadBetween = (orm: ReadOrm) =>
  orm
    .select({
      userId: notifications.userId,
      type: notifications.type,
      messageId: notifications.messageId,
    })
    .from(notifications)
    .where(
      and(
        thatChat,
        gte(notifications.userId, sql.placeholder("from")),
        lte(notifications.userId, sql.placeholder("to")),
        isNull(notifications.readPos),
      ),
    )
    .limit(sql.placeholder("limit"));

const told = (orm: ReadOrm) => {
  const theirs = and(
    thatChat,
    eq(notifications.userId, entryKey),
    isNull(notifications.readPos),
    eq(notifications.type, "message"),
    gt(notifications.messageId, entryValue),
  );
  return orm
    .select({ userId: entryKey })
    .from(entries("lastRead"))
    .where(exists(orm.select(one).from(notifications).where(theirs)));
};

/** A batch that is done again finds what it has made among these. */
const recentRows = 50;

const justTold = (orm: ReadOrm) => {
  const recent = orm
    .select({
      type: notifications.type,
      chatId: notifications.chatId,
      messageId: notifications.messageId,
    })
    .from(notifications)
    .where(eq(notifications.userId, entryKey))
    .orderBy(desc(notifications.id))
    .limit(recentRows)
    .as("recent");
  const theirs = and(
    eq(recent.type, "message"),
    eq(recent.chatId, sql.placeholder("chatId")),
    gte(recent.messageId, entryValue),
  );
  return orm
    .select({ userId: entryKey })
    .from(entries("first"))
    .where(exists(orm.select(one).from(recent).where(theirs)));
};

const doubtful = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id, userId: notifications.userId })
    .from(notifications)
    .where(
      and(
        thatChat,
        gt(notifications.userId, sql.placeholder("after")),
        isNull(notifications.readPos),
        eq(notifications.type, "message"),
        or(
          gt(notifications.messageId, sql.placeholder("newestId")),
          eq(notifications.userId, sql.placeholder("newestBy")),
        ),
      ),
    )
    .orderBy(asc(notifications.userId))
    .limit(sql.placeholder("limit"));

/** Those of `readers` who have a notification of that chat that is not marked as read. Mentions that are not have one. */
export async function withUnreadAmong(
  read: Read,
  readers: Pick<NotificationRow, "chatId" | "userId">[],
): Promise<Pick<NotificationRow, "chatId" | "userId">[]> {
  const pairs = readers.map((one): [number, number] => [one.chatId, one.userId]);
  return read.prepared(withUnread).all({ readers: toPairs(pairs) });
}

/** Mostly a page of members has fewer, and then reading them all is a quarter of the work of looking for each. */
const fewUnread = 500;

/** Those of `members`, by user, who have been told that a chat has something unread behind what they have read. */
export async function toldAmong(
  read: Read,
  chatId: number,
  members: Pick<Membership, "userId" | "lastReadId">[],
): Promise<Set<number>> {
  const [from, to] = [members[0]?.userId, members.at(-1)?.userId];
  if (from === undefined || to === undefined) return new Set();
  const lastRead = new Map(members.map((one) => [one.userId, one.lastReadId]));
  const unread = await read.prepared(unreadBetween).all({ chatId, from, to, limit: fewUnread });
  const rows =
    unread.length < fewUnread
      ? unread.filter(
          (row) => row.type === "message" && row.messageId > (lastRead.get(row.userId) ?? Infinity),
        )
      : await read.prepared(told).all({ chatId, lastRead: toEntries(lastRead) });
  return new Set(rows.map((row) => row.userId));
}

/**
 * Unread ones that tell of messages behind the newest that is left in a chat, and that of its sender: nobody else has
 * nothing to read there. By user, behind the one `after`.
 */
export function pageOfDoubtful(
  read: Read,
  chatId: number,
  newest: { id: number; senderId: number } | undefined,
  page: { after: number; limit: number },
): Promise<Pick<NotificationRow, "id" | "userId">[]> {
  const left = { newestId: newest?.id ?? 0, newestBy: newest?.senderId ?? 0 };
  return read.prepared(doubtful).all({ chatId, ...left, ...page });
}

/** Those who have just been told that a chat has something new, this or later, and may have put that away since. */
export async function justToldAmong(
  read: Read,
  chatId: number,
  news: Pick<NotificationRow, "userId" | "messageId">[],
): Promise<Set<number>> {
  if (news.length === 0) return new Set();
  const first = toEntries(news.map((one) => [one.userId, one.messageId]));
  const rows = await read.prepared(justTold).all({ chatId, first });
  return new Set(rows.map((row) => row.userId));
}
