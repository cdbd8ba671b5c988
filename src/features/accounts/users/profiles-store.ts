import { and, desc, eq, sql } from "drizzle-orm";

import { byId } from "../../../core/by-id.ts";
import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { users } from "../tables.ts";

/** The columns of a profile. */
export const profile = {
  id: users.id,
  username: users.username,
  fullName: users.fullName,
  avatarUrl: users.avatarUrl,
  bio: users.bio,
  isActive: users.isActive,
  lastSeenAt: users.lastSeenAt,
};

/** What others see of somebody. */
export type Profile = Pick<typeof users.$inferSelect, keyof typeof profile>;

const nameById = (orm: ReadOrm) =>
  orm
    .select({ id: users.id, username: users.username, isActive: users.isActive })
    .from(users)
    .where(eq(users.id, sql.placeholder("id")));

const profileById = (orm: ReadOrm) =>
  orm
    .select(profile)
    .from(users)
    .where(eq(users.id, sql.placeholder("id")));

const byIds = (orm: ReadOrm) => orm.select(profile).from(users).where(among(users.id, "ids"));

const byNames = (orm: ReadOrm) =>
  orm
    .select({ id: users.id, usernameKey: users.usernameKey })
    .from(users)
    .where(among(users.usernameKey, "keys"));

const activeByIds = (orm: ReadOrm) =>
  orm
    .select({ id: users.id })
    .from(users)
    .where(and(among(users.id, "ids"), eq(users.isActive, true)));

const inactive = (orm: ReadOrm) => orm.select({ id: users.id }).from(users).where(eq(users.isActive, false));

const showing = (orm: ReadOrm) =>
  orm
    .select({ id: users.id, isActive: users.isActive })
    .from(users)
    .where(eq(users.avatarUrl, sql.placeholder("address")))
    .orderBy(desc(users.isActive))
    .limit(sql.placeholder("limit"));

const see = (orm: WriteOrm) =>
  orm
    .update(users)
    .set({ lastSeenAt: sql`${sql.placeholder("at")}` })
    .where(among(users.id, "ids"));

/** Somebody's name, and whether their account is open. */
export function findName(
  read: Read,
  id: number,
): Promise<Pick<Profile, "id" | "username" | "isActive"> | undefined> {
  return read.prepared(nameById).get({ id });
}

export function findProfile(read: Read, id: number): Promise<Profile | undefined> {
  return read.prepared(profileById).get({ id });
}

/** Those of `ids` that exist, by id. */
export async function profilesById(read: Read, ids: Iterable<number>): Promise<Map<number, Profile>> {
  const distinct = new Set(ids);
  const [first] = distinct;
  if (first === undefined) return new Map();
  if (distinct.size > 1) {
    return byId(await read.prepared(byIds).all({ ids: toList(distinct) }));
  }
  // A message has one sender: found by id at a fifth of the cost of a list.
  const profile = await findProfile(read, first);
  return new Map(profile && [[first, profile]]);
}

/** The ids of those who have one of these user names, given in lower case, by name. */
export async function idsByName(read: Read, names: Iterable<string>): Promise<Map<string, number>> {
  const rows = await read.prepared(byNames).all({ keys: toList(names) });
  return new Map(rows.map((row) => [row.usernameKey, row.id]));
}

/** Those of `ids` whose accounts are open. */
export async function activeAmong(read: Read, ids: Iterable<number>): Promise<Set<number>> {
  const rows = await read.prepared(activeByIds).all({ ids: toList(ids) });
  return new Set(rows.map((row) => row.id));
}

/** Everybody whose account is closed. Looks at each account. */
export async function inactiveUserIds(read: Read): Promise<number[]> {
  return (await read.prepared(inactive).all()).map((row) => row.id);
}

/** People who show the picture at this address, first those whose account is open; at most `limit`. */
export function peopleShowing(
  read: Read,
  address: string,
  limit: number,
): Promise<Pick<Profile, "id" | "isActive">[]> {
  return read.prepared(showing).all({ address, limit });
}

/** They were last here at that time. */
export async function setLastSeen(tx: Tx, userIds: Iterable<number>, at: number): Promise<void> {
  await tx.prepared(see).run({ ids: toList(userIds), at });
}
