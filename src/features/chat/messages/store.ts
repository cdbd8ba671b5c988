import { and, asc, count, desc, eq, gt, gte, isNotNull, isNull, lt, lte, ne, or, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import { chats, edits, messages } from "../tables.ts";

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
    encrypted: sql.placeholder("encrypted"),
    system: sql.placeholder("system"),
    mentions: sql.placeholder("mentions"),
    mentionsAll: sql.placeholder("mentionsAll"),
    mediaCount: sql.placeholder("mediaCount"),
    ownUnread: sql.placeholder("ownUnread"),
    createdAt: sql.placeholder("createdAt"),
  });

const update = updateOf(messages, eq(messages.id, sql.placeholder("id")));

const addEdit = (orm: WriteOrm) =>
  orm.insert(edits).values({
    senderId: sql.placeholder("senderId"),
    clientId: sql.placeholder("clientId"),
    messageId: sql.placeholder("messageId"),
  });

export async function insertMessage(tx: Tx, row: NewMessage): Promise<number> {
  return tx.insert(insert, row);
}

export async function updateMessage(tx: Tx, id: number, change: Partial<MessageRow>): Promise<void> {
  await update(tx, { id }, change);
}

export async function insertEdit(tx: Tx, row: typeof edits.$inferInsert): Promise<void> {
  await tx.prepared(addEdit).run(row);
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

const byIds = (orm: ReadOrm) => orm.select().from(messages).where(among(messages.id, "ids"));

const editOf = (orm: ReadOrm) =>
  orm
    .select()
    .from(edits)
    .where(
      and(eq(edits.senderId, sql.placeholder("senderId")), eq(edits.clientId, sql.placeholder("clientId"))),
    );

const lastId = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id })
    .from(messages)
    .where(eq(messages.chatId, sql.placeholder("chatId")))
    .orderBy(desc(messages.seq))
    .limit(1);

const number = (orm: ReadOrm) => orm.select({ count: count() }).from(messages);

/** The message that this sender has already sent under this name. */
export function findByClientId(
  read: Read,
  senderId: number,
  clientId: string,
): Promise<Pick<MessageRow, "id" | "chatId"> | undefined> {
  return read.prepared(byClientId).get({ senderId, clientId });
}

/** The edit that this sender has already made under this name. */
export function findEdit(
  read: Read,
  senderId: number,
  clientId: string,
): Promise<typeof edits.$inferSelect | undefined> {
  return read.prepared(editOf).get({ senderId, clientId });
}

export function findMessage(read: Read, id: number): Promise<MessageRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** Those with these ids, in no order. */
export function findMessages(read: Read, ids: Iterable<number>): Promise<MessageRow[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

export async function findLastId(read: Read, chatId: number): Promise<number | undefined> {
  return (await read.prepared(lastId).get({ chatId }))?.id;
}

export async function countMessages(read: Read): Promise<number> {
  return (await read.prepared(number).get())?.count ?? 0;
}

// Pages

const before = (orm: ReadOrm) =>
  orm
    .select()
    .from(messages)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), lt(messages.seq, sql.placeholder("seq"))))
    .orderBy(desc(messages.seq))
    .limit(sql.placeholder("limit"));

const after = (orm: ReadOrm) =>
  orm
    .select()
    .from(messages)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), gt(messages.seq, sql.placeholder("seq"))))
    .orderBy(asc(messages.seq))
    .limit(sql.placeholder("limit"));

const lastOfChats = (orm: ReadOrm) =>
  orm
    .select({ message: messages })
    .from(messages)
    .innerJoin(chats, and(eq(chats.id, messages.chatId), eq(chats.seq, messages.seq)))
    .where(among(chats.id, "chatIds"));

/** Of a chat, newest first. */
export function pageBefore(read: Read, chatId: number, seq: number, limit: number): Promise<MessageRow[]> {
  return read.prepared(before).all({ chatId, seq, limit });
}

/** Of a chat, oldest first. */
export function pageAfter(read: Read, chatId: number, seq: number, limit: number): Promise<MessageRow[]> {
  return read.prepared(after).all({ chatId, seq, limit });
}

