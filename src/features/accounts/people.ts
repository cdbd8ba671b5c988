/** Steps about people, for the transactions of all features. */
import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { BadToken, ChatError } from "../../core/errors.ts";
import { toTime } from "../../core/wire.ts";
import { userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { userChanged } from "./events.ts";
import type { User } from "./schema.ts";
import { findActive, findName, findNames, findUser, findUsers, updateUser, type UserRow } from "./store.ts";

/** Nobody's user name: `@all` calls everybody in a chat. */
export const everybodysName = "all";

export interface Person {
  id: number;
  username: string;
}

/** Who is asking, when their session lives and their account is active. Errors: `unauthorized`. */
export async function requireActor(read: Read, actor: Actor): Promise<Person> {
  const person = await findActive(read, actor.sessionId, actor.userId);
  if (!person) throw new BadToken(actor.sessionId);
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

/** Whether somebody's account is open. */
export async function isActive(read: Read, id: number): Promise<boolean> {
  return (await findName(read, id))?.isActive ?? false;
}

/** What others see of somebody. */
const seenByOthers = ["username", "fullName", "avatarUrl", "bio", "isActive"] as const;

/** Changes an account, and has others hear of what they see of it. Errors: `email_taken`. */
export async function changeUser(
  tx: Tx,
  journal: Journal,
  before: UserRow,
  change: Partial<UserRow>,
): Promise<UserRow> {
  const { id } = before;
  const after = await updateUser(tx, id, change);
  if (seenByOthers.some((field) => after[field] !== before[field])) {
    await journal.record(tx, userChanged, userAudience(id), id, {});
  }
  return after;
}

/** Gives somebody the picture at this address, and answers the one before. */
export async function setPicture(
  tx: Tx,
  journal: Journal,
  userId: number,
  avatarUrl: string,
): Promise<string | null> {
  const before = await requireUser(tx, userId);
  await changeUser(tx, journal, before, { avatarUrl });
  return before.avatarUrl;
}

/** Those of `ids` that exist, by id. */
export async function usersById(read: Read, ids: number[]): Promise<Map<number, UserRow>> {
  if (ids.length === 0) return new Map();
  return new Map((await findUsers(read, [...new Set(ids)])).map((row) => [row.id, row]));
}

/** The ids of those who have one of these user names, given in lower case, by name. */
export async function idsByName(read: Read, names: string[]): Promise<Map<string, number>> {
  return new Map((await findNames(read, names)).map((row) => [row.usernameKey, row.id]));
}

/**
 * Somebody as others see them. Whether they are online is for those who share a chat with them: `isOnline` is
 * undefined for strangers.
 */
export function toUser(
  row: UserRow,
  isOnline: ((userId: number) => boolean) | undefined,
): z.infer<typeof User> {
  return {
    id: row.id,
    username: row.username,
    full_name: row.fullName,
    avatar_url: row.avatarUrl,
    bio: row.bio,
    is_active: row.isActive,
    ...presenceOf(row, isOnline?.(row.id)),
  };
}

/** `isOnline`: undefined for whoever may not know. */
export function presenceOf(
  { lastSeenAt }: Pick<UserRow, "lastSeenAt">,
  isOnline: boolean | undefined,
): { is_online: boolean | null; last_seen: string | null } {
  return {
    is_online: isOnline ?? null,
    last_seen: isOnline === false && lastSeenAt !== null ? toTime(lastSeenAt) : null,
  };
}
