import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { sql } from "drizzle-orm";
import { serverIds } from "../tables.ts";

const only = (orm: ReadOrm) => orm.select({ value: serverIds.value }).from(serverIds).limit(1);

const insert = (orm: WriteOrm) => orm.insert(serverIds).values({ id: 1, value: sql.placeholder("value") });

export async function findServerId(read: Read): Promise<string | undefined> {
  return (await read.prepared(only).get())?.value;
}

export async function insertServerId(tx: Tx, value: string): Promise<void> {
  await tx.prepared(insert).run({ value });
}
