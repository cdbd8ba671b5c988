import {
  and,
  asc,
  count,
  desc,
  eq,
  gt,
  inArray,
  isNull,
  lt,
  min,
  ne,
  notInArray,
  or,
  type SQL,
  sql,
  type SQLWrapper,
} from "drizzle-orm";

import { ChatError } from "../../core/errors.ts";
import type { Read, ReadOrm, Tx } from "../../platform/db/database.ts";
import { keyMark, type NameQuery } from "./name-search.ts";
import { fileTokens, refreshTokens, sessions, users } from "./tables.ts";

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

const namesByKey = (orm: ReadOrm) =>
  orm
    .select({ id: users.id, usernameKey: users.usernameKey })
    .from(users)
    .where(sql`${users.usernameKey} in (select value from json_each(${sql.placeholder("keys")}))`);

const sessionIdByFileToken = (orm: ReadOrm) =>
  orm
    .select({ sessionId: fileTokens.sessionId })
    .from(fileTokens)
    .where(eq(fileTokens.hash, sql.placeholder("hash")));

/** The user of a session, when both are alive. */
export async function findActive(read: Read, sessionId: number, userId: number) {
  const session = await read.prepared(sessionById).get({ id: sessionId });
  if (session?.userId !== userId || session.endedAt !== null) return undefined;
  const user = await findName(read, userId);
  return user?.isActive ? user : undefined;
}

/** Somebody's name, and whether their account is open. */
export function findName(read: Read, id: number) {
  return read.prepared(nameById).get({ id });
}

export function findUser(read: Read, id: number): Promise<UserRow | undefined> {
  return read.prepared(userById).get({ id });
}

export function findUsers(read: Read, ids: number[]): Promise<UserRow[]> {
  return read.orm.select().from(users).where(inArray(users.id, ids));
}

export function findNames(read: Read, usernameKeys: string[]) {
  return read.prepared(namesByKey).all({ keys: JSON.stringify(usernameKeys) });
}

/** By user name or e-mail address, both without regard to case. */
export function findUserByLogin(read: Read, login: string): Promise<UserRow | undefined> {
  return read.prepared(userByLogin).get({ key: login.toLowerCase() });
}

/**
 * Active users whose names have all words: the user name at the beginning of one of its parts, the full name anywhere,
 * or at the beginning of a word where only that counts. Also those whose full name has the whole query anywhere. First
 * those whose user name or full name begins with it.
 */
export function searchUsers(read: Read, { whole, words }: NameQuery, limit: number): Promise<UserRow[]> {
  const username = (pattern: string) => like(users.usernameKey, pattern);
  const name = (pattern: string) => like(users.nameKey, pattern);
  const matches = words.map(({ text, start }) => {
    const part = escapeLike(text);
    const inUsername = ["", "%.", "%-", "%\\_"].map((before) => username(`${before}${part}%`));
    return or(...inUsername, name(start ? `%\n${part}%` : `%${part}%`));
  });
  const all = escapeLike(whole);
  const rank = sql`case when ${users.usernameKey} = ${whole} then 0 when ${username(`${all}%`)} then 1
    when ${name(`${keyMark}\n${all}%`)} then 2 else 3 end`;
  return read.orm
    .select()
    .from(users)
    .where(and(eq(users.isActive, true), or(and(...matches), name(`%${all}%`))))
    .orderBy(rank, asc(users.usernameKey))
    .limit(limit);
}

function like(column: SQLWrapper, pattern: string): SQL {
  return sql`${column} like ${pattern} escape '\\'`;
}

/** Those behind `after` whose names' keys do not begin with `mark`. */
export function findOtherKeys(read: Read, mark: string, after: number, limit: number) {
  return read.orm
    .select({ id: users.id, fullName: users.fullName })
    .from(users)
    .where(and(gt(users.id, after), sql`not ${like(users.nameKey, `${mark}%`)}`))
    .orderBy(asc(users.id))
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

/** The living sessions of a user but the `most` that were used last, at most `limit`. */
export async function sessionsBeyond(
  read: Read,
  userId: number,
  most: number,
  limit: number,
): Promise<number[]> {
  const rows = await read.orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)))
    .orderBy(desc(sessions.lastUsedAt), desc(sessions.id))
    .limit(limit)
    .offset(most);
  return rows.map((row) => row.id);
}

