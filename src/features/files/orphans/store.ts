import { sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { orphans } from "../tables.ts";

const insert = (orm: WriteOrm) =>
  orm.insert(orphans).values({ key: sql.placeholder("key"), isDue: sql.placeholder("isDue") });

const remove = (orm: WriteOrm) => orm.delete(orphans).where(among(orphans.key, "keys"));

const setDue = (orm: WriteOrm) =>
  orm
    .update(orphans)
    .set({ isDue: sql`${sql.placeholder("isDue")}` })
    .where(among(orphans.key, "keys"));

const setAllDue = (orm: WriteOrm) => orm.update(orphans).set({ isDue: true });

const due = (orm: ReadOrm) =>
  orm
    .select({ key: orphans.key })
    .from(orphans)
    // In so many words, which the index has, too.
    .where(sql`${orphans.isDue}`)
    .limit(sql.placeholder("limit"));

export async function insertOrphans(tx: Tx, keys: string[], isDue: boolean): Promise<void> {
  for (const key of keys) await tx.prepared(insert).run({ key, isDue });
}

export async function deleteOrphans(tx: Tx, keys: string[]): Promise<void> {
  if (keys.length > 0) await tx.prepared(remove).run({ keys: toList(keys) });
}

/** Those of `keys` that are orphans still. */
export async function markDue(tx: Tx, keys: string[], isDue: boolean): Promise<void> {
  if (keys.length > 0) await tx.prepared(setDue).run({ keys: toList(keys), isDue: Number(isDue) });
}

export async function markAllDue(tx: Tx): Promise<void> {
  await tx.prepared(setAllDue).run();
}

export async function findDue(read: Read, limit: number): Promise<string[]> {
  const rows = await read.prepared(due).all({ limit });
  return rows.map((row) => row.key);
}
