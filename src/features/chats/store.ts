import { and, asc, desc, eq, gt, inArray, isNull, lt, ne, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";

import { lastPosition } from "../../events/journal.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { chats, members } from "./tables.ts";

export type ChatRow = typeof chats.$inferSelect;
export type MemberRow = typeof members.$inferSelect;

/** One member, in a prepared query. */
export const thatMember = and(
  eq(members.chatId, sql.placeholder("chatId")),
  eq(members.userId, sql.placeholder("userId")),
);

/** How far somebody has come in a chat. */
export const progress = {
  lastReadId: members.lastReadId,
  lastDeliveredId: members.lastDeliveredId,
  readCount: members.readCount,
  ownUnread: members.ownUnread,
};

// Chats

const memberOf = (orm: ReadOrm) =>
  orm
    .select({ member: members, chat: chats })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(thatMember);

// One table at a time: SQLite plans a join with bound values anew at each run, ten times the work.
const roleIn = (orm: ReadOrm) =>
  orm
    .select({ role: members.role, ...progress })
    .from(members)
    .where(thatMember);

const stateOf = (orm: ReadOrm) =>
  orm
    .select({
      isActive: chats.isActive,
      chatType: chats.chatType,
      directKey: chats.directKey,
      strangerId: chats.strangerId,
      lastDeletedId: chats.lastDeletedId,
      seq: chats.seq,
      messageCount: chats.messageCount,
    })
    .from(chats)
    .where(eq(chats.id, sql.placeholder("chatId")));

const advance = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({
      seq: sql`${sql.placeholder("seq")}`,
      messageCount: sql`${sql.placeholder("messageCount")}`,
      activePos: lastPosition,
    })
    .where(eq(chats.id, sql.placeholder("chatId")));

const heard = (orm: ReadOrm) =>
  orm
    .select({ chatId: members.chatId, joinedPos: members.joinedPos })
    .from(members)
    .where(eq(members.userId, sql.placeholder("userId")));

const idsIn = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(
      and(
        eq(members.chatId, sql.placeholder("chatId")),
        sql`${members.userId} in (select value from json_each(${sql.placeholder("userIds")}))`,
      ),
    );

/** Those of `userIds` who are in a chat. */
export async function idsAmong(read: Read, chatId: number, userIds: number[]): Promise<number[]> {
  const rows = await read.prepared(idsIn).all({ chatId, userIds: JSON.stringify(userIds) });
  return rows.map((row) => row.userId);
}

/** The chat and the membership of one user in it. */
export function findMembership(read: Read, chatId: number, userId: number) {
  return read.prepared(memberOf).get({ chatId, userId });
}

/** The least that a message needs to know of both. */
export async function findRole(read: Read, chatId: number, userId: number) {
  const member = await read.prepared(roleIn).get({ chatId, userId });
  if (!member) return undefined;
  const chat = (await read.prepared(stateOf).get({ chatId }))!;
  return Object.assign(chat, { role: member.role, progress: member });
}

/** How many messages a chat has: all, and those of people. */
export type Counts = Pick<ChatRow, "seq" | "messageCount">;

/** Something was said, and a chat has so many now. */
export async function updateCounts(tx: Tx, chatId: number, counts: Counts): Promise<void> {
  await tx.prepared(advance).run({ chatId, ...counts });
}

/** The chats a user is in, and since which position. */
export function chatsHeardBy(read: Read, userId: number) {
  return read.prepared(heard).all({ userId });
}

export function findDirect(read: Read, directKey: string): Promise<ChatRow | undefined> {
  return read.orm.select().from(chats).where(eq(chats.directKey, directKey)).get();
}

export function findChats(read: Read, ids: number[]): Promise<ChatRow[]> {
  return read.orm.select().from(chats).where(inArray(chats.id, ids));
}

export async function insertChat(tx: Tx, row: typeof chats.$inferInsert): Promise<ChatRow> {
  return (await tx.orm
    .insert(chats)
    .values({ ...row, activePos: lastPosition })
    .returning()
    .get())!;
}

export async function updateChat(tx: Tx, id: number, change: Partial<ChatRow>): Promise<ChatRow> {
  return (await tx.orm.update(chats).set(change).where(eq(chats.id, id)).returning().get())!;
}

/** A user's chats whose last activity was before `pos`, last activity first. */
export function chatsBefore(read: Read, userId: number, pos: number, limit: number) {
  return chatsOf(read, userId, lt(chats.activePos, pos)).orderBy(desc(chats.activePos)).limit(limit);
}

/** Those whose last activity was after `pos`, first activity first: what happens meanwhile is still ahead. */
export function chatsAfter(read: Read, userId: number, pos: number, limit: number) {
  return chatsOf(read, userId, gt(chats.activePos, pos)).orderBy(asc(chats.activePos)).limit(limit);
}

function chatsOf(read: Read, userId: number, which: SQL) {
  return read.orm
    .select({ chat: chats, member: members })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, userId), which));
}

