/** What the database knows of itself, by key. */
import { eq, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "./database.ts";
import { meta } from "./tables.ts";

const byKey = (orm: ReadOrm) =>
  orm
    .select()
    .from(meta)
    .where(eq(meta.key, sql.placeholder("key")));

const set = (orm: WriteOrm) =>
  orm
    .insert(meta)
    .values({ key: sql.placeholder("key"), value: sql.placeholder("value") })
    .onConflictDoUpdate({ target: meta.key, set: { value: sql`excluded.value` } });

export async function findMeta(read: Read, key: string): Promise<number | undefined> {
  return (await read.prepared(byKey).get({ key }))?.value;
}

export async function setMeta(tx: Tx, key: string, value: number): Promise<void> {
  await tx.prepared(set).run({ key, value });
}
