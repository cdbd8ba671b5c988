import { and, asc, desc, eq, gt, gte, isNull, lt, lte, ne, or, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { members } from "../chats/tables.ts";
import { mentions, messages } from "../messages/tables.ts";
import { notifications } from "./tables.ts";

export type NotificationRow = typeof notifications.$inferSelect;
export type NewNotification = Omit<NotificationRow, "id" | "readPos">;

export const outline = {
  id: messages.id,
  chatId: messages.chatId,
  seq: messages.seq,
  senderId: messages.senderId,
  contentType: messages.contentType,
  mentions: messages.mentions,
  mentionsAll: messages.mentionsAll,
  deletedBy: messages.deletedBy,
  /** Its sender had something unread before it, and has not read on by it. */
  ownUnread: messages.ownUnread,
  /** There is nothing to show (yet): a file follows. */
  isEmpty: sql<number>`${messages.content} = '' and ${messages.mediaCount} = 0`,
};

const outlineOf = (orm: ReadOrm) =>
  orm
    .select(outline)
    .from(messages)
    .where(eq(messages.id, sql.placeholder("id")));

const outlinesFrom = (orm: ReadOrm) =>
  orm
    .select(outline)
    .from(messages)
    .where(and(gte(messages.id, sql.placeholder("first")), lte(messages.id, sql.placeholder("last"))))
    .orderBy(asc(messages.id));

const outlinesBetween = (orm: ReadOrm) =>
  orm
    .select(outline)
    .from(messages)
    .where(
      and(
        eq(messages.chatId, sql.placeholder("chatId")),
        gte(messages.seq, sql.placeholder("first")),
        lte(messages.seq, sql.placeholder("last")),
      ),
    )
    .orderBy(asc(messages.seq));

const idOf = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), eq(messages.seq, sql.placeholder("seq"))));

export function findOutline(read: Read, id: number) {
  return read.prepared(outlineOf).get({ id });
}

/** The messages of all chats with ids from `first` to `last`. */
export function findOutlines(read: Read, first: number, last: number) {
  return read.prepared(outlinesFrom).all({ first, last });
}

/** The message with this number in a chat. */
export async function findIdOf(read: Read, chatId: number, seq: number): Promise<number | undefined> {
  return (await read.prepared(idOf).get({ chatId, seq }))?.id;
}

/** The messages of a chat with numbers from `first` to `last`. */
export function findOutlinesBetween(
  read: Read,
  where: { chatId: number; first: number; last: number },
): Promise<Outline[]> {
  return read.prepared(outlinesBetween).all(where);
}

// Whom to tell

const unmuted = (orm: ReadOrm) => {
  const untouched = orm
    .select({ one: sql`1` })
    .from(notifications)
    .where(
      and(
        eq(notifications.userId, members.userId),
        eq(notifications.chatId, members.chatId),
        isNull(notifications.readPos),
        eq(notifications.type, "message"),
        gt(notifications.messageId, members.lastReadId),
      ),
    );
  return orm
    .select({
      userId: members.userId,
      lastReadId: members.lastReadId,
      isTold: sql<number>`exists ${untouched}`,
    })
    .from(members)
    .where(
      and(
        eq(members.chatId, sql.placeholder("chatId")),
        gt(members.userId, sql.placeholder("after")),
        lt(members.lastReadId, sql.placeholder("last")),
        eq(members.isMuted, false),
      ),
    )
    .orderBy(asc(members.userId))
    .limit(sql.placeholder("limit"));
};

/** A batch that is done again finds what it has made among these. */
const recentRows = 50;

const recentOf = (orm: ReadOrm) =>
  orm
    .select({
      type: notifications.type,
      chatId: notifications.chatId,
      messageId: notifications.messageId,
    })
    .from(notifications)
    .where(eq(notifications.userId, sql.placeholder("userId")))
    .orderBy(desc(notifications.id))
    .limit(recentRows);

const behind = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(
      and(
        eq(members.chatId, sql.placeholder("chatId")),
        gt(members.userId, sql.placeholder("after")),
        ne(members.userId, sql.placeholder("senderId")),
        lt(members.lastReadId, sql.placeholder("messageId")),
      ),
    )
    .orderBy(asc(members.userId))
    .limit(sql.placeholder("limit"));

