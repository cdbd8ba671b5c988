/** How far members have received and read, and what of it is left to tell. */
import { and, asc, eq, gt, gte, lt, ne, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { type MemberRow, progress, thatMember } from "./store.ts";
import { chats, members } from "./tables.ts";

const markersIn = (orm: ReadOrm) =>
  orm
    .select({ ...progress, readPos: members.readPos })
    .from(members)
    .where(thatMember);

const sizeOf = (orm: ReadOrm) =>
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
    .where(eq(chats.id, sql.placeholder("chatId")));

const setMarkers = (orm: WriteOrm) =>
  orm
    .update(members)
    .set({
      lastReadId: sql`${sql.placeholder("lastReadId")}`,
      lastDeliveredId: sql`${sql.placeholder("lastDeliveredId")}`,
      readCount: sql`${sql.placeholder("readCount")}`,
      ownUnread: sql`${sql.placeholder("ownUnread")}`,
      readPos: sql`${sql.placeholder("readPos")}`,
    })
    .where(thatMember);

const setProgress = (orm: WriteOrm) =>
  orm
    .update(members)
    .set({
      lastReadId: sql`${sql.placeholder("lastReadId")}`,
      lastDeliveredId: sql`${sql.placeholder("lastDeliveredId")}`,
      readCount: sql`${sql.placeholder("readCount")}`,
      ownUnread: sql`${sql.placeholder("ownUnread")}`,
    })
    .where(thatMember);

const setDeleted = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ lastDeletedId: sql`max(${chats.lastDeletedId}, ${sql.placeholder("messageId")})` })
    .where(eq(chats.id, sql.placeholder("chatId")));

const setStatusDue = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ isStatusDue: true })
    .where(eq(chats.id, sql.placeholder("chatId")));

const setStatusTold = (orm: WriteOrm) =>
  orm
    .update(chats)
    .set({ isStatusDue: false, statusPos: sql`${sql.placeholder("pos")}` })
    .where(eq(chats.id, sql.placeholder("chatId")));

/** Whose account is closed keeps no message from being read by all. */
const isHere = sql`not exists (select 1 from ${users} where ${users.id} = ${members.userId} and not ${users.isActive})`;

type Marker = typeof members.lastReadId | typeof members.lastDeliveredId;

/** Whose markers count: of those whose account is open or, where nobody else is left, of all. */
export type Among = "open" | "all";

const among = (who: Among) => (who === "open" ? isHere : undefined);

const lowestOf = (orm: ReadOrm, marker: Marker, who: Among) =>
  orm
    .select({ userId: members.userId, id: marker })
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), among(who)))
    .orderBy(asc(marker))
    .limit(2);

const lowest = {
  open: {
    read: (orm: ReadOrm) => lowestOf(orm, members.lastReadId, "open"),
    delivered: (orm: ReadOrm) => lowestOf(orm, members.lastDeliveredId, "open"),
  },
  all: {
    read: (orm: ReadOrm) => lowestOf(orm, members.lastReadId, "all"),
    delivered: (orm: ReadOrm) => lowestOf(orm, members.lastDeliveredId, "all"),
  },
};

const laggardOf = (orm: ReadOrm, marker: Marker, who: Among) =>
  orm
    .select({ userId: members.userId })
    .from(members)
    .where(
      and(
        eq(members.chatId, sql.placeholder("chatId")),
        ne(members.userId, sql.placeholder("senderId")),
        lt(marker, sql.placeholder("messageId")),
        among(who),
      ),
    )
    .limit(1);

const laggards = {
  open: {
    read: (orm: ReadOrm) => laggardOf(orm, members.lastReadId, "open"),
    delivered: (orm: ReadOrm) => laggardOf(orm, members.lastDeliveredId, "open"),
  },
  all: {
    read: (orm: ReadOrm) => laggardOf(orm, members.lastReadId, "all"),
    delivered: (orm: ReadOrm) => laggardOf(orm, members.lastDeliveredId, "all"),
  },
};

