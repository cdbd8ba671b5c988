import { sql } from "drizzle-orm";
import { index, integer, real, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { MediaState, MediaType } from "./schema.ts";

/**
 * Distinct bytes of each person, and what is known of them: nobody can tell by what becomes of theirs that somebody else
 * has the same. The pending ones are the work that is to be done.
 */
export const files = sqliteTable(
  "files",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    /** Of the bytes as they were sent, in hex. */
    sha256: text().notNull(),
    /** Opaque: neither looked at nor changed. The same bytes sent in clear are another file. */
    encrypted: integer({ mode: "boolean" }).notNull(),
    /** Where the bytes are, which need not be those that were sent: location and camera data are taken out. */
    key: text().notNull(),
    /** Bytes, as they are kept. */
    size: integer().notNull(),
    /** By content. */
    type: text().notNull(),
    /** Whose it is: people's files are processed in turn. */
    uploaderId: integer("uploader_id").notNull(),
    kind: text().$type<MediaType>().notNull(),
    state: text().$type<MediaState>().notNull(),
    /**
     * Location and camera data that are known of are out of it, or it is of a type that stays as it is. False where they could
     * not be taken out of a failed file, and where something in a ready one is left that nobody here knows. Null where
     * nobody has tried.
     */
    isClean: integer("is_clean", { mode: "boolean" }),
    /** How often somebody has begun to look at it: what ends the server each time is given up. */
    attempts: integer().notNull().default(0),
    /** Why it failed. */
    problem: text(),
    width: integer(),
    height: integer(),
    duration: real(),
    waveform: text({ mode: "json" }).$type<number[]>(),
    thumbnailKey: text("thumbnail_key"),
  },
  (table) => [
    index("files_content").on(table.uploaderId, table.sha256, table.encrypted),
    index("files_pending")
      .on(table.uploaderId, table.id)
      .where(sql`state = 'pending'`),
  ],
);

/** Something that somebody sent, attached to a message or waiting for one. */
export const media = sqliteTable(
  "media",
  {
    /** Never given out again: clients keep it in addresses. */
    id: integer().primaryKey({ autoIncrement: true }),
    fileId: integer("file_id").notNull(),
    uploaderId: integer("uploader_id").notNull(),
    /** What it is attached to, and in which chat. Whoever attaches it says so: here these are ids and no more. */
    messageId: integer("message_id"),
    chatId: integer("chat_id"),
    /** Its position among what is attached to the same. */
    position: integer().notNull().default(0),
    /** As it was sent, for display only. */
    name: text().notNull(),
    /** The sender's word for the type where it fits the content, else the file's own. */
    type: text().notNull(),
    /** Bytes as they were sent: what counts for the uploader's quota. */
    size: integer().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [
    index("media_message").on(table.messageId),
    index("media_chat")
      .on(table.chatId, table.id)
      .where(sql`chat_id is not null`),
    index("media_file").on(table.fileId),
    index("media_waiting")
      .on(table.createdAt)
      .where(sql`message_id is null`),
  ],
);

/** How much everybody has sent, and under 0 how much is kept in all. */
export const usage = sqliteTable("media_usage", {
  userId: integer("user_id").primaryKey(),
  files: integer().notNull(),
  bytes: integer().notNull(),
});

/**
 * Orphans: keys of blobs that no row names, because they are about to be made or are not needed any more. A key is
 * written here before its blob is there, and goes from here in the transaction that names it, so no blob is ever left
 * that nobody knows of.
 */
export const orphans = sqliteTable(
  "stray_blobs",
  {
    key: text().primaryKey(),
    /** Nobody is making it: it can be removed. */
    isDue: integer("is_due", { mode: "boolean" }).notNull(),
  },
  (table) => [
    index("stray_blobs_due")
      .on(table.key)
      .where(sql`is_due`),
  ],
);
