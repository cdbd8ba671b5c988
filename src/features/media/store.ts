import { and, asc, eq, gt, inArray, isNull, lt, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx } from "../../platform/db/database.ts";
import { users } from "../accounts/tables.ts";
import { chats } from "../chats/tables.ts";
import { avatars, files, media, strays, usage } from "./tables.ts";

export type FileRow = typeof files.$inferSelect;
export type MediaRow = typeof media.$inferSelect;
/** Something that was sent, with its bytes' facts. */
export interface Item {
  media: MediaRow;
  file: FileRow;
}

/** The pseudo-user under whom everything is counted. */
export const everybody = 0;

// What was sent

const itemById = (orm: ReadOrm) =>
  orm
    .select({ media, file: files })
    .from(media)
    .innerJoin(files, eq(files.id, media.fileId))
    .where(eq(media.id, sql.placeholder("id")));

const itemsOf = (orm: ReadOrm) =>
  orm.select({ media, file: files }).from(media).innerJoin(files, eq(files.id, media.fileId));

export function findItem(read: Read, id: number): Promise<Item | undefined> {
  return read.prepared(itemById).get({ id });
}

export async function findItems(read: Read, ids: number[]): Promise<Item[]> {
  return itemsOf(read.orm).where(inArray(media.id, ids));
}

export async function findAttached(read: Read, messageIds: number[]): Promise<Item[]> {
  return itemsOf(read.orm)
    .where(inArray(media.messageId, messageIds))
    .orderBy(asc(media.position), asc(media.id));
}

export async function insertMedia(tx: Tx, row: Omit<MediaRow, "id">): Promise<MediaRow> {
  const [inserted] = await tx.orm.insert(media).values(row).returning();
  return inserted!;
}

export async function attach(tx: Tx, id: number, messageId: number, position: number): Promise<void> {
  await tx.orm.update(media).set({ messageId, position }).where(eq(media.id, id));
}

export async function deleteMedia(tx: Tx, ids: number[]): Promise<void> {
  await tx.orm.delete(media).where(inArray(media.id, ids));
}

/** What has waited for its message since before `before`, oldest first. */
export async function findForgotten(read: Read, before: number, limit: number): Promise<Item[]> {
  return itemsOf(read.orm)
    .where(and(isNull(media.messageId), lt(media.createdAt, before)))
    .orderBy(asc(media.createdAt))
    .limit(limit);
}

/** The messages behind `after` that a file is in. */
export async function findMessagesWith(
  read: Read,
  fileId: number,
  after: number,
  limit: number,
): Promise<number[]> {
  const rows = await read.orm
    .selectDistinct({ id: media.messageId })
    .from(media)
    .where(and(eq(media.fileId, fileId), gt(media.messageId, after)))
    .orderBy(asc(media.messageId))
    .limit(limit);
  return rows.map((row) => row.id!);
}

/** Behind the files that a message has. */
export async function nextPosition(read: Read, messageId: number): Promise<number> {
  const row = await read.orm
    .select({ last: sql<number | null>`max(${media.position})` })
    .from(media)
    .where(eq(media.messageId, messageId))
    .get();
  return (row?.last ?? -1) + 1;
}

// Their bytes

export function findFile(read: Read, id: number): Promise<FileRow | undefined> {
  return read.orm.select().from(files).where(eq(files.id, id)).get();
}

export function findByContent(read: Read, sha256: string, encrypted: boolean): Promise<FileRow | undefined> {
  return read.orm
    .select()
    .from(files)
    .where(and(eq(files.sha256, sha256), eq(files.encrypted, encrypted)))
    .get();
}

export async function insertFile(tx: Tx, row: Omit<typeof files.$inferInsert, "id">): Promise<FileRow> {
  const [inserted] = await tx.orm.insert(files).values(row).returning();
  return inserted!;
}

export async function updateFile(tx: Tx, id: number, change: Partial<FileRow>): Promise<FileRow | undefined> {
  const [row] = await tx.orm.update(files).set(change).where(eq(files.id, id)).returning();
  return row;
}

export async function deleteFile(tx: Tx, id: number): Promise<void> {
  await tx.orm.delete(files).where(eq(files.id, id));
}

export async function isUsed(read: Read, fileId: number): Promise<boolean> {
  const one = await read.orm
    .select({ id: media.id })
    .from(media)
    .where(eq(media.fileId, fileId))
    .limit(1)
    .get();
  return one !== undefined;
}

