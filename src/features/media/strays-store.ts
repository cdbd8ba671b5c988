/** The list of blobs that nothing names. */
import { inArray, sql } from "drizzle-orm";

import type { Read, Tx } from "../../platform/db/database.ts";
import { strays } from "./tables.ts";

export async function insert(tx: Tx, keys: string[], isDue: boolean): Promise<void> {
  if (keys.length > 0) await tx.orm.insert(strays).values(keys.map((key) => ({ key, isDue })));
}

/** They are named from now on, or are not there any more. */
export async function forget(tx: Tx, keys: string[]): Promise<void> {
  await tx.orm.delete(strays).where(inArray(strays.key, keys));
}

export async function release(tx: Tx, keys: string[]): Promise<void> {
  await tx.orm.update(strays).set({ isDue: true }).where(inArray(strays.key, keys));
}

/** Not to be tried again before the next start. */
export async function withhold(tx: Tx, keys: string[]): Promise<void> {
  await tx.orm.update(strays).set({ isDue: false }).where(inArray(strays.key, keys));
}

/** Nobody is making any: at the start. */
export async function releaseAll(tx: Tx): Promise<void> {
  await tx.orm.update(strays).set({ isDue: true });
}

export async function findDue(read: Read, limit: number): Promise<string[]> {
  const rows = await read.orm
    .select({ key: strays.key })
    .from(strays)
    .where(sql`${strays.isDue}`)
    .limit(limit);
  return rows.map((row) => row.key);
}
