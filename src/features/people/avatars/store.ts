/** Pictures of people and chats. */
import { asc, eq, gt, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx } from "../../../platform/db/database.ts";
import { avatars } from "../tables.ts";

export type AvatarRow = typeof avatars.$inferSelect;

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(avatars)
    .where(eq(avatars.id, sql.placeholder("id")));

export function findAvatar(read: Read, id: number): Promise<AvatarRow | undefined> {
  return read.prepared(byId).get({ id });
}

export async function insertAvatar(tx: Tx, key: string): Promise<number> {
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

export async function deleteAvatar(tx: Tx, id: number): Promise<void> {
  await tx.orm.delete(avatars).where(eq(avatars.id, id));
}

/** In their order, those behind `after`. */
export async function pageOfAvatars(read: Read, after: number, limit: number): Promise<AvatarRow[]> {
  return read.orm.select().from(avatars).where(gt(avatars.id, after)).orderBy(asc(avatars.id)).limit(limit);
}