/** Of each person's files that are to be looked at, the one that has waited for longest. */
export async function findPending(read: Read): Promise<{ id: number; uploaderId: number }[]> {
  return read.orm
    .select({ uploaderId: files.uploaderId, id: sql<number>`min(${files.id})` })
    .from(files)
    .where(sql`${files.state} = 'pending'`)
    .groupBy(files.uploaderId);
}

/** A file of which not all chats have been told. */
export function findUntold(read: Read): Promise<FileRow | undefined> {
  return read.orm
    .select()
    .from(files)
    .where(sql`${files.toldTo} is not null`)
    .limit(1)
    .get();
}

/** Files that were let through as they were are to be looked at once more. */
export async function reopenUnclean(tx: Tx): Promise<void> {
  await tx.orm
    .update(files)
    .set({ state: "pending", attempts: 0 })
    .where(and(eq(files.isClean, false), eq(files.state, "ready")));
}

// How much there is

export async function findUsage(read: Read, userId: number): Promise<{ files: number; bytes: number }> {
  const row = await read.orm.select().from(usage).where(eq(usage.userId, userId)).get();
  return row ?? { files: 0, bytes: 0 };
}

/** All files that are kept, and their bytes. */
export function countFiles(read: Read): Promise<{ files: number; bytes: number }> {
  return findUsage(read, everybody);
}

export async function addUsage(
  tx: Tx,
  userId: number,
  more: { files: number; bytes: number },
): Promise<void> {
  await tx.orm
    .insert(usage)
    .values({ userId, ...more })
    .onConflictDoUpdate({
      target: usage.userId,
      set: { files: sql`${usage.files} + ${more.files}`, bytes: sql`${usage.bytes} + ${more.bytes}` },
    });
}

// Blobs that nothing names

export async function insertStrays(tx: Tx, keys: string[], isDue: boolean): Promise<void> {
  if (keys.length > 0) await tx.orm.insert(strays).values(keys.map((key) => ({ key, isDue })));
}

/** They are named from now on, or are not there any more. */
export async function forgetStrays(tx: Tx, keys: string[]): Promise<void> {
  await tx.orm.delete(strays).where(inArray(strays.key, keys));
}

export async function releaseStrays(tx: Tx, keys: string[]): Promise<void> {
  await tx.orm.update(strays).set({ isDue: true }).where(inArray(strays.key, keys));
}

/** Not to be tried again before the next start. */
export async function withholdStrays(tx: Tx, keys: string[]): Promise<void> {
  await tx.orm.update(strays).set({ isDue: false }).where(inArray(strays.key, keys));
}

/** Nobody is making any: at the start. */
export async function releaseAllStrays(tx: Tx): Promise<void> {
  await tx.orm.update(strays).set({ isDue: true });
}

export async function findDueStrays(read: Read, limit: number): Promise<string[]> {
  const rows = await read.orm
    .select({ key: strays.key })
    .from(strays)
    .where(sql`${strays.isDue}`)
    .limit(limit);
  return rows.map((row) => row.key);
}

// Avatars

export function findAvatar(read: Read, id: number) {
  return read.orm.select().from(avatars).where(eq(avatars.id, id)).get();
}

export async function insertAvatar(tx: Tx, key: string): Promise<number> {
  const [inserted] = await tx.orm.insert(avatars).values({ key }).returning({ id: avatars.id });
  return inserted!.id;
}

export async function deleteAvatar(tx: Tx, id: number): Promise<void> {
  await tx.orm.delete(avatars).where(eq(avatars.id, id));
}

/** In their order, those behind `after`. */
export function listAvatars(read: Read, after: number, limit: number) {
  return read.orm.select().from(avatars).where(gt(avatars.id, after)).orderBy(asc(avatars.id)).limit(limit);
}

/** Whether a person or a chat shows the picture at this address. */
export async function isShown(read: Read, address: string): Promise<boolean> {
  const person = await read.orm
    .select({ id: users.id })
    .from(users)
    .where(eq(users.avatarUrl, address))
    .limit(1);
  if (person.length > 0) return true;
  const chat = await read.orm
    .select({ id: chats.id })
    .from(chats)
    .where(eq(chats.avatarUrl, address))
    .limit(1);
  return chat.length > 0;
}