const newestOf = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id, senderId: messages.senderId })
    .from(messages)
    .where(
      and(
        eq(messages.chatId, sql.placeholder("chatId")),
        ne(messages.contentType, "system"),
        isNull(messages.deletedBy),
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(1);

const told = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id, userId: notifications.userId })
    .from(notifications)
    .innerJoin(
      members,
      and(eq(members.chatId, notifications.chatId), eq(members.userId, notifications.userId)),
    )
    .where(
      and(
        eq(notifications.chatId, sql.placeholder("chatId")),
        gt(notifications.userId, sql.placeholder("after")),
        isNull(notifications.readPos),
        eq(notifications.type, "message"),
        lt(members.lastReadId, sql.placeholder("messageId")),
        lt(members.lastReadId, notifications.messageId),
        or(
          gte(members.lastReadId, sql.placeholder("newestId")),
          eq(members.userId, sql.placeholder("newestBy")),
        ),
      ),
    )
    .orderBy(asc(notifications.userId))
    .limit(sql.placeholder("limit"));

const mentionOf = (orm: ReadOrm) =>
  orm
    .select({ id: mentions.id, readPos: mentions.readPos })
    .from(mentions)
    .where(
      and(
        eq(mentions.messageId, sql.placeholder("messageId")),
        eq(mentions.userId, sql.placeholder("userId")),
      ),
    );

const aboutMention = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(eq(notifications.mentionId, sql.placeholder("mentionId")));

const invitation = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        eq(notifications.userId, sql.placeholder("userId")),
        eq(notifications.chatId, sql.placeholder("chatId")),
        eq(notifications.type, "group_invite"),
        eq(notifications.messageId, sql.placeholder("messageId")),
      ),
    )
    .limit(1);

/** Members of a chat, page by page. */
export interface MembersPage {
  chatId: number;
  /** The user id behind which the page begins. */
  after: number;
  limit: number;
}

/** Those who have not read up to `last` and want to be told; `isTold`: they have an unread notification. */
export function pageOfUnmuted(read: Read, page: MembersPage, last: number) {
  return read.prepared(unmuted).all({ ...page, last });
}

/** Whether somebody has just been told that a chat has something new, `first` or later, and may have put that away since. */
export async function wasJustTold(
  read: Read,
  userId: number,
  chatId: number,
  first: number,
): Promise<boolean> {
  const recent = await read.prepared(recentOf).all({ userId });
  return recent.some((one) => one.type === "message" && one.chatId === chatId && one.messageId >= first);
}

/** Those who have not read a message of somebody else. */
export function pageOfBehind(read: Read, page: MembersPage, message: Pick<Outline, "id" | "senderId">) {
  return read.prepared(behind).all({ ...page, messageId: message.id, senderId: message.senderId });
}

/**
 * Their notifications that a chat has something unread: of those who have not read up to `messageId`, and for whom
 * the newest message that is left is nothing unread. Everybody else has that one to read.
 */
export async function pageOfTold(read: Read, page: MembersPage, messageId: number) {
  const newest = await read.prepared(newestOf).get({ chatId: page.chatId });
  const left = { newestId: newest?.id ?? 0, newestBy: newest?.senderId ?? 0 };
  return read.prepared(told).all({ ...page, messageId, ...left });
}

export function findMention(read: Read, messageId: number, userId: number) {
  return read.prepared(mentionOf).get({ messageId, userId });
}

/** The notification of a mention. */
export function findAboutMention(read: Read, mentionId: number) {
  return read.prepared(aboutMention).get({ mentionId });
}

/** Whether somebody has been told that they joined a chat behind this message. */
export async function isInvited(read: Read, userId: number, chatId: number, messageId: number) {
  return (await read.prepared(invitation).get({ userId, chatId, messageId })) !== undefined;
}

const insert = (orm: WriteOrm) =>
  orm.insert(notifications).values({
    userId: sql.placeholder("userId"),
    type: sql.placeholder("type"),
    chatId: sql.placeholder("chatId"),
    messageId: sql.placeholder("messageId"),
    mentionId: sql.placeholder("mentionId"),
    byUserId: sql.placeholder("byUserId"),
    createdAt: sql.placeholder("createdAt"),
  });

const insertOneMention = (orm: WriteOrm) =>
  orm.insert(mentions).values({
    messageId: sql.placeholder("messageId"),
    chatId: sql.placeholder("chatId"),
    userId: sql.placeholder("userId"),
    createdAt: sql.placeholder("createdAt"),
  });

export async function insertNotification(tx: Tx, row: NewNotification): Promise<NotificationRow> {
  return { ...row, id: await tx.insert(insert, row), readPos: null };
}

export async function insertMention(
  tx: Tx,
  row: Omit<typeof mentions.$inferSelect, "id" | "readPos">,
): Promise<number> {
  return tx.insert(insertOneMention, row);
}

/** A message without its text. */
export type Outline = NonNullable<Awaited<ReturnType<typeof findOutline>>>;
