import { and, asc, desc, eq, gt, inArray, isNull, ne, or, type SQL, sql } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import type { MemberRow } from "../groups/store.ts";
import { chats, members } from "../tables.ts";

/** One member, in a prepared query. */
const thatMember = and(
  eq(members.chatId, sql.placeholder("chatId")),
  eq(members.userId, sql.placeholder("userId")),
);

/** How far somebody has come in a chat, and in what role. */
export type RoleRow = Pick<MemberRow, "role" | "lastReadId" | "lastDeliveredId" | "readCount" | "ownUnread">;

const role = (orm: ReadOrm) =>
  orm
    .select({
      role: members.role,
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
      readCount: members.readCount,
      ownUnread: members.ownUnread,
    })
    .from(members)
    .where(thatMember);

const ofUsers = (orm: ReadOrm) =>
  orm
    .select()
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), among(members.userId, "userIds")));

const page = (orm: ReadOrm) =>
  orm
    .select()
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), gt(members.id, sql.placeholder("after"))))
    .orderBy(asc(members.id))
    .limit(sql.placeholder("limit"));

const heard = (orm: ReadOrm) =>
  orm
    .select({ chatId: members.chatId, joinedPos: members.joinedPos })
    .from(members)
    .where(eq(members.userId, sql.placeholder("userId")));

const others = (orm: ReadOrm) =>
  orm
    .select({ chatId: members.chatId, userId: members.userId })
    .from(members)
    .where(and(among(members.chatId, "chatIds"), ne(members.userId, sql.placeholder("userId"))));

const memberships = (orm: ReadOrm) =>
  orm
    .select({ id: members.id, chatId: members.chatId, userPos: members.userPos })
    .from(members)
    .where(and(eq(members.userId, sql.placeholder("userId")), gt(members.id, sql.placeholder("after"))))
    .orderBy(asc(members.id))
    .limit(sql.placeholder("limit"));

export function findRole(read: Read, chatId: number, userId: number): Promise<RoleRow | undefined> {
  return read.prepared(role).get({ chatId, userId });
}

/** Those of `userIds` who are in a chat. */
export function findMembers(read: Read, chatId: number, userIds: Iterable<number>): Promise<MemberRow[]> {
  return read.prepared(ofUsers).all({ chatId, userIds: toList(userIds) });
}

/** Members in the order of joining, behind the membership `after`. */
export function pageOfMembers(
  read: Read,
  chatId: number,
  after: number,
  limit: number,
): Promise<MemberRow[]> {
  return read.prepared(page).all({ chatId, after, limit });
}

/** The chats a user is in, and since which position. */
export function chatsHeardBy(read: Read, userId: number): Promise<Pick<MemberRow, "chatId" | "joinedPos">[]> {
  return read.prepared(heard).all({ userId });
}

/** Everybody but `userId` in these chats: of direct ones the other person. */
export function findOthers(
  read: Read,
  chatIds: Iterable<number>,
  userId: number,
): Promise<Pick<MemberRow, "chatId" | "userId">[]> {
  return read.prepared(others).all({ chatIds: toList(chatIds), userId });
}

/** In which chats somebody is, by the order of joining, behind the membership `after`. */
export function pageOfMemberships(
  read: Read,
  userId: number,
  after: number,
  limit: number,
): Promise<Pick<MemberRow, "id" | "chatId" | "userPos">[]> {
  return read.prepared(memberships).all({ userId, after, limit });
}

// Owners

const owner = alias(members, "owner");

const ownersOfGroups = (orm: ReadOrm) =>
  orm
    .select({ chatId: members.chatId, ownerId: owner.userId })
    .from(members)
    .innerJoin(
      chats,
      and(
        eq(chats.id, members.chatId),
        eq(chats.isActive, true),
        eq(chats.chatType, "group"),
        // There the membership chain says who succeeds, and they sign it.
        isNull(chats.encryptionEpoch),
      ),
    )
    .leftJoin(owner, and(eq(owner.chatId, members.chatId), eq(owner.role, "owner")))
    .where(eq(members.userId, sql.placeholder("userId")))
    .orderBy(asc(members.chatId));

