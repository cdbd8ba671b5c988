import { and, asc, eq, sql } from "drizzle-orm";

import { among, amongPairs, toList, toPairs } from "../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { reactionNotices, reactions, reactionSummaries } from "./tables.ts";

export type ReactionRow = Pick<typeof reactions.$inferSelect, "messageId" | "userId" | "emoji">;
export type SummaryRow = typeof reactionSummaries.$inferSelect;

const thatMessage = eq(reactions.messageId, sql.placeholder("messageId"));
const thatOne = and(
  thatMessage,
  eq(reactions.userId, sql.placeholder("userId")),
  eq(reactions.emoji, sql.placeholder("emoji")),
);

// Reactions

const insert = (orm: WriteOrm) =>
  orm.insert(reactions).values({
    messageId: sql.placeholder("messageId"),
    userId: sql.placeholder("userId"),
    emoji: sql.placeholder("emoji"),
  });

const one = (orm: ReadOrm) => orm.select({ id: reactions.id }).from(reactions).where(thatOne);

const remove = (orm: WriteOrm) => orm.delete(reactions).where(thatOne);

const firstOf = (orm: ReadOrm) =>
  orm
    .select({ userId: reactions.userId })
    .from(reactions)
    .where(and(thatMessage, eq(reactions.emoji, sql.placeholder("emoji"))))
    .orderBy(asc(reactions.id))
    .limit(sql.placeholder("limit"));

const all = (orm: ReadOrm) =>
  orm
    .select({ emoji: reactions.emoji, userId: reactions.userId })
    .from(reactions)
    .where(thatMessage)
    .orderBy(asc(reactions.id));

const byPeople = (orm: ReadOrm) =>
  orm
    .select({ messageId: reactions.messageId, userId: reactions.userId, emoji: reactions.emoji })
    .from(reactions)
    .where(amongPairs(reactions.messageId, reactions.userId, "pairs"))
    .orderBy(asc(reactions.id));

export async function insertReaction(tx: Tx, row: ReactionRow): Promise<void> {
  await tx.insert(insert, row);
}

export async function deleteReaction(tx: Tx, row: ReactionRow): Promise<void> {
  await tx.prepared(remove).run({ ...row });
}

export async function hasReacted(read: Read, row: ReactionRow): Promise<boolean> {
  return (await read.prepared(one).get({ ...row })) !== undefined;
}

/** Who reacted first with an emoji, in their order. */
export async function firstUsers(
  read: Read,
  where: { messageId: number; emoji: string; limit: number },
): Promise<number[]> {
  return (await read.prepared(firstOf).all(where)).map((row) => row.userId);
}

/** All of a message, in the order of reacting. */
export function findReactions(
  read: Read,
  messageId: number,
): Promise<Pick<ReactionRow, "emoji" | "userId">[]> {
  return read.prepared(all).all({ messageId });
}

/** Of a person to a message each, in the order of reacting. */
export function reactionsBy(
  read: Read,
  of: Iterable<[messageId: number, userId: number]>,
): Promise<ReactionRow[]> {
  return read.prepared(byPeople).all({ pairs: toPairs(of) });
}

// What messages show

const summaries = (orm: ReadOrm) =>
  orm.select().from(reactionSummaries).where(among(reactionSummaries.messageId, "messageIds"));

const upsert = (orm: WriteOrm) =>
  orm
    .insert(reactionSummaries)
    .values({
      messageId: sql.placeholder("messageId"),
      reactions: sql.placeholder("reactions"),
      pos: sql.placeholder("pos"),
    })
    .onConflictDoUpdate({
      target: reactionSummaries.messageId,
      set: { reactions: sql`excluded.reactions`, pos: sql`excluded.pos` },
    });

export function findSummaries(read: Read, messageIds: Iterable<number>): Promise<SummaryRow[]> {
  return read.prepared(summaries).all({ messageIds: toList(messageIds) });
}

export async function putSummary(tx: Tx, row: SummaryRow): Promise<void> {
  await tx.insert(upsert, row);
}

// Whom the author has been told of

const notice = (orm: WriteOrm) =>
  orm
    .insert(reactionNotices)
    .values({ messageId: sql.placeholder("messageId"), userId: sql.placeholder("userId") })
    .onConflictDoNothing()
    .returning();

/** False when the author of that message has been told of this person already. */
export async function insertNotice(tx: Tx, messageId: number, userId: number): Promise<boolean> {
  return (await tx.prepared(notice).get({ messageId, userId })) !== undefined;
}

// All of it

const removals = [
  (orm: WriteOrm) => orm.delete(reactions).where(thatMessage),
  (orm: WriteOrm) =>
    orm.delete(reactionSummaries).where(eq(reactionSummaries.messageId, sql.placeholder("messageId"))),
  (orm: WriteOrm) =>
    orm.delete(reactionNotices).where(eq(reactionNotices.messageId, sql.placeholder("messageId"))),
];

export async function deleteAll(tx: Tx, messageId: number): Promise<void> {
  for (const removal of removals) await tx.prepared(removal).run({ messageId });
}
