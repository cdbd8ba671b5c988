import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { ChannelName } from "../../platform/push/push.ts";
import type { Platform, PushContent } from "./schema.ts";

/** Phones and browsers that are pushed to, each as long as its session. */
export const deviceTokens = sqliteTable(
  "device_tokens",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    sessionId: integer("session_id").notNull(),
    channel: text().$type<ChannelName>().notNull().default("fcm"),
    /** What the push service knows it by: a registration token of FCM, the endpoint of a Web Push subscription. */
    token: text().notNull().unique(),
    platform: text().$type<Platform>(),
    /** Its keys, base64url, where it has given some: what is pushed to it is encrypted for them. */
    p256dh: text(),
    auth: text(),
    /** The number of unread messages that it was told last, which its app shows. */
    badge: integer().notNull().default(0),
    /** How often its push service has failed in a row, and when it may be asked again. */
    failures: integer().notNull().default(0),
    retryAt: integer("retry_at").notNull().default(0),
    /** When it was registered last. */
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("device_tokens_user").on(table.userId)],
);

/**
 * What devices are to be told of chats, and what they show of them (transactional outbox). One row for each device and
 * chat, because a device shows one thing of each. Chat 0 stands for the number on the app's icon alone.
 */
export const pushOutbox = sqliteTable(
  "push_outbox",
  {
    deviceId: integer("device_id").notNull(),
    chatId: integer("chat_id").notNull(),
    userId: integer("user_id").notNull(),
    channel: text().$type<ChannelName>().notNull(),
    /** The first and the last message it is to be told of; 0 for none. */
    firstId: integer("first_id").notNull().default(0),
    lastId: integer("last_id").notNull().default(0),
    /** The first mention, invitation or other notification that it is to be told of; 0 for none. */
    notificationId: integer("notification_id").notNull().default(0),
    /** When the last came of what it is to be told of. */
    lastAt: integer("last_at").notNull().default(0),
    /** From when on it may be told: somebody who is connected may read it by themselves. 0: there is nothing to tell. */
    showAt: integer("show_at").notNull().default(0),
    /** When it is to be looked at; null when there is nothing to do. */
    dueAt: integer("due_at"),
    /** The device's push service has failed lately: those wait in a line of their own. */
    isFailing: integer("is_failing", { mode: "boolean" }).notNull().default(false),
    /** Changes whenever something new is to be told or looked at: what was decided meanwhile may be out of date. */
    revision: integer().notNull().default(0),
    /** What it shows: the newest message, or the notification; 0 for none. */
    shownId: integer("shown_id").notNull().default(0),
    shownNotificationId: integer("shown_notification_id").notNull().default(0),
    /** A browser shows something that is read or gone: it is closed with the next push. */
    isGone: integer("is_gone", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [
    primaryKey({ columns: [table.deviceId, table.chatId] }),
    index("push_outbox_due")
      .on(table.channel, table.isFailing, table.dueAt)
      .where(sql`due_at is not null`),
    index("push_outbox_old")
      .on(table.lastAt)
      .where(sql`show_at > 0`),
    index("push_outbox_gone")
      .on(table.deviceId)
      .where(sql`is_gone`),
    index("push_outbox_user").on(table.userId, table.chatId),
    index("push_outbox_chat").on(table.chatId, table.deviceId),
  ],
);

/** What people want of push; whoever has set nothing has no row. */
export const pushSettings = sqliteTable("push_settings", {
  userId: integer("user_id").primaryKey(),
  content: text().$type<PushContent>().notNull(),
  doNotDisturbUntil: integer("do_not_disturb_until"),
  /** Quiet hours of each day, as `HH:MM` on the clock of `timeZone`; all three or none. */
  quietFrom: text("quiet_from"),
  quietTo: text("quiet_to"),
  /** A name of the IANA time zone database. */
  timeZone: text("time_zone"),
});