const owning = (orm: ReadOrm) =>
  orm
    .selectDistinct({ userId: members.userId })
    .from(members)
    .where(and(among(members.userId, "userIds"), eq(members.role, "owner")));

const seniority = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(eq(members.chatId, sql.placeholder("chatId")))
    .orderBy(desc(eq(members.role, "admin")), asc(members.id));

const ownerOf = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), eq(members.role, "owner")));

/** Groups that are open and that somebody is in, with their owner, if there is one. */
export function findOwnersOfGroups(
  read: Read,
  userId: number,
): Promise<{ chatId: number; ownerId: number | null }[]> {
  return read.prepared(ownersOfGroups).all({ userId });
}

/** Those of `userIds` who own a chat. */
export async function ownersAmong(read: Read, userIds: number[]): Promise<number[]> {
  const rows = await read.prepared(owning).all({ userIds: toList(userIds) });
  return rows.map((row) => row.userId);
}

/** Who has served longest, admins before members. */
export async function bySeniority(read: Read, chatId: number): Promise<number[]> {
  const rows = await read.prepared(seniority).all({ chatId });
  return rows.map((row) => row.userId);
}

export async function findOwner(read: Read, chatId: number): Promise<number | undefined> {
  return (await read.prepared(ownerOf).get({ chatId }))?.userId;
}

// Who knows whom

const inChatsOf = (where?: SQL) => (orm: ReadOrm) => {
  const mine = orm
    .select({ chatId: members.chatId })
    .from(members)
    .innerJoin(chats, eq(chats.id, members.chatId))
    .where(and(eq(members.userId, sql.placeholder("userId")), where));
  return orm
    .selectDistinct({ userId: members.userId })
    .from(members)
    .where(and(among(members.userId, "ids"), inArray(members.chatId, mine)));
};

const together = inChatsOf();
const acquainted = inChatsOf(or(isNull(chats.strangerId), ne(chats.strangerId, sql.placeholder("userId"))));

/** Those of `ids` who are in a chat that this user is in, and not only as a stranger. */
export async function findAcquainted(read: Read, userId: number, ids: number[]): Promise<number[]> {
  const rows = await read.prepared(acquainted).all({ userId, ids: toList(ids) });
  return rows.map((row) => row.userId);
}

/** Those of `ids` who are in a chat that this user is in. */
export async function findTogether(read: Read, userId: number, ids: number[]): Promise<number[]> {
  const rows = await read.prepared(together).all({ userId, ids: toList(ids) });
  return rows.map((row) => row.userId);
}

// Writing

const insert = (orm: WriteOrm) =>
  orm.insert(members).values({
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
  });

const update = updateOf(members, thatMember);

const remove = (orm: WriteOrm) => orm.delete(members).where(thatMember);

const countMore = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ memberCount: sql`${chats.memberCount} + ${sql.placeholder("change")}` })
    .where(eq(chats.id, sql.placeholder("chatId")));

const setUserPos = (orm: WriteOrm) =>
  orm
    .update(members)
    .set({ userPos: sql`${sql.placeholder("userPos")}` })
    .where(thatMember);

export type NewMember = Pick<
  MemberRow,
  "chatId" | "userId" | "role" | "joinedAt" | "joinedPos" | "joinedAfterId" | "addedBy" | "readCount"
>;

/** What the chat has so far counts as read. */
export async function insertMember(tx: Tx, row: NewMember): Promise<void> {
  await tx.prepared(countMore).run({ chatId: row.chatId, change: 1 });
  await tx.insert(insert, row);
}

export async function deleteMember(tx: Tx, chatId: number, userId: number): Promise<void> {
  await tx.prepared(countMore).run({ chatId, change: -1 });
  await tx.prepared(remove).run({ chatId, userId });
}

export async function updateMember(
  tx: Tx,
  chatId: number,
  userId: number,
  change: Partial<Pick<MemberRow, "role" | "joinedPos" | "nickname" | "notify">>,
): Promise<void> {
  await update(tx, { chatId, userId }, change);
}

/** The journal tells the chat at this position what somebody is called and looks like. */
export async function moveUserPos(tx: Tx, chatId: number, userId: number, userPos: number): Promise<void> {
  await tx.prepared(setUserPos).run({ chatId, userId, userPos });
}
