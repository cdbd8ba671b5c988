import { and, asc, count, desc, eq, gt, isNotNull, lt, sql } from "drizzle-orm";

import { lastPosition } from "../../../events/journal.ts";
import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import { chats, members } from "../tables.ts";

export type ChatRow = typeof chats.$inferSelect;
export type MemberRow = typeof members.$inferSelect;

/** A chat and the membership of one user in it. */
export interface Seen {
  chat: ChatRow;
  member: MemberRow;
}

/** What a chat begins with; what is not given is null. */
const notGiven = { directKey: null, strangerId: null, name: null, description: null, avatarUrl: null };
export type NewChat = Pick<ChatRow, "chatType" | "createdAt"> & Partial<Pick<ChatRow, keyof typeof notGiven>>;

/** What a message has to know of its chat. */
export type ChatState = Pick<
  ChatRow,
  | "isActive"
  | "chatType"
  | "directKey"
  | "strangerId"
  | "lastDeletedId"
  | "seq"
  | "messageCount"
  | "encryptionEpoch"
>;

/** How many messages a chat has: all, and those of people. */
export type Counts = Pick<ChatRow, "seq" | "messageCount">;

const thatChat = eq(chats.id, sql.placeholder("chatId"));

const state = (orm: ReadOrm) =>
  orm
    .select({
      isActive: chats.isActive,
      chatType: chats.chatType,
      directKey: chats.directKey,
      strangerId: chats.strangerId,
      lastDeletedId: chats.lastDeletedId,
      seq: chats.seq,
      messageCount: chats.messageCount,
      encryptionEpoch: chats.encryptionEpoch,
    })
    .from(chats)
    .where(thatChat);

const size = (orm: ReadOrm) =>
  orm
    .select({
      memberCount: chats.memberCount,
      seq: chats.seq,
      messageCount: chats.messageCount,
      lastDeletedId: chats.lastDeletedId,
      statusPos: chats.statusPos,
      isStatusDue: chats.isStatusDue,
      strangerId: chats.strangerId,
    })
    .from(chats)
    .where(thatChat);

const byIds = (orm: ReadOrm) => orm.select().from(chats).where(among(chats.id, "ids"));

const byDirectKey = (orm: ReadOrm) =>
  orm
    .select()
    .from(chats)
    .where(eq(chats.directKey, sql.placeholder("directKey")));

const seenBy = (orm: ReadOrm) =>
  orm
    .select({ member: members, chat: chats })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, sql.placeholder("userId")), among(members.chatId, "ids")));

const listedBefore = (orm: ReadOrm) =>
  orm
    .select({ chat: chats, member: members })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, sql.placeholder("userId")), lt(chats.activePos, sql.placeholder("pos"))))
    .orderBy(desc(chats.activePos))
    .limit(sql.placeholder("limit"));

const listedAfter = (orm: ReadOrm) =>
  orm
    .select({ chat: chats, member: members })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, sql.placeholder("userId")), gt(chats.activePos, sql.placeholder("pos"))))
    .orderBy(asc(chats.activePos))
    .limit(sql.placeholder("limit"));

const sizes = (orm: ReadOrm) =>
  orm
    .select({ chatId: members.chatId, memberCount: chats.memberCount, strangerId: chats.strangerId })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(eq(members.userId, sql.placeholder("userId")));

const number = (orm: ReadOrm) => orm.select({ count: count() }).from(chats);

const encryptedAmong = (orm: ReadOrm) =>
  orm
    .select({ count: count() })
    .from(chats)
    .where(and(among(chats.id, "ids"), isNotNull(chats.encryptionEpoch)));

const showing = (orm: ReadOrm) =>
  orm
    .select({ id: chats.id })
    .from(chats)
    .where(eq(chats.avatarUrl, sql.placeholder("address")))
    .limit(1);

const showingTo = (orm: ReadOrm) =>
  orm
    .select({ id: chats.id })
    .from(chats)
    .innerJoin(members, and(eq(members.chatId, chats.id), eq(members.userId, sql.placeholder("userId"))))
    .where(eq(chats.avatarUrl, sql.placeholder("address")))
    .limit(1);

const insert = (orm: WriteOrm) =>
  orm
    .insert(chats)
    .values({
      chatType: sql.placeholder("chatType"),
      directKey: sql.placeholder("directKey"),
      strangerId: sql.placeholder("strangerId"),
      name: sql.placeholder("name"),
      description: sql.placeholder("description"),
      avatarUrl: sql.placeholder("avatarUrl"),
      createdAt: sql.placeholder("createdAt"),
      activePos: lastPosition,
    })
    .returning();

