/** Bytes that are kept, and what is known of them. */
import { and, eq, exists, isNull, ne, not, sql } from "drizzle-orm";

import { among, toList } from "../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { updateOf } from "../../platform/db/update.ts";
import { files, media } from "./tables.ts";

export type FileRow = typeof files.$inferSelect;

// Looking up

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(files)
    .where(eq(files.id, sql.placeholder("id")));

const own = (orm: ReadOrm) => {
  const isTheirs = orm
    .select({ id: media.id })
    .from(media)
    .where(and(eq(media.fileId, files.id), eq(media.uploaderId, files.uploaderId)));
  const isSame = and(
    eq(files.uploaderId, sql.placeholder("uploaderId")),
    eq(files.sha256, sql.placeholder("sha256")),
    eq(files.encrypted, sql.placeholder("encrypted")),
  );
  return orm
    .select()
    .from(files)
    .where(and(isSame, exists(isTheirs)))
    .limit(1);
};

const pending = (orm: ReadOrm) =>
  orm
    .select({ uploaderId: files.uploaderId, id: sql<number>`min(${files.id})` })
    .from(files)
    // In so many words, which the index has, too.
    .where(and(sql`${files.state} = 'pending'`, not(among(files.id, "resting"))))
    .groupBy(files.uploaderId);

export function findFile(read: Read, id: number): Promise<FileRow | undefined> {
  return read.prepared(byId).get({ id });
}

/**
 * Of these bytes, the file that the uploader still has. Not one that is left of theirs because others have it, too, as
 * versions before this one shared them.
 */
export function findOwn(
  read: Read,
  { uploaderId, sha256, encrypted }: Pick<FileRow, "uploaderId" | "sha256" | "encrypted">,
): Promise<FileRow | undefined> {
  return read.prepared(own).get({ uploaderId, sha256, encrypted });
}

/** Of each person's files that are to be processed and do not rest, the one that has waited for longest. */
export function findPending(
  read: Read,
  resting: ReadonlySet<number>,
): Promise<{ id: number; uploaderId: number }[]> {
  return read.prepared(pending).all({ resting: toList(resting) });
}

// Writing

const insert = (orm: WriteOrm) =>
  orm.insert(files).values({
    sha256: sql.placeholder("sha256"),
    encrypted: sql.placeholder("encrypted"),
    key: sql.placeholder("key"),
    size: sql.placeholder("size"),
    type: sql.placeholder("type"),
    uploaderId: sql.placeholder("uploaderId"),
    kind: sql.placeholder("kind"),
    state: sql.placeholder("state"),
    isClean: sql.placeholder("isClean"),
  });

const update = updateOf(files, eq(files.id, sql.placeholder("id")));

const addAttempts = (orm: WriteOrm) =>
  orm
    .update(files)
    .set({ attempts: sql`${files.attempts} + ${sql.placeholder("more")}` })
    .where(eq(files.id, sql.placeholder("id")));

const reopen = (orm: WriteOrm) =>
  orm
    .update(files)
    .set({ state: "pending", attempts: 0 })
    .where(and(isNull(files.isClean), ne(files.state, "pending")));

const remove = (orm: WriteOrm) => orm.delete(files).where(eq(files.id, sql.placeholder("id")));

export type NewFile = Pick<
  FileRow,
  "sha256" | "encrypted" | "key" | "size" | "type" | "uploaderId" | "kind" | "state" | "isClean"
>;

const nothingKnown = {
  attempts: 0,
  problem: null,
  width: null,
  height: null,
  duration: null,
  waveform: null,
  thumbnailKey: null,
};

export async function insertFile(tx: Tx, row: NewFile): Promise<FileRow> {
  const id = await tx.insert(insert, row);
  return { id, ...row, ...nothingKnown };
}

/** What has been found out about it, and what has been made of it. */
export async function updateFile(tx: Tx, id: number, change: Partial<FileRow>): Promise<void> {
  await update(tx, { id }, change);
}

/** Somebody begins to process it, or, with less than none, has not done so after all. */
export async function countAttempts(tx: Tx, id: number, more: number): Promise<void> {
  await tx.prepared(addAttempts).run({ id, more });
}

export async function deleteFile(tx: Tx, id: number): Promise<void> {
  await tx.prepared(remove).run({ id });
}

/** Files that were let through as they were, whatever they turned out to be, are to be processed once more. */
export async function reopenUnclean(tx: Tx): Promise<void> {
  await tx.prepared(reopen).run();
}
