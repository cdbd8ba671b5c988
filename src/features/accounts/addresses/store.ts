import { and, asc, desc, eq, lt, notInArray, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { knownAddresses } from "../tables.ts";

export type AddressRow = typeof knownAddresses.$inferSelect;

const addressOf = (orm: ReadOrm) =>
  orm
    .select()
    .from(knownAddresses)
    .where(
      and(
        eq(knownAddresses.hash, sql.placeholder("hash")),
        eq(knownAddresses.userId, sql.placeholder("userId")),
      ),
    );

const anyOf = (orm: ReadOrm) =>
  orm
    .select({ userId: knownAddresses.userId })
    .from(knownAddresses)
    .where(eq(knownAddresses.hash, sql.placeholder("hash")))
    .limit(1);

const unused = (orm: ReadOrm) =>
  orm
    .select({ hash: knownAddresses.hash })
    .from(knownAddresses)
    .where(lt(knownAddresses.lastUsedAt, sql.placeholder("before")))
    .orderBy(asc(knownAddresses.lastUsedAt))
    .limit(sql.placeholder("limit"));

const put = (orm: WriteOrm) =>
  orm
    .insert(knownAddresses)
    .values({
      hash: sql.placeholder("hash"),
      userId: sql.placeholder("userId"),
      lastUsedAt: sql.placeholder("lastUsedAt"),
    })
    .onConflictDoUpdate({
      target: [knownAddresses.hash, knownAddresses.userId],
      set: { lastUsedAt: sql`excluded.last_used_at` },
    });

const dropOldest = (orm: WriteOrm) => {
  const kept = orm
    .select({ hash: knownAddresses.hash })
    .from(knownAddresses)
    .where(eq(knownAddresses.userId, sql.placeholder("userId")))
    .orderBy(desc(knownAddresses.lastUsedAt), desc(knownAddresses.hash))
    .limit(sql.placeholder("most"));
  return orm
    .delete(knownAddresses)
    .where(and(eq(knownAddresses.userId, sql.placeholder("userId")), notInArray(knownAddresses.hash, kept)));
};

const drop = (orm: WriteOrm) =>
  orm
    .delete(knownAddresses)
    .where(
      and(among(knownAddresses.hash, "hashes"), lt(knownAddresses.lastUsedAt, sql.placeholder("before"))),
    );

export function findAddress(read: Read, userId: number, hash: string): Promise<AddressRow | undefined> {
  return read.prepared(addressOf).get({ userId, hash });
}

/** Whether it is anybody's. */
export async function isKnown(read: Read, hash: string): Promise<boolean> {
  return (await read.prepared(anyOf).get({ hash })) !== undefined;
}

export async function putAddress(tx: Tx, row: AddressRow): Promise<void> {
  await tx.prepared(put).run(row);
}

/** Forgets all of a user but the `most` that were used last. */
export async function dropOldAddresses(tx: Tx, userId: number, most: number): Promise<void> {
  await tx.prepared(dropOldest).run({ userId, most });
}

/** Forgets at most `limit` that were last used before then. Answers how many it found. */
export async function dropUnusedAddresses(tx: Tx, before: number, limit: number): Promise<number> {
  const old = await tx.prepared(unused).all({ before, limit });
  const hashes = toList(new Set(old.map((row) => row.hash)));
  if (old.length > 0) await tx.prepared(drop).run({ hashes, before });
  return old.length;
}
