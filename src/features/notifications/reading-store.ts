/** What has been read and what has not, by the items' own flags. */
import { and, asc, eq, gt, inArray, isNull, lte, sql } from "drizzle-orm";

import type { Read, ReadOrm, Tx, WriteOrm } from "../../platform/db/database.ts";
import { mentions } from "../messages/tables.ts";
import type { NotificationRow } from "./store.ts";
import { notifications } from "./tables.ts";

/** Of somebody, about one chat, and not marked as read. */
const unreadThere = and(
  eq(notifications.userId, sql.placeholder("userId")),
  eq(notifications.chatId, sql.placeholder("chatId")),
  isNull(notifications.readPos),
);

const unreadIn = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id, messageId: notifications.messageId })
    .from(notifications)
    .where(and(unreadThere, lte(notifications.messageId, sql.placeholder("upTo"))));

const toldBehind = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        unreadThere,
        eq(notifications.type, "message"),
        gt(notifications.messageId, sql.placeholder("upTo")),
      ),
    );

const unreadMentionsIn = (orm: ReadOrm) =>
  orm
    .select({ id: mentions.id, messageId: mentions.messageId })
    .from(mentions)
    .where(
      and(
        eq(mentions.userId, sql.placeholder("userId")),
        eq(mentions.chatId, sql.placeholder("chatId")),
        isNull(mentions.readPos),
        lte(mentions.messageId, sql.placeholder("upTo")),
      ),
    )
    .orderBy(asc(mentions.messageId))
    .limit(sql.placeholder("limit"));

const aboutMessage = (orm: ReadOrm) => {
  const mention = orm
    .select({ one: sql`1` })
    .from(mentions)
    .where(eq(mentions.id, notifications.mentionId));
  return orm
    .select({
      id: notifications.id,
      userId: notifications.userId,
      mentionId: notifications.mentionId,
      isGone: sql<number>`not exists ${mention}`,
    })
    .from(notifications)
    .where(
      and(
        eq(notifications.messageId, sql.placeholder("messageId")),
        isNull(notifications.readPos),
        eq(notifications.type, "mention"),
        gt(notifications.id, sql.placeholder("after")),
      ),
    )
    .orderBy(asc(notifications.id))
    .limit(sql.placeholder("limit"));
};

const setRead = (orm: WriteOrm) =>
  orm
    .update(notifications)
    .set({ readPos: sql`${sql.placeholder("pos")}` })
    .where(eq(notifications.id, sql.placeholder("id")));

const setMentionRead = (orm: WriteOrm) =>
  orm
    .update(mentions)
    .set({ readPos: sql`${sql.placeholder("pos")}` })
    .where(eq(mentions.id, sql.placeholder("id")));

const anyUnreadIn = (orm: ReadOrm) =>
  orm.select({ id: notifications.id }).from(notifications).where(unreadThere).limit(1);

/** Whether somebody has a notification of a chat that is not marked as read. Mentions that are not have one. */
export async function hasUnread(
  read: Read,
  { chatId, userId }: { chatId: number; userId: number },
): Promise<boolean> {
  return (await read.prepared(anyUnreadIn).get({ chatId, userId })) !== undefined;
}

/** What somebody has in a chat, up to a message, that is not marked as read. */
export interface UnreadUpTo {
  userId: number;
  chatId: number;
  upTo: number;
}

export function findUnread(read: Read, where: UnreadUpTo) {
  return read.prepared(unreadIn).all({ ...where });
}

/** That a chat has something unread, where what that began with is behind `upTo`. */
export function findToldBehind(read: Read, where: UnreadUpTo) {
  return read.prepared(toldBehind).all({ ...where });
}

/** Oldest message first. */
export function findUnreadMentions(read: Read, where: UnreadUpTo, limit: number) {
  return read.prepared(unreadMentionsIn).all({ ...where, limit });
}

/** Unread ones about mentions in a message, after the notification `after`; `isGone`: nobody is called any more. */
export function pageAboutMessage(read: Read, messageId: number, after: number, limit: number) {
  return read.prepared(aboutMessage).all({ messageId, after, limit });
}

export async function markRead(
  tx: Tx,
  pos: number,
  notificationIds: number[],
  mentionIds: number[],
): Promise<void> {
  for (const id of notificationIds) await tx.prepared(setRead).run({ id, pos });
  for (const id of mentionIds) await tx.prepared(setMentionRead).run({ id, pos });
}

/** What was marked as read at these positions. */
export async function findReadAt(read: Read, positions: number[]) {
  return {
    notifications: await read.orm
      .select({ id: notifications.id, mentionId: notifications.mentionId, pos: notifications.readPos })
      .from(notifications)
      .where(inArray(notifications.readPos, positions))
      .orderBy(asc(notifications.id)),
    mentions: await read.orm
      .select({ id: mentions.id, pos: mentions.readPos })
      .from(mentions)
      .where(inArray(mentions.readPos, positions))
      .orderBy(asc(mentions.id)),
  };
}

export function findNotification(read: Read, id: number): Promise<NotificationRow | undefined> {
  return read.orm.select().from(notifications).where(eq(notifications.id, id)).get();
}

export function findMentionById(read: Read, id: number) {
  return read.orm.select().from(mentions).where(eq(mentions.id, id)).get();
}

/** Some of what is not marked as read. */
export function someUnread(read: Read, userId: number, limit: number) {
  return read.orm
    .select({ id: notifications.id, mentionId: notifications.mentionId })
    .from(notifications)
    .where(and(eq(notifications.userId, userId), isNull(notifications.readPos)))
    .limit(limit);
}

export function someUnreadMentions(read: Read, userId: number, limit: number) {
  return read.orm
    .select({ id: mentions.id })
    .from(mentions)
    .where(and(eq(mentions.userId, userId), isNull(mentions.readPos)))
    .limit(limit);
}

/** Deletes some of what was marked as read up to this position; answers how many rows that were. */
export async function deleteRead(tx: Tx, upTo: number, limit: number): Promise<number> {
  const some = async (table: typeof notifications | typeof mentions) => {
    const rows = await tx.orm
      .select({ id: table.id })
      .from(table)
      .where(lte(table.readPos, upTo))
      .limit(limit);
    const ids = rows.map((row) => row.id);
    if (ids.length > 0) await tx.orm.delete(table).where(inArray(table.id, ids));
    return ids.length;
  };
  return Math.max(await some(notifications), await some(mentions));
}
