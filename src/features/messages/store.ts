import { and, asc, desc, eq, gt, inArray, isNull, lt, notInArray, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { chats, members } from "../chats/tables.ts";
import { edits, mentions, messages } from "./tables.ts";

export type MessageRow = typeof messages.$inferSelect;
export type NewMessage = Omit<MessageRow, "id" | "editedAt" | "deletedBy">;

// Writing

const insert = (orm: WriteOrm) =>
  orm.insert(messages).values({
    chatId: sql.placeholder("chatId"),
    seq: sql.placeholder("seq"),
    messageCount: sql.placeholder("messageCount"),
    senderId: sql.placeholder("senderId"),
    clientId: sql.placeholder("clientId"),
    replyToId: sql.placeholder("replyToId"),
    content: sql.placeholder("content"),
    contentType: sql.placeholder("contentType"),
    system: sql.placeholder("system"),
    mentions: sql.placeholder("mentions"),
    mentionsAll: sql.placeholder("mentionsAll"),
    mediaCount: sql.placeholder("mediaCount"),
    ownUnread: sql.placeholder("ownUnread"),
    createdAt: sql.placeholder("createdAt"),
  });

export async function insertMessage(tx: Tx, row: NewMessage): Promise<number> {
  return tx.insert(insert, row);
}

export async function updateMessage(tx: Tx, id: number, change: Partial<MessageRow>): Promise<void> {
  await tx.orm.update(messages).set(change).where(eq(messages.id, id));
}

export async function insertEdit(tx: Tx, row: typeof edits.$inferInsert): Promise<void> {
  await tx.orm.insert(edits).values(row);
}

export function findEdit(read: Read, senderId: number, clientId: string) {
  return read.orm
    .select()
    .from(edits)
    .where(and(eq(edits.senderId, senderId), eq(edits.clientId, clientId)))
    .get();
}

// Looking up

const byClientId = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id, chatId: messages.chatId })
    .from(messages)
    .where(
      and(
        eq(messages.senderId, sql.placeholder("senderId")),
        eq(messages.clientId, sql.placeholder("clientId")),
      ),
    );

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(messages)
    .where(eq(messages.id, sql.placeholder("id")));

/** The message that this sender has already sent under this name. */
export function findByClientId(read: Read, senderId: number, clientId: string) {
  return read.prepared(byClientId).get({ senderId, clientId });
}

export function findMessage(read: Read, id: number): Promise<MessageRow | undefined> {
  return read.prepared(byId).get({ id });
}

const lastOf = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id })
    .from(messages)
    .where(eq(messages.chatId, sql.placeholder("chatId")))
    .orderBy(desc(messages.seq))
    .limit(1);

export function findLast(read: Read, chatId: number) {
  return read.prepared(lastOf).get({ chatId });
}

export function countMessages(read: Read): Promise<number> {
  return read.orm.$count(messages);
}

const quote = (orm: ReadOrm) =>
  orm
    .select({ message: messages, username: users.username })
    .from(messages)
    .innerJoin(users, eq(users.id, messages.senderId))
    .where(eq(messages.id, sql.placeholder("id")));

/** A message with its sender's name. */
export function findQuote(read: Read, id: number) {
  return read.prepared(quote).get({ id });
}

// Loading, with the sender's name and the quoted message

const quoted = alias(messages, "quoted");
const quotedSender = alias(users, "quoted_sender");

const full = (orm: ReadOrm) =>
  orm
    .select({
      message: messages,
      username: users.username,
      quoted: {
        id: quoted.id,
        senderId: quoted.senderId,
        content: quoted.content,
        contentType: quoted.contentType,
        mediaCount: quoted.mediaCount,
        deletedBy: quoted.deletedBy,
      },
      quotedUsername: quotedSender.username,
    })
    .from(messages)
    .innerJoin(users, eq(users.id, messages.senderId))
    .leftJoin(quoted, eq(quoted.id, messages.replyToId))
    .leftJoin(quotedSender, eq(quotedSender.id, quoted.senderId));

/** `quoted` and `quotedUsername` are null where nothing was replied to. */
export type FullRow = Awaited<ReturnType<typeof loadByIds>>[number];

const pageBefore = (orm: ReadOrm) =>
  full(orm)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), lt(messages.seq, sql.placeholder("seq"))))
    .orderBy(desc(messages.seq))
    .limit(sql.placeholder("limit"));

