/** What people sent, each with the file that holds its bytes. */
import { and, asc, desc, eq, gt, isNotNull, isNull, lt, sql } from "drizzle-orm";

import { among, toList } from "../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import type { FileRow } from "./files-store.ts";
import type { MediaType } from "./schema.ts";
import { files, media } from "./tables.ts";

export type MediaRow = typeof media.$inferSelect;

/** Something that was sent, and what is known of its bytes. */
export interface Item {
  media: MediaRow;
  file: FileRow;
}

/** What something is attached to. */
export interface Attachment {
  messageId: number;
  chatId: number;
}

// Looking up

const items = (orm: ReadOrm) =>
  orm.select({ media, file: files }).from(media).innerJoin(files, eq(files.id, media.fileId));

const byId = (orm: ReadOrm) => items(orm).where(eq(media.id, sql.placeholder("id")));

const byIds = (orm: ReadOrm) => items(orm).where(among(media.id, "ids"));

const attached = (orm: ReadOrm) =>
  items(orm).where(among(media.messageId, "messageIds")).orderBy(asc(media.position), asc(media.id));

const inChat = and(eq(media.chatId, sql.placeholder("chatId")), lt(media.id, sql.placeholder("before")));

const page = (orm: ReadOrm) =>
  items(orm).where(inChat).orderBy(desc(media.id)).limit(sql.placeholder("limit"));

const pageOfKind = (orm: ReadOrm) =>
  items(orm)
    .where(and(inChat, eq(files.kind, sql.placeholder("kind"))))
    .orderBy(desc(media.id))
    .limit(sql.placeholder("limit"));

const expired = (orm: ReadOrm) =>
  items(orm)
    .where(and(isNull(media.messageId), lt(media.createdAt, sql.placeholder("before"))))
    .orderBy(asc(media.createdAt))
    .limit(sql.placeholder("limit"));

export function findItem(read: Read, id: number): Promise<Item | undefined> {
  return read.prepared(byId).get({ id });
}

export function findItems(read: Read, ids: number[]): Promise<Item[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

/** What is attached to these messages, of each in its order. */
export function findAttached(read: Read, messageIds: number[]): Promise<Item[]> {
  return read.prepared(attached).all({ messageIds: toList(messageIds) });
}

/** What is attached in a chat, newest first. With a kind, all of it may be looked at. */
export function pageOfChat(
  read: Read,
  { kind, ...where }: { chatId: number; before: number; limit: number; kind?: MediaType | undefined },
): Promise<Item[]> {
  return kind ? read.prepared(pageOfKind).all({ ...where, kind }) : read.prepared(page).all(where);
}

/** What has waited for its message since before `before`, oldest first. */
export function findExpired(read: Read, before: number, limit: number): Promise<Item[]> {
  return read.prepared(expired).all({ before, limit });
}

// By file

const messagesWith = (orm: ReadOrm) =>
  orm
    .selectDistinct({ id: media.messageId })
    .from(media)
    .where(and(eq(media.fileId, sql.placeholder("fileId")), gt(media.messageId, sql.placeholder("after"))))
    .orderBy(asc(media.messageId))
    .limit(sql.placeholder("limit"));

const oneOf = (orm: ReadOrm) =>
  orm
    .select({ id: media.id })
    .from(media)
    .where(eq(media.fileId, sql.placeholder("fileId")))
    .limit(1);

const oneAttachedOf = (orm: ReadOrm) =>
  orm
    .select({ id: media.id })
    .from(media)
    .where(and(eq(media.fileId, sql.placeholder("fileId")), isNotNull(media.messageId)))
    .limit(1);

/** The messages behind `after` that a file is attached to. */
export async function findMessagesWith(
  read: Read,
  fileId: number,
  after: number,
  limit: number,
): Promise<number[]> {
  const rows = await read.prepared(messagesWith).all({ fileId, after, limit });
  return rows.flatMap((row) => row.id ?? []);
}

/** Whether anything has these bytes. */
export async function isUsed(read: Read, fileId: number): Promise<boolean> {
  return (await read.prepared(oneOf).get({ fileId })) !== undefined;
}

export async function isAttached(read: Read, fileId: number): Promise<boolean> {
  return (await read.prepared(oneAttachedOf).get({ fileId })) !== undefined;
}

// Writing

const lastPosition = (orm: ReadOrm) =>
  orm
    .select({ last: sql<number | null>`max(${media.position})` })
    .from(media)
    .where(eq(media.messageId, sql.placeholder("messageId")));

const insert = (orm: WriteOrm) =>
  orm.insert(media).values({
    fileId: sql.placeholder("fileId"),
    uploaderId: sql.placeholder("uploaderId"),
    messageId: sql.placeholder("messageId"),
    chatId: sql.placeholder("chatId"),
    position: sql.placeholder("position"),
    name: sql.placeholder("name"),
    type: sql.placeholder("type"),
    size: sql.placeholder("size"),
    createdAt: sql.placeholder("createdAt"),
  });

const setAttachment = (orm: WriteOrm) =>
  orm
    .update(media)
    .set({
      messageId: sql`${sql.placeholder("messageId")}`,
      chatId: sql`${sql.placeholder("chatId")}`,
      position: sql`${sql.placeholder("position")}`,
    })
    .where(eq(media.id, sql.placeholder("id")));

const remove = (orm: WriteOrm) => orm.delete(media).where(among(media.id, "ids"));

/** Behind what is attached to a message. */
export async function nextPosition(read: Read, messageId: number): Promise<number> {
  const row = await read.prepared(lastPosition).get({ messageId });
  return (row?.last ?? -1) + 1;
}

export async function insertItem(tx: Tx, row: Omit<MediaRow, "id">): Promise<MediaRow> {
  return { id: await tx.insert(insert, row), ...row };
}

/** Attaches what waits. */
export async function attachItem(tx: Tx, id: number, to: Attachment & { position: number }): Promise<void> {
  const { messageId, chatId, position } = to;
  await tx.prepared(setAttachment).run({ id, messageId, chatId, position });
}

export async function deleteItems(tx: Tx, ids: number[]): Promise<void> {
  await tx.prepared(remove).run({ ids: toList(ids) });
}