const receiversOf = (orm: ReadOrm) =>
  orm
    .select({ userId: members.userId, lastReadId: members.lastReadId })
    .from(members)
    .where(
      and(
        eq(members.chatId, sql.placeholder("chatId")),
        gte(members.lastDeliveredId, sql.placeholder("messageId")),
        lt(members.joinedAfterId, sql.placeholder("messageId")),
      ),
    )
    .orderBy(asc(members.userId));

export type Progress = Pick<MemberRow, "lastReadId" | "lastDeliveredId" | "readCount" | "ownUnread">;
export type Markers = Progress & Pick<MemberRow, "readPos">;

export function findMarkers(read: Read, chatId: number, userId: number): Promise<Markers | undefined> {
  return read.prepared(markersIn).get({ chatId, userId });
}

/** How many members and messages a chat has, and what else whoever moves a marker there has to know of it. */
export async function findSize(read: Read, chatId: number) {
  return (await read.prepared(sizeOf).get({ chatId }))!;
}

export async function updateMarkers(tx: Tx, chatId: number, userId: number, markers: Markers): Promise<void> {
  await tx.prepared(setMarkers).run({ chatId, userId, ...markers });
}

export async function updateProgress(
  tx: Tx,
  chatId: number,
  userId: number,
  progress: Progress,
): Promise<void> {
  await tx.prepared(setProgress).run({ chatId, userId, ...progress });
}

/** A message is deleted: whoever is not past it may have to leave it out of what is unread. */
export async function markDeleted(tx: Tx, chatId: number, messageId: number): Promise<void> {
  await tx.prepared(setDeleted).run({ chatId, messageId });
}

/** It is left to tell how far somebody has come. */
export async function markStatusDue(tx: Tx, chatId: number): Promise<void> {
  await tx.prepared(setStatusDue).run({ chatId });
}

/** That is told, at this position of the journal. */
export async function markStatusTold(tx: Tx, chatId: number, pos: number): Promise<void> {
  await tx.prepared(setStatusTold).run({ chatId, pos });
}

/** Chats of which it was left to tell how far somebody has come. */
export async function findStatusDue(read: Read): Promise<number[]> {
  const rows = await read.orm
    .select({ id: chats.id })
    .from(chats)
    .where(sql`${chats.isStatusDue}`);
  return rows.map((row) => row.id);
}

const progressOf = (orm: ReadOrm) =>
  orm
    .select({
      userId: members.userId,
      lastReadId: members.lastReadId,
      lastDeliveredId: members.lastDeliveredId,
    })
    .from(members)
    .where(and(eq(members.chatId, sql.placeholder("chatId")), gt(members.lastDeliveredId, 0)))
    .orderBy(asc(members.userId));

/** How far all who have received anything have come. */
export function findProgress(read: Read, chatId: number) {
  return read.prepared(progressOf).all({ chatId });
}

/** The two members who are furthest behind, in reading and in receiving. */
export async function findFurthestBehind(read: Read, chatId: number, who: Among) {
  return {
    read: await read.prepared(lowest[who].read).all({ chatId }),
    delivered: await read.prepared(lowest[who].delivered).all({ chatId }),
  };
}

/** Whether some member but its sender has not read (or received) a message. Found fast where there are many. */
export async function hasLaggard(
  read: Read,
  marker: "read" | "delivered",
  { chatId, id: messageId, senderId }: { chatId: number; id: number; senderId: number },
  who: Among,
): Promise<boolean> {
  const query = read.prepared(laggards[who][marker]);
  return (await query.get({ chatId, senderId, messageId })) !== undefined;
}

/** Those who were there when a message was written and have received it since. */
export function findReceivers(read: Read, chatId: number, messageId: number) {
  return read.prepared(receiversOf).all({ chatId, messageId });
}
