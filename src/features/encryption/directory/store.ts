import { aliasedTable, and, asc, desc, eq, gt, max, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { directoryEntries, publishedKeys } from "../tables.ts";

export type EntryRow = typeof directoryEntries.$inferSelect;

const ofUser = eq(directoryEntries.userId, sql.placeholder("userId"));

const last = (orm: ReadOrm) =>
  orm.select().from(directoryEntries).where(ofUser).orderBy(desc(directoryEntries.seq)).limit(1);

const lastOfEach = (orm: ReadOrm) => {
  const chain = aliasedTable(directoryEntries, "chain");
  const newest = orm
    .select({ seq: max(chain.seq) })
    .from(chain)
    .where(eq(chain.userId, directoryEntries.userId));
  return orm
    .select()
    .from(directoryEntries)
    .where(and(among(directoryEntries.userId, "userIds"), eq(directoryEntries.seq, newest)));
};

const chains = (orm: ReadOrm) =>
  orm
    .select({ userId: directoryEntries.userId, entry: directoryEntries.entry })
    .from(directoryEntries)
    .where(among(directoryEntries.userId, "userIds"))
    .orderBy(asc(directoryEntries.userId), asc(directoryEntries.seq));

const identity = (orm: ReadOrm) =>
  orm
    .select({ sig: directoryEntries.sig })
    .from(directoryEntries)
    .where(and(ofUser, eq(directoryEntries.sigKid, sql.placeholder("sigKid"))))
    .limit(1);

const keys = (orm: ReadOrm) =>
  orm
    .select({
      userId: directoryEntries.userId,
      sigKid: directoryEntries.sigKid,
      encKid: directoryEntries.encKid,
      reason: directoryEntries.reason,
      isConfirmed: directoryEntries.isConfirmed,
    })
    .from(directoryEntries)
    .where(among(directoryEntries.userId, "userIds"))
    .orderBy(asc(directoryEntries.userId), asc(directoryEntries.seq));

const byIds = (orm: ReadOrm) =>
  orm
    .select({
      id: directoryEntries.id,
      userId: directoryEntries.userId,
      encKid: directoryEntries.encKid,
      reason: directoryEntries.reason,
    })
    .from(directoryEntries)
    .where(among(directoryEntries.id, "ids"));

const since = (orm: ReadOrm) =>
  orm
    .select({ at: directoryEntries.at })
    .from(directoryEntries)
    .where(and(ofUser, gt(directoryEntries.at, sql.placeholder("since"))))
    .orderBy(desc(directoryEntries.seq))
    .limit(sql.placeholder("limit"));

/** The entry that counts; undefined where there is none. */
export function findLast(read: Read, userId: number): Promise<EntryRow | undefined> {
  return read.prepared(last).get({ userId });
}

/** The same of several people, in any order. */
export function findLastOfEach(read: Read, userIds: Iterable<number>): Promise<EntryRow[]> {
  return read.prepared(lastOfEach).all({ userIds: toList(userIds) });
}

/** The signing key by its thumbprint, if somebody has it or had it; undefined if not. */
export async function findIdentity(
  read: Read,
  userId: number,
  sigKid: string,
): Promise<EntryRow["sig"] | undefined> {
  return (await read.prepared(identity).get({ userId, sigKid }))?.sig;
}

/** All entries of each, in their order, as they came. */
export async function findChains(read: Read, userIds: Iterable<number>): Promise<Map<number, string[]>> {
  const rows = await read.prepared(chains).all({ userIds: toList(userIds) });
  const byUser = Map.groupBy(rows, (row) => row.userId);
  return new Map([...byUser].map(([userId, those]) => [userId, those.map((row) => row.entry)]));
}

/** Of all entries of each, in their order, what says whose keys are which. */
export function findKeys(
  read: Read,
  userIds: Iterable<number>,
): Promise<Pick<EntryRow, "userId" | "sigKid" | "encKid" | "reason" | "isConfirmed">[]> {
  return read.prepared(keys).all({ userIds: toList(userIds) });
}

export function findEntries(
  read: Read,
  ids: Iterable<number>,
): Promise<Pick<EntryRow, "id" | "userId" | "encKid" | "reason">[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

/** When somebody's entries after `since` came, the newest first. */
export async function entryTimesSince(
  read: Read,
  where: { userId: number; since: number; limit: number },
): Promise<number[]> {
  return (await read.prepared(since).all(where)).map((row) => row.at);
}

// Writing

const insert = (orm: WriteOrm) =>
  orm.insert(directoryEntries).values({
    userId: sql.placeholder("userId"),
    seq: sql.placeholder("seq"),
    entry: sql.placeholder("entry"),
    hash: sql.placeholder("hash"),
    sig: sql.placeholder("sig"),
    sigKid: sql.placeholder("sigKid"),
    enc: sql.placeholder("enc"),
    encKid: sql.placeholder("encKid"),
    encPem: sql.placeholder("encPem"),
    custody: sql.placeholder("custody"),
    reason: sql.placeholder("reason"),
    isConfirmed: sql.placeholder("isConfirmed"),
    at: sql.placeholder("at"),
  });

const confirm = (orm: WriteOrm) =>
  orm
    .update(directoryEntries)
    .set({ isConfirmed: true })
    .where(eq(directoryEntries.id, sql.placeholder("id")));

const publish = (orm: WriteOrm) =>
  orm
    .insert(publishedKeys)
    .values({ kid: sql.placeholder("kid"), userId: sql.placeholder("userId") })
    .onConflictDoNothing()
    .returning();

/** Answers its id. */
export async function insertEntry(tx: Tx, row: Omit<EntryRow, "id">): Promise<number> {
  return tx.insert(insert, row);
}

/** Somebody has proved that they can use the keys of the entry. */
export async function setConfirmed(tx: Tx, id: number): Promise<void> {
  await tx.prepared(confirm).run({ id });
}

/** False for a key that was published before, by whomever. */
export async function insertKey(tx: Tx, kid: string, userId: number): Promise<boolean> {
  return (await tx.prepared(publish).get({ kid, userId })) !== undefined;
}
