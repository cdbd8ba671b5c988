import { and, asc, count, desc, eq, isNull, lt, min, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { sessions } from "../tables.ts";

export type SessionRow = typeof sessions.$inferSelect;

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder("id")));

const stateById = (orm: ReadOrm) =>
  orm
    .select({ userId: sessions.userId, endedAt: sessions.endedAt })
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder("id")));

const livingOfUser = and(eq(sessions.userId, sql.placeholder("userId")), isNull(sessions.endedAt));

const living = (orm: ReadOrm) => orm.select().from(sessions).where(livingOfUser).orderBy(asc(sessions.id));

const livingIds = (orm: ReadOrm) =>
  orm.select({ id: sessions.id }).from(sessions).where(livingOfUser).orderBy(asc(sessions.id));

const livingById = (orm: ReadOrm) =>
  orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(among(sessions.id, "ids"), isNull(sessions.endedAt)));

const beyond = (orm: ReadOrm) =>
  orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(livingOfUser)
    .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
    .limit(sql.placeholder("limit"))
    .offset(sql.placeholder("most"));

const unused = (orm: ReadOrm) =>
  orm
    .select({ id: sessions.id, userId: sessions.userId })
    .from(sessions)
    .where(and(isNull(sessions.endedAt), lt(sessions.lastUsedAt, sql.placeholder("before"))))
    .orderBy(asc(sessions.lastUsedAt))
    .limit(sql.placeholder("limit"));

const ended = (orm: ReadOrm) =>
  orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(lt(sessions.endedAt, sql.placeholder("before")))
    .orderBy(asc(sessions.endedAt))
    .limit(sql.placeholder("limit"));

const livingOfAll = (orm: ReadOrm) =>
  orm
    .select({ userId: sessions.userId, first: min(sessions.id).mapWith(Number), sessions: count() })
    .from(sessions)
    .where(isNull(sessions.endedAt))
    .groupBy(sessions.userId);

const any = (orm: ReadOrm) => orm.select({ id: sessions.id }).from(sessions).limit(1);

export function findSession(read: Read, id: number): Promise<SessionRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** Whether a session lives, and is this user's. */
export async function isLiving(read: Read, id: number, userId: number): Promise<boolean> {
  const session = await read.prepared(stateById).get({ id });
  return session?.userId === userId && session.endedAt === null;
}

export function livingSessions(read: Read, userId: number): Promise<SessionRow[]> {
  return read.prepared(living).all({ userId });
}

export async function livingSessionIds(read: Read, userId: number): Promise<number[]> {
  return (await read.prepared(livingIds).all({ userId })).map((row) => row.id);
}

/** Those of these sessions that have not ended. */
export async function livingAmong(read: Read, ids: Iterable<number>): Promise<Set<number>> {
  const rows = await read.prepared(livingById).all({ ids: toList(ids) });
  return new Set(rows.map((row) => row.id));
}

/** The living sessions of a user but the `most` that were used last, at most `limit`. */
export async function sessionsBeyond(
  read: Read,
  userId: number,
  most: number,
  limit: number,
): Promise<number[]> {
  return (await read.prepared(beyond).all({ userId, most, limit })).map((row) => row.id);
}

/** At most `limit` living sessions that were last used before then. */
export function unusedSessions(
  read: Read,
  before: number,
  limit: number,
): Promise<Pick<SessionRow, "id" | "userId">[]> {
  return read.prepared(unused).all({ before, limit });
}

/** Whether anybody has ever signed in. */
export async function hasSessions(read: Read): Promise<boolean> {
  return (await read.prepared(any).get()) !== undefined;
}

/** Who has sessions that are not over: how many, and the first of them. */
export function usersWithSessions(
  read: Read,
): Promise<{ userId: number; first: number; sessions: number }[]> {
  return read.prepared(livingOfAll).all();
}

// Writing

const insert = (orm: WriteOrm) =>
  orm.insert(sessions).values({
    userId: sql.placeholder("userId"),
    userAgent: sql.placeholder("userAgent"),
    createdAt: sql.placeholder("at"),
    lastUsedAt: sql.placeholder("at"),
    passwordAt: sql.placeholder("at"),
  });

const prove = (orm: WriteOrm) =>
  orm
    .update(sessions)
    .set({ passwordAt: sql`${sql.placeholder("at")}` })
    .where(eq(sessions.id, sql.placeholder("id")));

const touch = (orm: WriteOrm) =>
  orm
    .update(sessions)
    .set({ lastUsedAt: sql`${sql.placeholder("at")}` })
    .where(among(sessions.id, "ids"));

const end = (orm: WriteOrm) =>
  orm
    .update(sessions)
    .set({ endedAt: sql`${sql.placeholder("at")}` })
    .where(among(sessions.id, "ids"));

const endAll = (orm: WriteOrm) =>
  orm
    .update(sessions)
    .set({ endedAt: sql`${sql.placeholder("at")}` })
    .where(isNull(sessions.endedAt));

const remove = (orm: WriteOrm) => orm.delete(sessions).where(among(sessions.id, "ids"));

/** Of who has just given their password. Answers its id. */
export async function insertSession(
  tx: Tx,
  session: { userId: number; userAgent: string | null; at: number },
): Promise<number> {
  return tx.insert(insert, session);
}

/** The password was given in it once more. */
export async function setPasswordAt(tx: Tx, id: number, at: number): Promise<void> {
  await tx.prepared(prove).run({ id, at });
}

export async function touchSessions(tx: Tx, ids: readonly number[], at: number): Promise<void> {
  await tx.prepared(touch).run({ ids: toList(ids), at });
}

export async function setEnded(tx: Tx, ids: readonly number[], at: number): Promise<void> {
  await tx.prepared(end).run({ ids: toList(ids), at });
}

export async function setAllEnded(tx: Tx, at: number): Promise<void> {
  await tx.prepared(endAll).run({ at });
}

/** Deletes at most `limit` that ended before then. Answers how many. */
export async function deleteEnded(tx: Tx, before: number, limit: number): Promise<number> {
  const rows = await tx.prepared(ended).all({ before, limit });
  if (rows.length > 0) await tx.prepared(remove).run({ ids: toList(rows.map((row) => row.id)) });
  return rows.length;
}
