import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { NotifyLevel, Role } from "./members/schema.ts";
import type { ContentType, SystemFacts } from "./messages/schema.ts";

export const chats = sqliteTable(
  "chats",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    chatType: text("chat_type").$type<"direct" | "group">().notNull(),
    /** `low:high` user ids of a direct chat: one chat per pair. */
    directKey: text("direct_key").unique(),
    /**
     * Of a direct chat: its maker, until the other person has written or marked it read. Till then the maker is shown
     * no presence by it.
     */
    strangerId: integer("stranger_id"),
    name: text(),
    description: text(),
    avatarUrl: text("avatar_url"),
    isActive: integer("is_active", { mode: "boolean" }).notNull().default(true),
    createdAt: integer("created_at").notNull(),
    memberCount: integer("member_count").notNull().default(0),
    /** The number of its last message; they count from 1 without a gap. */
    seq: integer().notNull().default(0),
    /** How many of them people wrote: what the chat itself says is never unread. */
    messageCount: integer("message_count").notNull().default(0),
    /** The newest message that was deleted, 0 for none: whoever has read it has nothing to leave out of what is unread. */
    lastDeletedId: integer("last_deleted_id").notNull().default(0),
    /**
     * Where the journal was when something was last said or the chat was made: no two chats are alike in it, because
     * each time something is recorded, too. Not a time: a clock may have been wrong.
     */
    activePos: integer("active_pos").notNull().default(0),
    /** Where the journal tells how far its members have come; 0 for nowhere. */
    statusPos: integer("status_pos").notNull().default(0),
    /** Somebody has come further than has been told: a server that is cut off tells it after its next start. */
    isStatusDue: integer("is_status_due", { mode: "boolean" }).notNull().default(false),
    /** Of an encrypted chat: its epoch, 0 before the first one. Null in a plain one. */
    encryptionEpoch: integer("encryption_epoch"),
  },
  (table) => [
    index("chats_avatar")
      .on(table.avatarUrl)
      .where(sql`avatar_url is not null`),
    index("chats_status_due")
      .on(table.id)
      .where(sql`is_status_due`),
  ],
);

export const members = sqliteTable(
  "members",
  {
    /** Never given out again: somebody who comes back is a new member. */
    id: integer().primaryKey({ autoIncrement: true }),
    chatId: integer("chat_id").notNull(),
    userId: integer("user_id").notNull(),
    role: text().$type<Role>().notNull(),
    joinedAt: integer("joined_at").notNull(),
    /** The journal's position when they joined: what happened up to it is not theirs to hear. */
    joinedPos: integer("joined_pos").notNull(),
    /** The chat's last message when they joined; 0 for none. */
    joinedAfterId: integer("joined_after_id").notNull().default(0),
    /** Who put them there; null when they came by themselves. */
    addedBy: integer("added_by"),
    nickname: text(),
    /** What they want to be told of what is new there. */
    notify: text().$type<NotifyLevel>().notNull().default("all"),
    /** The last message they have read, and received: 0 for none, read <= delivered. Ids rise with `seq`. */
    lastReadId: integer("last_read_id").notNull().default(0),
    lastDeliveredId: integer("last_delivered_id").notNull().default(0),
    /** The chat's `messageCount` as of `lastReadId`: what it has grown by since is unread. */
    readCount: integer("read_count").notNull().default(0),
    /** How many messages behind `lastReadId` they wrote themselves: those are unread for nobody but others. */
    ownUnread: integer("own_unread").notNull().default(0),
    /** Where the journal tells their own devices how far they have read; 0 for nowhere. */
    readPos: integer("read_pos").notNull().default(0),
    /** Where the journal tells the chat what they are called and look like; 0 for nowhere. */
    userPos: integer("user_pos").notNull().default(0),
  },
  (table) => [
    uniqueIndex("members_chat_user").on(table.chatId, table.userId),
    index("members_user").on(table.userId),
  ],
);

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
    /** Empty once deleted, but for what deletes it in an encrypted chat. */
    content: text().notNull(),
    contentType: text("content_type").$type<ContentType>().notNull(),
    /** `content` is a JWE: of the message, and once deleted of what deletes it. */
    encrypted: integer({ mode: "boolean" }).notNull().default(false),
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
