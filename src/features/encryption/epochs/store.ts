import { and, asc, eq, gt, isNull, lte, min, sql } from "drizzle-orm";

import { among, entries, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import type { EncryptedRow } from "../membership/store.ts";
import { chatEpochs, encryptedChats, epochRecipients } from "../tables.ts";

/** What a message has to know of the epoch that it is under. */
export type CurrentEpoch = Pick<
  EncryptedRow,
  "n" | "epochHash" | "epochKid" | "epochAt" | "epochAfter" | "due"
>;
export type EpochRow = typeof chatEpochs.$inferSelect;
export type RecipientRow = typeof epochRecipients.$inferSelect;

const current = (orm: ReadOrm) =>
  orm
    .select({
      n: encryptedChats.n,
      epochHash: encryptedChats.epochHash,
      epochKid: encryptedChats.epochKid,
      epochAt: encryptedChats.epochAt,
      epochAfter: encryptedChats.epochAfter,
      due: encryptedChats.due,
    })
    .from(encryptedChats)
    .where(eq(encryptedChats.chatId, sql.placeholder("chatId")));

const dueOf = (orm: ReadOrm) =>
  orm
    .select({ chatId: encryptedChats.chatId, due: encryptedChats.due })
    .from(encryptedChats)
    .where(among(encryptedChats.chatId, "chatIds"));

const idle = (orm: ReadOrm) =>
  orm
    .select({ chatId: encryptedChats.chatId, n: encryptedChats.n })
    .from(encryptedChats)
    .where(and(among(encryptedChats.chatId, "chatIds"), isNull(encryptedChats.due)));

const behind = and(
  eq(chatEpochs.chatId, sql.placeholder("chatId")),
  gt(chatEpochs.n, sql.placeholder("since")),
);

const epochs = (orm: ReadOrm) =>
  orm.select().from(chatEpochs).where(behind).orderBy(asc(chatEpochs.n)).limit(sql.placeholder("limit"));

const ownRecipients = (orm: ReadOrm) =>
  orm
    .select()
    .from(epochRecipients)
    .where(
      and(
        eq(epochRecipients.chatId, sql.placeholder("chatId")),
        eq(epochRecipients.userId, sql.placeholder("userId")),
        gt(epochRecipients.n, sql.placeholder("since")),
        lte(epochRecipients.n, sql.placeholder("upTo")),
      ),
    );

const firsts = (orm: ReadOrm) =>
  orm
    .select({ hash: chatEpochs.roster, n: min(chatEpochs.n) })
    .from(chatEpochs)
    .where(and(eq(chatEpochs.chatId, sql.placeholder("chatId")), among(chatEpochs.roster, "hashes")))
    .groupBy(chatEpochs.roster);

const readers = (orm: ReadOrm) =>
  orm
    .select({
      n: epochRecipients.n,
      userId: epochRecipients.userId,
      ikKid: epochRecipients.ikKid,
      ekKid: epochRecipients.ekKid,
    })
    .from(epochRecipients)
    .where(and(eq(epochRecipients.chatId, sql.placeholder("chatId")), among(epochRecipients.n, "ns")))
    .orderBy(asc(epochRecipients.n), asc(epochRecipients.userId));

export function findCurrent(read: Read, chatId: number): Promise<CurrentEpoch | undefined> {
  return read.prepared(current).get({ chatId });
}

/** Of those of `chatIds` that are encrypted, why another epoch has to begin. */
export function dueAmong(
  read: Read,
  chatIds: Iterable<number>,
): Promise<Pick<EncryptedRow, "chatId" | "due">[]> {
  return read.prepared(dueOf).all({ chatIds: toList(chatIds) });
}

/** Those of `chatIds` that are encrypted, and of which no other epoch has to begin yet. */
export function idleAmong(
  read: Read,
  chatIds: Iterable<number>,
): Promise<Pick<EncryptedRow, "chatId" | "n">[]> {
  return read.prepared(idle).all({ chatIds: toList(chatIds) });
}

/** Epochs behind `since`, in their order. */
export function epochsAfter(read: Read, chatId: number, since: number, limit: number): Promise<EpochRow[]> {
  return read.prepared(epochs).all({ chatId, since, limit });
}

/** What of the epochs behind `since` up to `upTo` is encrypted for somebody. */
export function recipientsOf(
  read: Read,
  of: { chatId: number; userId: number; since: number; upTo: number },
): Promise<RecipientRow[]> {
  return read.prepared(ownRecipients).all(of);
}

/** The first epoch of a chat with each of these rosters. */
export async function firstWith(
  read: Read,
  chatId: number,
  hashes: Iterable<string>,
): Promise<{ hash: string; n: number }[]> {
  const rows = await read.prepared(firsts).all({ chatId, hashes: toList(hashes) });
  return rows.flatMap(({ hash, n }) => (n === null ? [] : { hash, n }));
}

/** Who can read each of these epochs of a chat, by epoch and then by id. */
export function readersOf(
  read: Read,
  chatId: number,
  ns: Iterable<number>,
): Promise<Pick<RecipientRow, "n" | "userId" | "ikKid" | "ekKid">[]> {
  return read.prepared(readers).all({ chatId, ns: toList(ns) });
}

// Writing

const insertEpoch = (orm: WriteOrm) =>
  orm.insert(chatEpochs).values({
    chatId: sql.placeholder("chatId"),
    n: sql.placeholder("n"),
    roster: sql.placeholder("roster"),
    announcement: sql.placeholder("announcement"),
    protected: sql.placeholder("protected"),
    iv: sql.placeholder("iv"),
    ciphertext: sql.placeholder("ciphertext"),
    tag: sql.placeholder("tag"),
  });

/** One statement for all: 512 would hold up others. */
const insertRecipients = (orm: WriteOrm) =>
  orm.insert(epochRecipients).select(
    orm
      .select({
        chatId: sql<number>`${sql.placeholder("chatId")}`.as("chat_id"),
        n: sql<number>`${sql.placeholder("n")}`.as("n"),
        userId: sql<number>`entry.value ->> 0`.as("user_id"),
        ikKid: sql<string>`entry.value ->> 1`.as("ik_kid"),
        ekKid: sql<string>`entry.value ->> 2`.as("ek_kid"),
        encryptedKey: sql<string>`entry.value ->> 3`.as("encrypted_key"),
      })
      .from(entries("rows")),
  );

export async function addEpoch(
  tx: Tx,
  epoch: EpochRow,
  recipients: readonly Omit<RecipientRow, "chatId" | "n">[],
): Promise<void> {
  await tx.prepared(insertEpoch).run({ ...epoch });
  const rows = recipients.map((one) => [one.userId, one.ikKid, one.ekKid, one.encryptedKey]);
  await tx.prepared(insertRecipients).run({ chatId: epoch.chatId, n: epoch.n, rows: JSON.stringify(rows) });
}