/** At most `limit` living sessions that were last used before then. */
export function unusedSessions(read: Read, before: number, limit: number) {
  return read.orm
    .select({ id: sessions.id, userId: sessions.userId })
    .from(sessions)
    .where(and(isNull(sessions.endedAt), lt(sessions.lastUsedAt, before)))
    .orderBy(asc(sessions.lastUsedAt))
    .limit(limit);
}

/** Deletes at most `limit` that ended before then. Answers how many. */
export async function deleteEnded(tx: Tx, before: number, limit: number): Promise<number> {
  const rows = await tx.orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(lt(sessions.endedAt, before))
    .orderBy(asc(sessions.endedAt))
    .limit(limit);
  const ids = rows.map((row) => row.id);
  if (ids.length > 0) await tx.orm.delete(sessions).where(inArray(sessions.id, ids));
  return ids.length;
}

export async function touchSessions(tx: Tx, ids: number[], at: number): Promise<void> {
  await tx.orm.update(sessions).set({ lastUsedAt: at }).where(inArray(sessions.id, ids));
}

export async function endSessions(tx: Tx, ids: number[], at: number): Promise<void> {
  await tx.orm.update(sessions).set({ endedAt: at }).where(inArray(sessions.id, ids));
  await tx.orm.delete(refreshTokens).where(inArray(refreshTokens.sessionId, ids));
  await tx.orm.delete(fileTokens).where(inArray(fileTokens.sessionId, ids));
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
  await tx.orm.delete(fileTokens);
}

// Refresh tokens

export function findRefresh(read: Read, hash: string): Promise<RefreshRow | undefined> {
  return read.orm.select().from(refreshTokens).where(eq(refreshTokens.hash, hash)).get();
}

export async function insertRefresh(
  tx: Tx,
  row: Pick<RefreshRow, "hash" | "sessionId" | "createdAt">,
): Promise<void> {
  await tx.orm.insert(refreshTokens).values({ ...row, namesSession: true });
}

export async function replaceRefresh(tx: Tx, hash: string, at: number): Promise<void> {
  await tx.orm.update(refreshTokens).set({ replacedAt: at }).where(eq(refreshTokens.hash, hash));
}

/**
 * Forgets the tokens of a session that were replaced before `replaced`. Without its row nobody knows whose token of an
 * earlier release is used again, so these are kept until they have expired, being made before `expired`.
 */
export async function dropUsedRefresh(
  tx: Tx,
  sessionId: number,
  { replaced, expired }: { replaced: number; expired: number },
): Promise<void> {
  const isNeedless = and(eq(refreshTokens.namesSession, true), lt(refreshTokens.replacedAt, replaced));
  await tx.orm
    .delete(refreshTokens)
    .where(and(eq(refreshTokens.sessionId, sessionId), or(isNeedless, lt(refreshTokens.createdAt, expired))));
}

// File tokens

/** The session that a file token stands for. */
export async function findByFileToken(read: Read, hash: string): Promise<SessionRow | undefined> {
  const found = await read.prepared(sessionIdByFileToken).get({ hash });
  return found && findSession(read, found.sessionId);
}

export async function insertFileToken(tx: Tx, row: typeof fileTokens.$inferInsert): Promise<void> {
  await tx.orm.insert(fileTokens).values(row);
}

/** Of a session all but the `most` that were made last. */
export async function dropOldFileTokens(tx: Tx, sessionId: number, most: number): Promise<void> {
  const kept = tx.orm
    .select({ hash: fileTokens.hash })
    .from(fileTokens)
    .where(eq(fileTokens.sessionId, sessionId))
    .orderBy(desc(fileTokens.createdAt))
    .limit(most);
  await tx.orm
    .delete(fileTokens)
    .where(and(eq(fileTokens.sessionId, sessionId), notInArray(fileTokens.hash, kept)));
}
