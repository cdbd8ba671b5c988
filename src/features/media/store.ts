import { and, asc, desc, eq, exists, gt, inArray, isNull, lt, ne, notInArray, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx } from "../../platform/db/database.ts";
import type { MediaType } from "./schema.ts";
import { files, media, usage } from "./tables.ts";

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

const chatPage = (orm: ReadOrm) =>
  itemsOf(orm)
    .where(and(eq(media.chatId, sql.placeholder("chatId")), lt(media.id, sql.placeholder("before"))))
    .orderBy(desc(media.id))
    .limit(sql.placeholder("limit"));

const chatPageOfKind = (orm: ReadOrm) =>
  itemsOf(orm)
    .where(
      and(
        eq(media.chatId, sql.placeholder("chatId")),
        lt(media.id, sql.placeholder("before")),
        eq(files.kind, sql.placeholder("kind")),
      ),
    )
    .orderBy(desc(media.id))
    .limit(sql.placeholder("limit"));

/** Files in the messages of a chat, newest first. With a kind, all of a chat's may be looked at. */
export function listOfChat(
  read: Read,
  where: { chatId: number; before: number; limit: number },
  kind: MediaType | undefined,
): Promise<Item[]> {
  return kind
    ? read.prepared(chatPageOfKind).all({ ...where, kind })
    : read.prepared(chatPage).all({ ...where });
}

export async function insertMedia(tx: Tx, row: Omit<MediaRow, "id">): Promise<MediaRow> {
  const [inserted] = await tx.orm.insert(media).values(row).returning();
  return inserted!;
}

export async function attach(
  tx: Tx,
  id: number,
  to: Pick<MediaRow, "messageId" | "chatId" | "position">,
): Promise<void> {
  await tx.orm.update(media).set(to).where(eq(media.id, id));
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

/**
 * Of these bytes, the file that the uploader still has. Not one that is left of theirs because others have it, too, as
 * versions before this one shared them.
 */
export function findOwn(
  read: Read,
  { uploaderId, sha256, encrypted }: Pick<FileRow, "uploaderId" | "sha256" | "encrypted">,
): Promise<FileRow | undefined> {
  const isTheirs = read.orm
    .select({ id: media.id })
    .from(media)
    .where(and(eq(media.fileId, files.id), eq(media.uploaderId, uploaderId)));
  return read.orm
    .select()
    .from(files)
    .where(
      and(
        eq(files.uploaderId, uploaderId),
        eq(files.sha256, sha256),
        eq(files.encrypted, encrypted),
        exists(isTheirs),
      ),
    )
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

/** Of each person's files that are to be looked at and do not rest, the one that has waited for longest. */
export async function findPending(
  read: Read,
  resting: ReadonlySet<number>,
): Promise<{ id: number; uploaderId: number }[]> {
  return read.orm
    .select({ uploaderId: files.uploaderId, id: sql<number>`min(${files.id})` })
    .from(files)
    .where(and(sql`${files.state} = 'pending'`, notInArray(files.id, [...resting])))
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

/** Files that were let through as they were, whatever they turned out to be, are to be looked at once more. */
export async function reopenUnclean(tx: Tx): Promise<void> {
  await tx.orm
    .update(files)
    .set({ state: "pending", attempts: 0 })
    .where(and(isNull(files.isClean), ne(files.state, "pending")));
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