export function countChats(read: Read): Promise<number> {
  return read.orm.$count(chats);
}

// Owners

/** Groups that somebody is in and that have no owner whose account is open. */
export async function findVacancies(read: Read, userId: number): Promise<number[]> {
  const owner = alias(members, "owner");
  const rows = await read.orm
    .select({ chatId: members.chatId })
    .from(members)
    .innerJoin(
      chats,
      and(eq(chats.id, members.chatId), eq(chats.isActive, true), eq(chats.chatType, "group")),
    )
    .leftJoin(owner, and(eq(owner.chatId, members.chatId), eq(owner.role, "owner")))
    .leftJoin(users, eq(users.id, owner.userId))
    .where(and(eq(members.userId, userId), or(isNull(users.id), eq(users.isActive, false))))
    .orderBy(asc(members.chatId));
  return rows.map((row) => row.chatId);
}

/** Owners whose accounts are closed. */
export async function findGoneOwners(read: Read): Promise<number[]> {
  const rows = await read.orm
    .selectDistinct({ userId: members.userId })
    .from(users)
    .innerJoin(members, and(eq(members.userId, users.id), eq(members.role, "owner")))
    .where(eq(users.isActive, false));
  return rows.map((row) => row.userId);
}

/** Whose account is open and who has served longest, admins before members; not `except`. */
export function findHeir(read: Read, chatId: number, except = 0) {
  return read.orm
    .select({ id: users.id, username: users.username })
    .from(members)
    .innerJoin(users, and(eq(users.id, members.userId), eq(users.isActive, true)))
    .where(and(eq(members.chatId, chatId), ne(members.userId, except)))
    .orderBy(desc(eq(members.role, "admin")), asc(members.id))
    .limit(1)
    .get();
}

export async function findOwner(read: Read, chatId: number): Promise<number | undefined> {
  const owner = and(eq(members.chatId, chatId), eq(members.role, "owner"));
  return (await read.orm.select({ userId: members.userId }).from(members).where(owner).get())?.userId;
}

// Members

const withUser = {
  member: members,
  username: users.username,
  fullName: users.fullName,
  avatarUrl: users.avatarUrl,
  isActive: users.isActive,
  lastSeenAt: users.lastSeenAt,
};

/** A membership with who it is. */
export type Row = Awaited<ReturnType<typeof findMembers>>[number];

export function listMembers(read: Read, chatId: number, afterId: number, limit: number) {
  return read.orm
    .select(withUser)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.chatId, chatId), gt(members.id, afterId)))
    .orderBy(asc(members.id))
    .limit(limit);
}

export function findMembers(read: Read, chatId: number, userIds: number[]) {
  return read.orm
    .select(withUser)
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.chatId, chatId), inArray(members.userId, userIds)));
}

/** The same, with who they are. */
export async function findUsersIn(read: Read, chatId: number, userIds: number[]) {
  const rows = await read.orm
    .select({ user: users })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(eq(members.chatId, chatId), inArray(members.userId, userIds)));
  return rows.map((row) => row.user);
}

