/** How far members have received and read, and what of it is left to tell. */
import { and, asc, eq, gt, gte, lt, ne, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import type { MemberRow } from "../groups/store.ts";
import type { Progress } from "../members/membership.ts";
import { chats, members } from "../tables.ts";

/** What somebody has read, or only received. */
export type Kind = "read" | "delivered";

/** A member's progress, and where the journal tells of it. */
export type MarkerRow = Progress & Pick<MemberRow, "readPos">;

const thatMember = and(
  eq(members.chatId, sql.placeholder("chatId")),
  eq(members.userId, sql.placeholder("userId")),
);
const thatChat = eq(chats.id, sql.placeholder("chatId"));
const inThatChat = eq(members.chatId, sql.placeholder("chatId"));

const newProgress = {
  lastReadId: sql`${sql.placeholder("lastReadId")}`,
  lastDeliveredId: sql`${sql.placeholder("lastDeliveredId")}`,
  readCount: sql`${sql.placeholder("readCount")}`,
  ownUnread: sql`${sql.placeholder("ownUnread")}`,
};

const markers = (orm: ReadOrm) =>
  orm
    .select({
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
      readCount: members.readCount,
      ownUnread: members.ownUnread,
      readPos: members.readPos,
    })
    .from(members)
    .where(thatMember);

const setMarkers = (orm: WriteOrm) =>
  orm
    .update(members)
    .set({ ...newProgress, readPos: sql`${sql.placeholder("readPos")}` })
    .where(thatMember);

const setProgress = (orm: WriteOrm) => orm.update(members).set(newProgress).where(thatMember);

const setStatusDue = (orm: WriteOrm) => orm.update(chats).set({ isStatusDue: true }).where(thatChat);

const statusDue = (orm: ReadOrm) =>
  orm
    .select({ id: chats.id })
    .from(chats)
    .where(sql`${chats.isStatusDue}`);

const setStatusTold = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ isStatusDue: false, statusPos: sql`${sql.placeholder("pos")}` })
    .where(thatChat);

const columns = { read: members.lastReadId, delivered: members.lastDeliveredId };

const behindOf = (kind: Kind) => (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId, id: columns[kind] })
    .from(members)
    .where(inThatChat)
    .orderBy(asc(columns[kind]), asc(members.userId))
    .limit(sql.placeholder("limit"))
    .offset(sql.placeholder("offset"));

const furthestBehind = { read: behindOf("read"), delivered: behindOf("delivered") };

const laggardsOf = (kind: Kind) => (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(
      and(
        inThatChat,
        ne(members.userId, sql.placeholder("senderId")),
        gt(members.userId, sql.placeholder("after")),
        lt(columns[kind], sql.placeholder("messageId")),
      ),
    )
    .orderBy(asc(members.userId))
    .limit(sql.placeholder("limit"));

const laggards = { read: laggardsOf("read"), delivered: laggardsOf("delivered") };

const unmutedLaggardsOf = (kind: Kind) => (orm: ReadOrm) =>
  orm
    .select({
      userId: members.userId,
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
    })
    .from(members)
    .where(
      and(
        inThatChat,
        gt(members.userId, sql.placeholder("after")),
        lt(columns[kind], sql.placeholder("messageId")),
        eq(members.notify, "all"),
      ),
    )
    .orderBy(asc(members.userId))
    .limit(sql.placeholder("limit"));

const unmutedLaggards = { read: unmutedLaggardsOf("read"), delivered: unmutedLaggardsOf("delivered") };

const receivers = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId, lastReadId: members.lastReadId })
    .from(members)
    .where(
      and(
        inThatChat,
        ne(members.userId, sql.placeholder("senderId")),
        gte(members.lastDeliveredId, sql.placeholder("messageId")),
        lt(members.joinedAfterId, sql.placeholder("messageId")),
      ),
    )
    .orderBy(asc(members.userId));

const progress = (orm: ReadOrm) =>
  orm
    .select({
      userId: members.userId,
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
    })
    .from(members)
    .where(and(inThatChat, gt(members.lastDeliveredId, 0)))
    .orderBy(asc(members.userId));

/** How far one member has come; undefined when they are not in the chat. */
export function findMarkers(read: Read, chatId: number, userId: number): Promise<MarkerRow | undefined> {
  return read.prepared(markers).get({ chatId, userId });
}

/** How far all who have received anything have come. */
export function findProgress(
  read: Read,
  chatId: number,
): Promise<Pick<MemberRow, "userId" | "lastReadId" | "lastDeliveredId">[]> {
  return read.prepared(progress).all({ chatId });
}

/** A page of members by how far they have come, those furthest behind first. */
export function pageOfFurthestBehind(
  read: Read,
  kind: Kind,
  page: { chatId: number; limit: number; offset: number },
): Promise<{ userId: number; id: number }[]> {
  return read.prepared(furthestBehind[kind]).all(page);
}

/** A message, as far as receipts of it need it. */
export interface Sent {
  id: number;
  chatId: number;
  senderId: number;
}

/** Members but its sender who have not read (or received) a message, by id behind `after`. */
export async function pageOfLaggards(
  read: Read,
  kind: Kind,
  { chatId, senderId, id: messageId }: Sent,
  page: { after: number; limit: number },
): Promise<number[]> {
  const rows = await read.prepared(laggards[kind]).all({ chatId, senderId, messageId, ...page });
  return rows.map((row) => row.userId);
}

/** Members who are told of all that is new in a chat and have not read (or received) it up to a message, by id behind `after`. */
export function pageOfUnmutedLaggards(
  read: Read,
  kind: Kind,
  message: { chatId: number; messageId: number },
  page: { after: number; limit: number },
): Promise<Pick<MemberRow, "userId" | "lastReadId" | "lastDeliveredId">[]> {
  return read.prepared(unmutedLaggards[kind]).all({ ...message, ...page });
}

/** Those who were there when a message was written and have received it, without its sender. */
export function findReceivers(
  read: Read,
  { chatId, senderId, id: messageId }: Sent,
): Promise<Pick<MemberRow, "userId" | "lastReadId">[]> {
  return read.prepared(receivers).all({ chatId, senderId, messageId });
}

/** Chats of which it was left to tell how far somebody has come. */
export async function findStatusDue(read: Read): Promise<number[]> {
  const rows = await read.prepared(statusDue).all();
  return rows.map((row) => row.id);
}

export async function updateMarkers(tx: Tx, chatId: number, userId: number, row: MarkerRow): Promise<void> {
  await tx.prepared(setMarkers).run({ chatId, userId, ...row });
}

/** The same without where the journal tells of them: all that changes when somebody writes. */
export async function updateProgress(tx: Tx, chatId: number, userId: number, row: Progress): Promise<void> {
  await tx.prepared(setProgress).run({ chatId, userId, ...row });
}

/** It is left to tell a chat how far somebody has come; a server that is cut off finds it by `findStatusDue`. */
export async function markStatusDue(tx: Tx, chatId: number): Promise<void> {
  await tx.prepared(setStatusDue).run({ chatId });
}

/** That is told, at this position of the journal. */
export async function markStatusTold(tx: Tx, chatId: number, pos: number): Promise<void> {
  await tx.prepared(setStatusTold).run({ chatId, pos });
}
