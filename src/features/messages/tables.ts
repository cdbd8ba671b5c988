import { integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { ContentType, SystemFacts } from "./schema.ts";

export const messages = sqliteTable(
  "messages",
  {
    id: integer().primaryKey(),
    chatId: integer("chat_id").notNull(),
    seq: integer().notNull(),
    senderId: integer("sender_id").notNull(),
    clientId: text("client_id"),
    replyToId: integer("reply_to_id"),
    /** Empty once deleted. */
    content: text().notNull(),
    contentType: text("content_type").$type<ContentType>().notNull(),
    system: text({ mode: "json" }).$type<SystemFacts>(),
    createdAt: integer("created_at").notNull(),
    editedAt: integer("edited_at"),
    deletedBy: integer("deleted_by"),
  },
  (table) => [
    uniqueIndex("messages_chat_seq").on(table.chatId, table.seq),
    uniqueIndex("messages_client_id").on(table.senderId, table.clientId),
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
