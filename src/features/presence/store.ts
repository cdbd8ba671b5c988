import { eq, inArray, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { alive, online } from "./tables.ts";

const enter = (orm: WriteOrm) =>
  orm
    .insert(online)
    .values({ userId: sql.placeholder("userId") })
    .onConflictDoNothing();

const leave = (orm: WriteOrm) => orm.delete(online).where(eq(online.userId, sql.placeholder("userId")));

const setLastSeen = (orm: WriteOrm) =>
  orm
    .update(users)
    .set({ lastSeenAt: sql`${sql.placeholder("at")}` })
    .where(eq(users.id, sql.placeholder("userId")));

const beat = (orm: WriteOrm) =>
  orm
    .insert(alive)
    .values({ id: 1, at: sql.placeholder("at") })
    .onConflictDoUpdate({ target: alive.id, set: { at: sql`excluded.at` } });

const nameOf = (orm: ReadOrm) =>
  orm
    .select({ username: users.username })
    .from(users)
    .where(eq(users.id, sql.placeholder("userId")));

export async function insertOnline(tx: Tx, userId: number): Promise<void> {
  await tx.prepared(enter).run({ userId });
}

export async function deleteOnline(tx: Tx, userId: number, lastSeenAt: number): Promise<void> {
  await tx.prepared(leave).run({ userId });
  await tx.prepared(setLastSeen).run({ userId, at: lastSeenAt });
}

/** All who were online when the server was cut off were last seen when it was last known to run. */
export async function cutOff(tx: Tx): Promise<void> {
  const last = await tx.orm.select().from(alive).get();
  if (!last) return;
  const cut = tx.orm.select({ userId: online.userId }).from(online);
  await tx.orm.update(users).set({ lastSeenAt: last.at }).where(inArray(users.id, cut));
  await tx.orm.delete(online);
}

export async function setAlive(tx: Tx, at: number): Promise<void> {
  await tx.prepared(beat).run({ at });
}

export async function findName(read: Read, userId: number): Promise<string> {
  return (await read.prepared(nameOf).get({ userId }))!.username;
}
