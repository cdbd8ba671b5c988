/** Metadata of the database, by key. */
import { eq } from "drizzle-orm";

import type { Read, Tx } from "./database.ts";
import { meta } from "./tables.ts";

export async function findMeta(read: Read, key: string): Promise<number | undefined> {
  const row = await read.orm.select().from(meta).where(eq(meta.key, key)).get();
  return row?.value;
}

export async function setMeta(tx: Tx, key: string, value: number): Promise<void> {
  await tx.orm.insert(meta).values({ key, value }).onConflictDoUpdate({ target: meta.key, set: { value } });
}
