import { and, eq, gt, isNull, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { members, mentions } from "../tables.ts";

export type MentionRow = typeof mentions.$inferSelect;
export type NewMention = Pick<MentionRow, "messageId" | "chatId" | "userId" | "createdAt">;

const insert = (orm: WriteOrm) =>
  orm.insert(mentions).values({
    messageId: sql.placeholder("messageId"),
    chatId: sql.placeholder("chatId"),
    userId: sql.placeholder("userId"),
    createdAt: sql.placeholder("createdAt"),
  });

const ofMessage = (orm: ReadOrm) =>
  orm
    .select({ userId: mentions.userId })
    .from(mentions)
    .where(and(eq(mentions.messageId, sql.placeholder("messageId")), among(mentions.userId, "userIds")));

const removeOthers = (orm: WriteOrm) =>
  orm
    .delete(mentions)
    .where(
      and(eq(mentions.messageId, sql.placeholder("messageId")), sql`not ${among(mentions.userId, "except")}`),
    );

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

/** Answers its id. */
export async function insertMention(tx: Tx, row: NewMention): Promise<number> {
  return tx.insert(insert, row);
}

/** Those of `userIds` whom a message calls already. */
export async function findMentioned(read: Read, messageId: number, userIds: number[]): Promise<number[]> {
  const rows = await read.prepared(ofMessage).all({ messageId, userIds: toList(userIds) });
  return rows.map((row) => row.userId);
}

/** All of a message, but those of `except`. */
export async function deleteMentions(tx: Tx, messageId: number, except: number[]): Promise<void> {
  await tx.prepared(removeOthers).run({ messageId, except: toList(except) });
}

/** How often somebody is called in what they have not read, by chat. */
export function countUnreadMentions(
  read: Read,
  userId: number,
): Promise<{ chatId: number; count: number }[]> {
  return read.prepared(unreadIn).all({ userId });
}

/** The same in one chat, in the messages behind `after`. */
export async function countMentionsBehind(
  read: Read,
  behind: { chatId: number; userId: number; after: number },
): Promise<number> {
  return (await read.prepared(unreadBehind).get({ ...behind }))?.count ?? 0;
}