/** The last message of each of these chats. */
export async function findLast(read: Read, chatIds: Iterable<number>): Promise<MessageRow[]> {
  const rows = await read.prepared(lastOfChats).all({ chatIds: toList(chatIds) });
  return rows.map((row) => row.message);
}

// For read models of other features: the search index, notifications

const following = (orm: ReadOrm) =>
  orm
    .select()
    .from(messages)
    .where(gt(messages.id, sql.placeholder("id")))
    .orderBy(asc(messages.id))
    .limit(sql.placeholder("limit"));

/** Of all chats, the messages with ids after `id`, in their order. */
export function messagesAfter(read: Read, id: number, limit: number): Promise<MessageRow[]> {
  return read.prepared(following).all({ id, limit });
}

const outline = {
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

/** A message without its text. */
export type Outline = Pick<MessageRow, Exclude<keyof typeof outline, "isEmpty">> & { isEmpty: number };

const outlinesById = (orm: ReadOrm) =>
  orm.select(outline).from(messages).where(among(messages.id, "ids")).orderBy(asc(messages.id));

const outlinesBySeq = (orm: ReadOrm) =>
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
    .orderBy(asc(messages.seq))
    .limit(sql.placeholder("limit"));

const deletedById = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id })
    .from(messages)
    .where(and(among(messages.id, "ids"), isNotNull(messages.deletedBy)));

const idBySeq = (orm: ReadOrm) =>
  orm
    .select({ id: messages.id })
    .from(messages)
    .where(and(eq(messages.chatId, sql.placeholder("chatId")), eq(messages.seq, sql.placeholder("seq"))));

const newestThere = (orm: ReadOrm) =>
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

const newestFor = (orm: ReadOrm) =>
  orm
    .select()
    .from(messages)
    .where(
      and(
        eq(messages.chatId, sql.placeholder("chatId")),
        gt(messages.seq, sql.placeholder("seq")),
        ne(messages.senderId, sql.placeholder("userId")),
        ne(messages.contentType, "system"),
        isNull(messages.deletedBy),
        or(ne(messages.content, ""), gt(messages.mediaCount, 0)),
      ),
    )
    .orderBy(desc(messages.seq))
    .limit(1);

/** By id, oldest first. */
export function outlinesOf(read: Read, ids: Iterable<number>): Promise<Outline[]> {
  return read.prepared(outlinesById).all({ ids: toList(ids) });
}

/** Of a chat those with numbers from `first` to `last`, at most `limit`. */
export function outlinesBetween(
  read: Read,
  { limit = -1, ...where }: { chatId: number; first: number; last: number; limit?: number },
): Promise<Outline[]> {
  return read.prepared(outlinesBySeq).all({ ...where, limit });
}

/** Those of `ids` that are deleted. */
export async function deletedAmong(read: Read, ids: Iterable<number>): Promise<Set<number>> {
  const rows = await read.prepared(deletedById).all({ ids: toList(ids) });
  return new Set(rows.map((row) => row.id));
}

/** The message with this number in a chat. */
export async function idOfSeq(read: Read, chatId: number, seq: number): Promise<number | undefined> {
  return (await read.prepared(idBySeq).get({ chatId, seq }))?.id;
}

/** The newest message of a chat that somebody wrote and that is still there. */
export function newestMessage(
  read: Read,
  chatId: number,
): Promise<Pick<MessageRow, "id" | "senderId"> | undefined> {
  return read.prepared(newestThere).get({ chatId });
}

/**
 * The newest message behind `after`, a message's id, that is still there, has something to show and was written by
 * somebody else than `userId`. No more is looked at than what they have not read.
 */
export async function newestUnread(
  read: Read,
  chatId: number,
  { userId, after }: { userId: number; after: number },
): Promise<MessageRow | undefined> {
  const seq = after === 0 ? 0 : ((await findMessage(read, after))?.seq ?? 0);
  return read.prepared(newestFor).get({ chatId, seq, userId });
}
