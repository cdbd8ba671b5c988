import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { NotificationType } from "./schema.ts";

/**
 * What somebody is to be told of. Its text is rendered from the tables when it is looked at, so deleted text is not in
 * here.
 */
export const notifications = sqliteTable(
  "notifications",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    type: text().$type<NotificationType>().notNull(),
    chatId: integer("chat_id").notNull(),
    /**
     * Read once the reader has read as far as this: of `message` the first unread one, of `mention` the one that
     * names them, of `group_invite` whatever comes after they joined, of custom types whatever comes after what they had read.
     */
    messageId: integer("message_id").notNull(),
    mentionId: integer("mention_id"),
    /** The message that a custom type (`types.ts`) is about, which its user has read long since. */
    subjectId: integer("subject_id"),
    byUserId: integer("by_user_id"),
    createdAt: integer("created_at").notNull(),
    /** The journal's position that tells that it was read; null until then. */
    readPos: integer("read_pos"),
  },
  (table) => [
    index("notifications_user").on(table.userId, table.id),
    index("notifications_unread")
      .on(table.userId, table.chatId)
      .where(sql`read_pos is null`),
    index("notifications_chat")
      .on(table.chatId, table.userId)
      .where(sql`read_pos is null`),
    index("notifications_message")
      .on(table.messageId)
      .where(sql`read_pos is null`),
    uniqueIndex("notifications_mention").on(table.mentionId),
    index("notifications_subject")
      .on(table.subjectId, table.userId)
      .where(sql`subject_id is not null and read_pos is null`),
    index("notifications_told")
      .on(table.readPos)
      .where(sql`read_pos is not null`),
  ],
);

export type NotificationRow = typeof notifications.$inferSelect;

/**
 * - `entered`: user `ref` is in the chat now.
 * - `unread`: the messages numbered `ref` to `last` are new to whoever has not read them.
 * - `called`: message `ref` calls somebody now. With 1 as `last` it called all when it was written, and so nobody was
 *   told of it otherwise.
 * - `uncalled`: message `ref` may call fewer than before.
 * - `emptied`: message `ref` is deleted.
 * - `read`: user `ref` has read on in the chat, or left it.
 */
export type JobKind = "entered" | "unread" | "called" | "uncalled" | "emptied" | "read";

/**
 * What is still to be done for the members of a chat, page by page. Each page and how far that is are one
 * transaction, so that a crash neither loses nor doubles any.
 */
export const notificationJobs = sqliteTable(
  "notification_jobs",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    chatId: integer("chat_id").notNull(),
    kind: text().$type<JobKind>().notNull(),
    /** What it is about: by its kind, see `JobKind`. */
    ref: integer().notNull(),
    last: integer().notNull(),
    /** The user or notification behind which the next page begins; 0 for the first one. */
    after: integer().notNull(),
  },
  (table) => [
    uniqueIndex("notification_jobs_what").on(table.chatId, table.kind, table.ref),
    index("notification_jobs_turn").on(table.chatId, table.id),
  ],
);