const pageAfter = (orm: ReadOrm) =>
  full(orm)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), gt(messages.seq, sql.placeholder("seq"))))
    .orderBy(asc(messages.seq))
    .limit(sql.placeholder("limit"));

export function loadByIds(read: Read, ids: number[]) {
  return full(read.orm).where(inArray(messages.id, ids));
}

/** Newest first. */
export function loadBefore(read: Read, chatId: number, seq: number, limit: number): Promise<FullRow[]> {
  return read.prepared(pageBefore).all({ chatId, seq, limit });
}

/** Oldest first. */
export function loadAfter(read: Read, chatId: number, seq: number, limit: number): Promise<FullRow[]> {
  return read.prepared(pageAfter).all({ chatId, seq, limit });
}

/** The last message of each of these chats. */
export function loadLast(read: Read, chatIds: number[]): Promise<FullRow[]> {
  return full(read.orm)
    .innerJoin(chats, and(eq(chats.id, messages.chatId), eq(chats.seq, messages.seq)))
    .where(inArray(chats.id, chatIds)) as unknown as Promise<FullRow[]>;
}

// For the search index

const searchable = {
  id: messages.id,
  chatId: messages.chatId,
  senderId: messages.senderId,
  contentType: messages.contentType,
  content: messages.content,
  mediaCount: messages.mediaCount,
  deletedBy: messages.deletedBy,
};

const following = (orm: ReadOrm) =>
  orm
    .select(searchable)
    .from(messages)
    .where(gt(messages.id, sql.placeholder("id")))
    .orderBy(asc(messages.id))
    .limit(sql.placeholder("limit"));

const among = (orm: ReadOrm) =>
  orm
    .select(searchable)
    .from(messages)
    .where(sql`${messages.id} in (select value from json_each(${sql.placeholder("ids")}))`)
    .orderBy(asc(messages.id));

/** What is found of a message, and who finds it. */
export type SearchableRow = Pick<MessageRow, keyof typeof searchable>;

/** Of all chats, the messages with ids after `id`, in their order. */
export function searchableAfter(read: Read, id: number, limit: number): Promise<SearchableRow[]> {
  return read.prepared(following).all({ id, limit });
}

/** Those with these ids. */
export function searchableAmong(read: Read, ids: number[]): Promise<SearchableRow[]> {
  return read.prepared(among).all({ ids: JSON.stringify(ids) });
}

// Mentions

export async function insertMentions(tx: Tx, rows: (typeof mentions.$inferInsert)[]): Promise<void> {
  await tx.orm.insert(mentions).values(rows);
}

/** Those of `userIds` whom a message calls already. */
export async function findMentioned(read: Read, messageId: number, userIds: number[]): Promise<number[]> {
  const rows = await read.orm
    .select({ userId: mentions.userId })
    .from(mentions)
    .where(and(eq(mentions.messageId, messageId), inArray(mentions.userId, userIds)));
  return rows.map((row) => row.userId);
}

/** All of a message, but those of `except`. */
export async function deleteMentions(tx: Tx, messageId: number, except: number[]): Promise<void> {
  await tx.orm
    .delete(mentions)
    .where(and(eq(mentions.messageId, messageId), notInArray(mentions.userId, except)));
}

const unreadIn = (orm: ReadOrm) =>
  orm
    .select({ chatId: mentions.chatId, count: sql<number>`count(*)` })
    .from(mentions)
    .innerJoin(members, and(eq(members.chatId, mentions.chatId), eq(members.userId, mentions.userId)))
    .where(
      and(
        eq(mentions.userId, sql.placeholder("userId")),
        isNull(mentions.readPos),
        gt(mentions.messageId, members.lastReadId),
      ),
    )
    .groupBy(mentions.chatId);

const unreadBehind = (orm: ReadOrm) =>
  orm
    .select({ count: sql<number>`count(*)` })
    .from(mentions)
    .where(
      and(
        eq(mentions.userId, sql.placeholder("userId")),
        eq(mentions.chatId, sql.placeholder("chatId")),
        isNull(mentions.readPos),
        gt(mentions.messageId, sql.placeholder("after")),
      ),
    );

export function countUnreadMentions(read: Read, userId: number) {
  return read.prepared(unreadIn).all({ userId });
}

/** Of one chat, in the messages behind `after`. */
export async function countMentionsBehind(
  read: Read,
  behind: { chatId: number; userId: number; after: number },
): Promise<number> {
  return (await read.prepared(unreadBehind).get({ ...behind }))!.count;
}
