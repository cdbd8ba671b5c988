/** Steps about people, for the transactions of all features. */
import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { toTime } from "../../core/wire.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import type { User } from "./schema.ts";
import { findActive, findNames, findUser, findUsers, updateUser, type UserRow } from "./store.ts";

/** A statement takes so many values without trouble. */
const namesAtOnce = 1000;

/** Nobody's user name: `@all` calls everybody in a chat. */
export const everybodysName = "all";

export interface Person {
  id: number;
  username: string;
}

/** Who is asking, when their session lives and their account is active. Errors: `unauthorized`. */
export async function requireActor(read: Read, actor: Actor): Promise<Person> {
  const person = await findActive(read, actor.sessionId, actor.userId);
  if (!person) throw new ChatError("unauthorized");
  return person;
}

/** Whether their session lives and their account is active. */
export async function isSignedIn(read: Read, actor: Actor): Promise<boolean> {
  return (await findActive(read, actor.sessionId, actor.userId)) !== undefined;
}

/** Somebody who can be talked to. Errors: `not_found`. */
export async function requireUser(read: Read, id: number): Promise<UserRow> {
  const user = await findUser(read, id);
  if (!user?.isActive) throw new ChatError("not_found", "There is no such person.");
  return user;
}

/** Gives somebody the picture at this address, and answers the one before. */
export async function setPicture(tx: Tx, userId: number, avatarUrl: string): Promise<string | null> {
  const before = (await requireUser(tx, userId)).avatarUrl;
  await updateUser(tx, userId, { avatarUrl });
  return before;
}

/** Those of `ids` that exist, by id. */
export async function usersById(read: Read, ids: number[]): Promise<Map<number, UserRow>> {
  if (ids.length === 0) return new Map();
  return new Map((await findUsers(read, [...new Set(ids)])).map((row) => [row.id, row]));
}

/** The ids of those who have one of these user names, given in lower case, by name. */
export async function idsByName(read: Read, names: string[]): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (let i = 0; i < names.length; i += namesAtOnce) {
    const rows = await findNames(read, names.slice(i, i + namesAtOnce));
    for (const row of rows) found.set(row.usernameKey, row.id);
  }
  return found;
}

/**
 * Somebody as others see them. Whether they are online is for those who share a chat with them: `isOnline` is
 * undefined for strangers.
 */
export function toUser(
  row: UserRow,
  isOnline: ((userId: number) => boolean) | undefined,
): z.infer<typeof User> {
  const online = isOnline?.(row.id);
  return {
    id: row.id,
    username: row.username,
    full_name: row.fullName,
    avatar_url: row.avatarUrl,
    bio: row.bio,
    is_online: online ?? null,
    last_seen: online === false && row.lastSeenAt !== null ? toTime(row.lastSeenAt) : null,
  };
}
