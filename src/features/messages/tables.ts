import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { ContentType, SystemFacts } from "./schema.ts";

export const messages = sqliteTable(
  "messages",
  {
    id: integer().primaryKey(),
    chatId: integer("chat_id").notNull(),
    seq: integer().notNull(),
    /** The chat's `messageCount` with this message. */
    messageCount: integer("message_count").notNull().default(0),
    senderId: integer("sender_id").notNull(),
    clientId: text("client_id"),
    replyToId: integer("reply_to_id"),
    /** Empty once deleted. */
    content: text().notNull(),
    contentType: text("content_type").$type<ContentType>().notNull(),
    system: text({ mode: "json" }).$type<SystemFacts>(),
    /** Ids of the members it names; null for none. */
    mentions: text({ mode: "json" }).$type<number[]>(),
    mentionsAll: integer("mentions_all", { mode: "boolean" }).notNull().default(false),
    /** How many files are in it: most messages have none, and need not ask. */
    mediaCount: integer("media_count").notNull().default(0),
    /** Its sender had something unread before it, so that their marker did not move past it. */
    ownUnread: integer("own_unread", { mode: "boolean" }).notNull().default(false),
    createdAt: integer("created_at").notNull(),
    editedAt: integer("edited_at"),
    deletedBy: integer("deleted_by"),
  },
  (table) => [
    uniqueIndex("messages_chat_seq").on(table.chatId, table.seq),
    uniqueIndex("messages_client_id").on(table.senderId, table.clientId),
    // What unread counts leave out: both are few.
    index("messages_own_unread")
      .on(table.chatId, table.id, table.senderId)
      .where(sql`own_unread`),
    index("messages_deleted")
      .on(table.chatId, table.id, table.senderId)
      .where(sql`deleted_by is not null`),
  ],
);

/** Edits that a client has named, so that a repeated one changes nothing. */
export const edits = sqliteTable(
  "edits",
  {
    senderId: integer("sender_id").notNull(),
    clientId: text("client_id").notNull(),
    messageId: integer("message_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.senderId, table.clientId] })],
);

/** That somebody was named, by name or as one of all. */
export const mentions = sqliteTable(
  "mentions",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    messageId: integer("message_id").notNull(),
    chatId: integer("chat_id").notNull(),
    userId: integer("user_id").notNull(),
    createdAt: integer("created_at").notNull(),
    /** The journal's position that tells that it was read; null until then. Reading the chat makes it read, too. */
    readPos: integer("read_pos"),
  },
  (table) => [
    uniqueIndex("mentions_message_user").on(table.messageId, table.userId),
    index("mentions_unread")
      .on(table.userId, table.chatId, table.messageId)
      .where(sql`read_pos is null`),
    index("mentions_told")
      .on(table.readPos)
      .where(sql`read_pos is not null`),
  ],
);
