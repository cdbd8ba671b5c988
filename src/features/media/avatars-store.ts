/** Pictures of people and chats, and where they are shown. */
import { and, asc, desc, eq, gt } from "drizzle-orm";

import type { Read, Tx } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { chats, members } from "../chats/tables.ts";
import { avatars } from "./tables.ts";

export function find(read: Read, id: number) {
  return read.orm.select().from(avatars).where(eq(avatars.id, id)).get();
}

export async function insert(tx: Tx, key: string): Promise<number> {
  const id = newId();
  await tx.orm.insert(avatars).values({ id, key });
  return id;
}

/**
 * One of 2^53. Browsers keep a picture by its address, and numbers in their order would be given out again after a
 * backup has been put back.
 */
function newId(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return (high & 0x1f_ffff) * 2 ** 32 + low || 1;
}

export async function remove(tx: Tx, id: number): Promise<void> {
  await tx.orm.delete(avatars).where(eq(avatars.id, id));
}

/** In their order, those behind `after`. */
export function list(read: Read, after: number, limit: number) {
  return read.orm.select().from(avatars).where(gt(avatars.id, after)).orderBy(asc(avatars.id)).limit(limit);
}

/** Whether a person or a chat shows the picture at this address. */
export async function isShown(read: Read, address: string): Promise<boolean> {
  if ((await peopleShowing(read, address, 1)).length > 0) return true;
  const chat = await read.orm
    .select({ id: chats.id })
    .from(chats)
    .where(eq(chats.avatarUrl, address))
    .limit(1);
  return chat.length > 0;
}

/** Whether a chat that somebody is in shows the picture at this address. */
export async function isOfChatOf(read: Read, address: string, userId: number): Promise<boolean> {
  const mine = await read.orm
    .select({ id: chats.id })
    .from(chats)
    .innerJoin(members, and(eq(members.chatId, chats.id), eq(members.userId, userId)))
    .where(eq(chats.avatarUrl, address))
    .limit(1);
  return mine.length > 0;
}

/** People who show the picture at this address, first those whose account is open; at most `limit`. */
export function peopleShowing(
  read: Read,
  address: string,
  limit: number,
): Promise<{ id: number; isActive: boolean }[]> {
  return read.orm
    .select({ id: users.id, isActive: users.isActive })
    .from(users)
    .where(eq(users.avatarUrl, address))
    .orderBy(desc(users.isActive))
    .limit(limit);
}
