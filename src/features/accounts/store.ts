import { and, asc, count, eq, inArray, isNull, lt, min, ne, or, sql } from "drizzle-orm";

import { ChatError } from "../../core/errors.ts";
import type { Read, ReadOrm, Tx } from "../../platform/db/database.ts";
import { refreshTokens, sessions, users } from "./tables.ts";

export type UserRow = typeof users.$inferSelect;
export type SessionRow = typeof sessions.$inferSelect;
export type RefreshRow = typeof refreshTokens.$inferSelect;

// Users

// Two lookups, not one join: SQLite plans a join with bound values anew at each run, ten times the work.
const sessionById = (orm: ReadOrm) =>
  orm
    .select({ userId: sessions.userId, endedAt: sessions.endedAt })
    .from(sessions)
    .where(eq(sessions.id, sql.placeholder("id")));

const nameById = (orm: ReadOrm) =>
  orm
    .select({ id: users.id, username: users.username, isActive: users.isActive })
    .from(users)
    .where(eq(users.id, sql.placeholder("id")));

const userById = (orm: ReadOrm) =>
  orm
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder("id")));

const userByLogin = (orm: ReadOrm) =>
  orm
    .select()
    .from(users)
    .where(or(eq(users.usernameKey, sql.placeholder("key")), eq(users.emailKey, sql.placeholder("key"))));

/** The user of a session, when both are alive. */
export async function findActive(read: Read, sessionId: number, userId: number) {
  const session = await read.prepared(sessionById).get({ id: sessionId });
  if (session?.userId !== userId || session.endedAt !== null) return undefined;
  const user = await read.prepared(nameById).get({ id: userId });
  return user?.isActive ? user : undefined;
}

export function findUser(read: Read, id: number): Promise<UserRow | undefined> {
  return read.prepared(userById).get({ id });
}

export function findUsers(read: Read, ids: number[]): Promise<UserRow[]> {
  return read.orm.select().from(users).where(inArray(users.id, ids));
}

export function findNames(read: Read, usernameKeys: string[]) {
  return read.orm
    .select({ id: users.id, usernameKey: users.usernameKey })
    .from(users)
    .where(inArray(users.usernameKey, usernameKeys));
}

/** By user name or e-mail address, both without regard to case. */
export function findUserByLogin(read: Read, login: string): Promise<UserRow | undefined> {
  return read.prepared(userByLogin).get({ key: login.toLowerCase() });
}

/** Active users whose user name begins with `text`, or whose full name has it anywhere. */
export function searchUsers(read: Read, text: string, nameKey: string, limit: number): Promise<UserRow[]> {
  const prefix = `${escapeLike(text.toLowerCase())}%`;
  const part = `%${escapeLike(nameKey)}%`;
  return read.orm
    .select()
    .from(users)
    .where(
      and(
        eq(users.isActive, true),
        or(
          sql`${users.usernameKey} like ${prefix} escape '\\'`,
          nameKey === "" ? undefined : sql`${users.nameKey} like ${part} escape '\\'`,
        ),
      ),
    )
    .orderBy(asc(users.usernameKey))
    .limit(limit);
}

export function listUsers(read: Read): Promise<UserRow[]> {
  return read.orm.select().from(users).orderBy(asc(users.id));
}

export function countUsers(read: Read): Promise<number> {
  return read.orm.$count(users);
}

/** Errors: `username_taken`, `email_taken`. */
export async function insertUser(tx: Tx, row: typeof users.$inferInsert): Promise<UserRow> {
  await refuseTaken(tx, row.usernameKey, row.emailKey, 0);
  return (await tx.orm.insert(users).values(row).returning().get())!;
}

/** Errors: `email_taken`. */
export async function updateUser(tx: Tx, id: number, change: Partial<UserRow>): Promise<UserRow> {
  if (change.emailKey !== undefined) await refuseTaken(tx, undefined, change.emailKey, id);
  return (await tx.orm.update(users).set(change).where(eq(users.id, id)).returning().get())!;
}

async function refuseTaken(read: Read, usernameKey: string | undefined, emailKey: string, except: number) {
  const taken = (key: string) => findUserByLogin(read, key);
  if (usernameKey !== undefined && (await taken(usernameKey))) throw new ChatError("username_taken");
  const other = await taken(emailKey);
  if (other && other.id !== except) throw new ChatError("email_taken");
}

function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, "\\$&");
}

// Sessions

export async function insertSession(tx: Tx, row: typeof sessions.$inferInsert): Promise<number> {
  return (await tx.orm.insert(sessions).values(row).returning({ id: sessions.id }).get())!.id;
}

export function findSession(read: Read, id: number): Promise<SessionRow | undefined> {
  return read.orm.select().from(sessions).where(eq(sessions.id, id)).get();
}

export function livingSessions(read: Read, userId: number, except = 0): Promise<SessionRow[]> {
  return read.orm
    .select()
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt), ne(sessions.id, except)))
    .orderBy(asc(sessions.id));
}

export async function touchSession(tx: Tx, id: number, at: number): Promise<void> {
  await tx.orm.update(sessions).set({ lastUsedAt: at }).where(eq(sessions.id, id));
}

export async function endSessions(tx: Tx, ids: number[], at: number): Promise<void> {
  await tx.orm.update(sessions).set({ endedAt: at }).where(inArray(sessions.id, ids));
  await tx.orm.delete(refreshTokens).where(inArray(refreshTokens.sessionId, ids));
}

/** Whether anybody has ever signed in. */
export async function hasSessions(read: Read): Promise<boolean> {
  return (await read.orm.select({ id: sessions.id }).from(sessions).limit(1).get()) !== undefined;
}

/** Who has sessions that are not over: how many, and the first of them. */
export function usersWithSessions(read: Read) {
  return read.orm
    .select({ userId: sessions.userId, first: min(sessions.id).mapWith(Number), sessions: count() })
    .from(sessions)
    .where(isNull(sessions.endedAt))
    .groupBy(sessions.userId);
}

export async function endAllSessions(tx: Tx, at: number): Promise<void> {
  await tx.orm.update(sessions).set({ endedAt: at }).where(isNull(sessions.endedAt));
  await tx.orm.delete(refreshTokens);
}

// Refresh tokens

export function findRefresh(read: Read, hash: string): Promise<RefreshRow | undefined> {
  return read.orm.select().from(refreshTokens).where(eq(refreshTokens.hash, hash)).get();
}

export async function insertRefresh(tx: Tx, row: typeof refreshTokens.$inferInsert): Promise<void> {
  await tx.orm.insert(refreshTokens).values(row);
}

export async function replaceRefresh(tx: Tx, hash: string, at: number): Promise<void> {
  await tx.orm.update(refreshTokens).set({ replacedAt: at }).where(eq(refreshTokens.hash, hash));
}

/** Forgets the tokens of a session that expired before `before`. */
export async function dropExpiredRefresh(tx: Tx, sessionId: number, before: number): Promise<void> {
  await tx.orm
    .delete(refreshTokens)
    .where(and(eq(refreshTokens.sessionId, sessionId), lt(refreshTokens.createdAt, before)));
}