const update = updateOf(chats, thatChat);

const setCounts = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({
      seq: sql`${sql.placeholder("seq")}`,
      messageCount: sql`${sql.placeholder("messageCount")}`,
      activePos: lastPosition,
    })
    .where(thatChat);

const setDeleted = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ lastDeletedId: sql`max(${chats.lastDeletedId}, ${sql.placeholder("messageId")})` })
    .where(thatChat);

/** One table at a time: SQLite plans a join with bound values anew at each run, ten times the work. */
export function findState(read: Read, chatId: number): Promise<ChatState | undefined> {
  return read.prepared(state).get({ chatId });
}

/** How many members and messages a chat has, and what else whoever moves a marker there has to know of it. */
export async function findSize(read: Read, chatId: number): Promise<ChatSize> {
  const found = await read.prepared(size).get({ chatId });
  if (!found) throw new Error(`there is no chat ${chatId}`);
  return found;
}

export type ChatSize = Pick<
  ChatRow,
  "memberCount" | "seq" | "messageCount" | "lastDeletedId" | "statusPos" | "isStatusDue" | "strangerId"
>;

export function findChats(read: Read, ids: Iterable<number>): Promise<ChatRow[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

/** How many of these chats are encrypted. */
export async function countEncrypted(read: Read, ids: Iterable<number>): Promise<number> {
  return (await read.prepared(encryptedAmong).get({ ids: toList(ids) }))?.count ?? 0;
}

export async function findChat(read: Read, id: number): Promise<ChatRow | undefined> {
  return (await findChats(read, [id]))[0];
}

export function findDirect(read: Read, directKey: string): Promise<ChatRow | undefined> {
  return read.prepared(byDirectKey).get({ directKey });
}

/** Those of these chats that a user is in. */
export function findSeen(read: Read, chatIds: Iterable<number>, userId: number): Promise<Seen[]> {
  return read.prepared(seenBy).all({ userId, ids: toList(chatIds) });
}

/** A user's chats whose last activity was before `pos`, last activity first. */
export function chatsBefore(read: Read, userId: number, pos: number, limit: number): Promise<Seen[]> {
  return read.prepared(listedBefore).all({ userId, pos, limit });
}

/** Those whose last activity was after `pos`, first activity first: what happens meanwhile is still ahead. */
export function chatsAfter(read: Read, userId: number, pos: number, limit: number): Promise<Seen[]> {
  return read.prepared(listedAfter).all({ userId, pos, limit });
}

/** The chats a user is in, with how many members they have and who is a stranger there. */
export function findSizes(
  read: Read,
  userId: number,
): Promise<Pick<ChatRow & MemberRow, "chatId" | "memberCount" | "strangerId">[]> {
  return read.prepared(sizes).all({ userId });
}

export async function countChats(read: Read): Promise<number> {
  return (await read.prepared(number).get())?.count ?? 0;
}

/** Whether any chat shows the picture at this address. */
export async function isShown(read: Read, address: string): Promise<boolean> {
  return (await read.prepared(showing).get({ address })) !== undefined;
}

/** Whether a chat that somebody is in shows the picture at this address. */
export async function isShownTo(read: Read, address: string, userId: number): Promise<boolean> {
  return (await read.prepared(showingTo).get({ address, userId })) !== undefined;
}

export async function insertChat(tx: Tx, row: NewChat): Promise<ChatRow> {
  const chat = await tx.prepared(insert).get({ ...notGiven, ...row });
  if (!chat) throw new Error("a chat was not inserted");
  return chat;
}

export async function updateChat(tx: Tx, id: number, change: Partial<ChatRow>): Promise<ChatRow> {
  await update(tx, { chatId: id }, change);
  const chat = await findChat(tx, id);
  if (!chat) throw new Error(`there is no chat ${id}`);
  return chat;
}

/** Something was said, and a chat has so many messages now. */
export async function updateCounts(tx: Tx, chatId: number, counts: Counts): Promise<void> {
  await tx.prepared(setCounts).run({ chatId, ...counts });
}

/** A message is deleted: whoever is not past it may have to leave it out of what is unread. */
export async function markDeleted(tx: Tx, chatId: number, messageId: number): Promise<void> {
  await tx.prepared(setDeleted).run({ chatId, messageId });
}
