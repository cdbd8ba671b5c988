import { eq, sql } from "drizzle-orm";

import type { ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { alive, online } from "../tables.ts";

const enter = (orm: WriteOrm) =>
  orm
    .insert(online)
    .values({ userId: sql.placeholder("userId") })
    .onConflictDoNothing();

const leave = (orm: WriteOrm) => orm.delete(online).where(eq(online.userId, sql.placeholder("userId")));

const beat = (orm: WriteOrm) =>
  orm
    .insert(alive)
    .values({ id: 1, at: sql.placeholder("at") })
    .onConflictDoUpdate({ target: alive.id, set: { at: sql`excluded.at` } });

const lastAlive = (orm: ReadOrm) => orm.select().from(alive);
const allOnline = (orm: ReadOrm) => orm.select().from(online);
const clear = (orm: WriteOrm) => orm.delete(online);

export async function insertOnline(tx: Tx, userId: number): Promise<void> {
  await tx.prepared(enter).run({ userId });
}

export async function deleteOnline(tx: Tx, userId: number): Promise<void> {
  await tx.prepared(leave).run({ userId });
}

/** All who were online when the server was cut off, and when it was last known to run; nobody is online any more. */
export async function takeCutOff(tx: Tx): Promise<{ userIds: number[]; at: number } | undefined> {
  const last = await tx.prepared(lastAlive).get();
  if (!last) return undefined;
  const rows = await tx.prepared(allOnline).all();
  await tx.prepared(clear).run();
  return { userIds: rows.map((row) => row.userId), at: last.at };
}

export async function setAlive(tx: Tx, at: number): Promise<void> {
  await tx.prepared(beat).run({ at });
}
