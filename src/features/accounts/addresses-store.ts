import { and, asc, desc, eq, inArray, lt, notInArray, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx } from "../../platform/db/database.ts";
import { knownAddresses } from "./tables.ts";

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

export function findAddress(read: Read, userId: number, hash: string): Promise<AddressRow | undefined> {
  return read.prepared(addressOf).get({ userId, hash });
}

/** Whether it is anybody's. */
export async function isKnown(read: Read, hash: string): Promise<boolean> {
  return (await read.prepared(anyOf).get({ hash })) !== undefined;
}

export async function putAddress(tx: Tx, row: AddressRow): Promise<void> {
  await tx.orm
    .insert(knownAddresses)
    .values(row)
    .onConflictDoUpdate({
      target: [knownAddresses.hash, knownAddresses.userId],
      set: { lastUsedAt: row.lastUsedAt },
    });
}

/** All of a user but the `most` that were used last. */
export async function dropAddresses(tx: Tx, userId: number, most: number): Promise<void> {
  const kept = tx.orm
    .select({ hash: knownAddresses.hash })
    .from(knownAddresses)
    .where(eq(knownAddresses.userId, userId))
    .orderBy(desc(knownAddresses.lastUsedAt), desc(knownAddresses.hash))
    .limit(most);
  await tx.orm
    .delete(knownAddresses)
    .where(and(eq(knownAddresses.userId, userId), notInArray(knownAddresses.hash, kept)));
}

/** Forgets at most `limit` that were last used before then. Answers how many it found. */
export async function dropUnused(tx: Tx, before: number, limit: number): Promise<number> {
  const old = await tx.orm
    .select({ hash: knownAddresses.hash })
    .from(knownAddresses)
    .where(lt(knownAddresses.lastUsedAt, before))
    .orderBy(asc(knownAddresses.lastUsedAt))
    .limit(limit);
  if (old.length === 0) return 0;
  const hashes = [...new Set(old.map((row) => row.hash))];
  await tx.orm
    .delete(knownAddresses)
    .where(and(inArray(knownAddresses.hash, hashes), lt(knownAddresses.lastUsedAt, before)));
  return old.length;
}