/** The other person of each of these direct chats. */
export function findPeers(read: Read, chatIds: number[], userId: number) {
  return read.orm
    .select({ chatId: members.chatId, user: users })
    .from(members)
    .innerJoin(users, eq(users.id, members.userId))
    .where(and(inArray(members.chatId, chatIds), sql`${members.userId} <> ${userId}`));
}

const insert = (orm: WriteOrm) =>
  orm
    .insert(members)
    .values({
      chatId: sql.placeholder("chatId"),
      userId: sql.placeholder("userId"),
      role: sql.placeholder("role"),
      joinedAt: sql.placeholder("joinedAt"),
      joinedPos: sql.placeholder("joinedPos"),
      joinedAfterId: sql.placeholder("joinedAfterId"),
      addedBy: sql.placeholder("addedBy"),
      lastReadId: sql.placeholder("joinedAfterId"),
      lastDeliveredId: sql.placeholder("joinedAfterId"),
      readCount: sql.placeholder("readCount"),
    })
    .returning();

const countMore = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ memberCount: sql`${chats.memberCount} + ${sql.placeholder("change")}` })
    .where(eq(chats.id, sql.placeholder("chatId")));

export type NewMember = Pick<
  MemberRow,
  "chatId" | "userId" | "role" | "joinedAt" | "joinedPos" | "joinedAfterId" | "addedBy" | "readCount"
>;

/** What the chat has so far counts as read. */
export async function insertMember(tx: Tx, row: NewMember): Promise<MemberRow> {
  await tx.prepared(countMore).run({ chatId: row.chatId, change: 1 });
  return (await tx.prepared(insert).get(row))!;
}

export async function deleteMember(tx: Tx, chatId: number, userId: number): Promise<void> {
  await tx.prepared(countMore).run({ chatId, change: -1 });
  await tx.orm.delete(members).where(ofMember(chatId, userId));
}

export async function updateMember(
  tx: Tx,
  chatId: number,
  userId: number,
  change: Partial<Pick<MemberRow, "role" | "joinedPos" | "nickname" | "isMuted" | "userPos">>,
): Promise<void> {
  await tx.orm.update(members).set(change).where(ofMember(chatId, userId));
}

function ofMember(chatId: number, userId: number) {
  return and(eq(members.chatId, chatId), eq(members.userId, userId));
}

/** In which chats somebody is, by the order of joining, behind the membership `after`. */
export function pageOfMemberships(read: Read, userId: number, after: number, limit: number) {
  return read.orm
    .select({ id: members.id, chatId: members.chatId, userPos: members.userPos })
    .from(members)
    .where(and(eq(members.userId, userId), gt(members.id, after)))
    .orderBy(asc(members.id))
    .limit(limit);
}

// Who knows whom

/** Those of `ids` who are in a chat that this user is in, and not only as a stranger. */
export function findAcquainted(read: Read, userId: number, ids: number[]): Promise<number[]> {
  const isKnown = or(isNull(chats.strangerId), ne(chats.strangerId, userId));
  return findTogether(read, userId, ids, isKnown);
}

/** Those of `ids` who are in a chat that this user is in. */
export async function findTogether(
  read: Read,
  userId: number,
  ids: number[],
  where?: SQL,
): Promise<number[]> {
  const mine = read.orm
    .select({ chatId: members.chatId })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, userId), where));
  const rows = await read.orm
    .selectDistinct({ userId: members.userId })
    .from(members)
    .where(and(inArray(members.userId, ids), inArray(members.chatId, mine)));
  return rows.map((row) => row.userId);
}

const sizesOf = (orm: ReadOrm) =>
  orm
    .select({
      chatId: members.chatId,
      memberCount: chats.memberCount,
      strangerId: chats.strangerId,
    })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(eq(members.userId, sql.placeholder("userId")));

/** The chats a user is in, with how many members they have and who is a stranger there. */
export function findChatSizes(read: Read, userId: number) {
  return read.prepared(sizesOf).all({ userId });
}
