/** Pictures of people and chats. */
import { asc, eq, gt, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { avatars } from "../tables.ts";

export type AvatarRow = typeof avatars.$inferSelect;

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(avatars)
    .where(eq(avatars.id, sql.placeholder("id")));

const page = (orm: ReadOrm) =>
  orm
    .select()
    .from(avatars)
    .where(gt(avatars.id, sql.placeholder("after")))
    .orderBy(asc(avatars.id))
    .limit(sql.placeholder("limit"));

const insert = (orm: WriteOrm) =>
  orm.insert(avatars).values({ id: sql.placeholder("id"), key: sql.placeholder("key") });

const remove = (orm: WriteOrm) => orm.delete(avatars).where(eq(avatars.id, sql.placeholder("id")));

export function findAvatar(read: Read, id: number): Promise<AvatarRow | undefined> {
  return read.prepared(byId).get({ id });
}

export async function insertAvatar(tx: Tx, key: string): Promise<number> {
  const id = newId();
  await tx.prepared(insert).run({ id, key });
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
  await tx.prepared(remove).run({ id });
}

/** In their order, those behind `after`. */
export function pageOfAvatars(read: Read, after: number, limit: number): Promise<AvatarRow[]> {
  return read.prepared(page).all({ after, limit });
}
