/** Mentions that somebody has not read, and those that they have. */
import { and, asc, desc, eq, isNull, lt, lte, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { members, mentions, messages } from "../tables.ts";
import type { MentionRow } from "./store.ts";

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(mentions)
    .where(eq(mentions.id, sql.placeholder("id")));

const byIds = (orm: ReadOrm) =>
  orm.select({ id: mentions.id }).from(mentions).where(among(mentions.id, "ids"));

const ofMessage = (orm: ReadOrm) =>
  orm
    .select({ id: mentions.id, userId: mentions.userId, readPos: mentions.readPos })
    .from(mentions)
    .where(and(eq(mentions.messageId, sql.placeholder("messageId")), among(mentions.userId, "userIds")));

/** Of somebody, and not marked as read. */
const unmarked = and(eq(mentions.userId, sql.placeholder("userId")), isNull(mentions.readPos));

const some = (orm: ReadOrm) =>
  orm.select({ id: mentions.id }).from(mentions).where(unmarked).limit(sql.placeholder("limit"));

const upToMessage = (orm: ReadOrm) =>
  orm
    .select({ id: mentions.id, messageId: mentions.messageId })
    .from(mentions)
    .where(
      and(
        unmarked,
        eq(mentions.chatId, sql.placeholder("chatId")),
        lte(mentions.messageId, sql.placeholder("upTo")),
      ),
    )
    .orderBy(asc(mentions.messageId))
    .limit(sql.placeholder("limit"));

const listed = (orm: ReadOrm) =>
  orm
    .select({
      id: mentions.id,
      messageId: mentions.messageId,
      chatId: mentions.chatId,
      createdAt: mentions.createdAt,
      senderId: messages.senderId,
    })
    .from(mentions)
    .innerJoin(messages, eq(messages.id, mentions.messageId))
    .innerJoin(members, and(eq(members.chatId, mentions.chatId), eq(members.userId, mentions.userId)))
    .where(
      and(
        unmarked,
        lt(mentions.id, sql.placeholder("before")),
        // Whoever joins has read what was there before.
        lt(members.lastReadId, mentions.messageId),
      ),
    )
    .orderBy(desc(mentions.id))
    .limit(sql.placeholder("limit"));

const markedAt = (orm: ReadOrm) =>
  orm
    .select({ id: mentions.id, pos: mentions.readPos })
    .from(mentions)
    .where(among(mentions.readPos, "positions"));

const setRead = (orm: WriteOrm) =>
  orm
    .update(mentions)
    .set({ readPos: sql`${sql.placeholder("pos")}` })
    .where(among(mentions.id, "ids"));

const marked = (orm: ReadOrm) =>
  orm
    .select({ id: mentions.id })
    .from(mentions)
    .where(lte(mentions.readPos, sql.placeholder("upTo")))
    .limit(sql.placeholder("limit"));

const remove = (orm: WriteOrm) => orm.delete(mentions).where(among(mentions.id, "ids"));

export function findMention(read: Read, id: number): Promise<MentionRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** Those of `ids` that are there: an edit or a deletion takes them. */
export async function mentionsAmong(read: Read, ids: Iterable<number>): Promise<Set<number>> {
  const rows = await read.prepared(byIds).all({ ids: toList(ids) });
  return new Set(rows.map((row) => row.id));
}

/** The mentions of these people in a message. */
export function mentionsOf(
  read: Read,
  messageId: number,
  userIds: Iterable<number>,
): Promise<Pick<MentionRow, "id" | "userId" | "readPos">[]> {
  return read.prepared(ofMessage).all({ messageId, userIds: toList(userIds) });
}

/** Some that somebody has not marked as read, in whatever chat. */
export async function someUnreadMentions(read: Read, userId: number, limit: number): Promise<number[]> {
  return (await read.prepared(some).all({ userId, limit })).map((row) => row.id);
}

/** What somebody has in a chat, up to a message, that is not marked as read. */
export interface UnreadUpTo {
  userId: number;
  chatId: number;
  upTo: number;
}

/** Oldest message first. */
export function unreadMentionsUpTo(
  read: Read,
  where: UnreadUpTo,
  limit: number,
): Promise<Pick<MentionRow, "id" | "messageId">[]> {
  return read.prepared(upToMessage).all({ ...where, limit });
}

/** A mention with who wrote the message. */
export interface ListedMention extends Omit<MentionRow, "userId" | "readPos"> {
  senderId: number;
}

/** Those that somebody has not read, in chats that they are in, with ids before `before`; newest first. */
export function pageOfUnreadMentions(
  read: Read,
  userId: number,
  page: { before: number; limit: number },
): Promise<ListedMention[]> {
  return read.prepared(listed).all({ userId, ...page });
}

/** Those that were marked as read at these positions of the journal. */
export function mentionsReadAt(
  read: Read,
  positions: Iterable<number>,
): Promise<{ id: number; pos: number | null }[]> {
  return read.prepared(markedAt).all({ positions: toList(positions) });
}

/** Marks them as read: the journal tells of it at this position. */
export async function markMentionsRead(tx: Tx, ids: Iterable<number>, pos: number): Promise<void> {
  await tx.prepared(setRead).run({ ids: toList(ids), pos });
}

/** Deletes some of those that were marked up to this position. Answers how many. */
export async function deleteReadMentions(tx: Tx, upTo: number, limit: number): Promise<number> {
  const rows = await tx.prepared(marked).all({ upTo, limit });
  if (rows.length > 0) await tx.prepared(remove).run({ ids: toList(rows.map((row) => row.id)) });
  return rows.length;
}
