import { asc, count, eq, or, sql } from "drizzle-orm";

import { ChatError } from "../../../core/errors.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { updateOf } from "../../../platform/db/update.ts";
import { users } from "../tables.ts";

/** A whole account, as only its owner and the operator see it. */
export type UserRow = typeof users.$inferSelect;

/** What an account begins with. */
export type NewUser = Omit<UserRow, "id" | "bio" | "avatarUrl" | "isActive" | "lastSeenAt">;

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(users)
    .where(eq(users.id, sql.placeholder("id")));

const byLogin = (orm: ReadOrm) =>
  orm
    .select()
    .from(users)
    .where(or(eq(users.usernameKey, sql.placeholder("key")), eq(users.emailKey, sql.placeholder("key"))));

const all = (orm: ReadOrm) => orm.select().from(users).orderBy(asc(users.id));

const number = (orm: ReadOrm) => orm.select({ count: count() }).from(users);

const update = updateOf(users, eq(users.id, sql.placeholder("id")));

const insert = (orm: WriteOrm) =>
  orm.insert(users).values({
    username: sql.placeholder("username"),
    usernameKey: sql.placeholder("usernameKey"),
    email: sql.placeholder("email"),
    emailKey: sql.placeholder("emailKey"),
    fullName: sql.placeholder("fullName"),
    nameKey: sql.placeholder("nameKey"),
    passwordHash: sql.placeholder("passwordHash"),
    createdAt: sql.placeholder("createdAt"),
  });

export function findUser(read: Read, id: number): Promise<UserRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** By user name or e-mail address, both without regard to case. */
export function findUserByLogin(read: Read, login: string): Promise<UserRow | undefined> {
  return read.prepared(byLogin).get({ key: login.toLowerCase() });
}

export function allUsers(read: Read): Promise<UserRow[]> {
  return read.prepared(all).all();
}

export async function countUsers(read: Read): Promise<number> {
  return (await read.prepared(number).get())?.count ?? 0;
}

/** Errors: `username_taken`, `email_taken`. */
export async function insertUser(tx: Tx, user: NewUser): Promise<UserRow> {
  if (await findUserByLogin(tx, user.usernameKey)) throw new ChatError("username_taken");
  if (await findUserByLogin(tx, user.emailKey)) throw new ChatError("email_taken");
  const id = await tx.insert(insert, user);
  return { id, ...user, bio: null, avatarUrl: null, isActive: true, lastSeenAt: null };
}

/** Errors: `email_taken`. */
export async function updateUser(tx: Tx, id: number, change: Partial<UserRow>): Promise<void> {
  const other = change.emailKey === undefined ? undefined : await findUserByLogin(tx, change.emailKey);
  if (other && other.id !== id) throw new ChatError("email_taken");
  await update(tx, { id }, change);
}
