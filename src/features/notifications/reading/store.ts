/** What has been marked as read and what has not. */
import { and, asc, eq, gt, isNotNull, isNull, lte, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { type NotificationRow, notifications } from "../tables.ts";

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(notifications)
    .where(eq(notifications.id, sql.placeholder("id")));

const byMention = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(eq(notifications.mentionId, sql.placeholder("mentionId")));

/** Of somebody, and not marked as read. */
const unmarked = and(eq(notifications.userId, sql.placeholder("userId")), isNull(notifications.readPos));
const unmarkedThere = and(unmarked, eq(notifications.chatId, sql.placeholder("chatId")));

const some = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id, mentionId: notifications.mentionId })
    .from(notifications)
    .where(unmarked)
    .limit(sql.placeholder("limit"));

const upToMessage = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(and(unmarkedThere, lte(notifications.messageId, sql.placeholder("upTo"))));

const aboutSubjects = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        unmarkedThere,
        isNotNull(notifications.subjectId),
        lte(notifications.messageId, sql.placeholder("upTo")),
      ),
    )
    .orderBy(asc(notifications.id))
    .limit(sql.placeholder("limit"));

const ofMessagesBehind = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        unmarkedThere,
        eq(notifications.type, "message"),
        gt(notifications.messageId, sql.placeholder("upTo")),
      ),
    );

const aboutMessage = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id, userId: notifications.userId, mentionId: notifications.mentionId })
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

const ofType = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        unmarked,
        eq(notifications.subjectId, sql.placeholder("messageId")),
        eq(notifications.type, sql.placeholder("type")),
        sql`${sql.placeholder("byUserId")} in (0, ${notifications.byUserId})`,
      ),
    )
    .limit(sql.placeholder("limit"));

const setRead = (orm: WriteOrm) =>
  orm
    .update(notifications)
    .set({ readPos: sql`${sql.placeholder("pos")}` })
    .where(among(notifications.id, "ids"));

const markedAt = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id, mentionId: notifications.mentionId, pos: notifications.readPos })
    .from(notifications)
    .where(among(notifications.readPos, "positions"));

const marked = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(lte(notifications.readPos, sql.placeholder("upTo")))
    .limit(sql.placeholder("limit"));

const remove = (orm: WriteOrm) => orm.delete(notifications).where(among(notifications.id, "ids"));

export function findNotification(read: Read, id: number): Promise<NotificationRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** The notification of a mention. */
export function findOfMention(
  read: Read,
  mentionId: number,
): Promise<Pick<NotificationRow, "id"> | undefined> {
  return read.prepared(byMention).get({ mentionId });
}

/** Some of somebody's that are not marked as read. */
export function someUnread(
  read: Read,
  userId: number,
  limit: number,
): Promise<Pick<NotificationRow, "id" | "mentionId">[]> {
  return read.prepared(some).all({ userId, limit });
}

/** What somebody has in a chat, up to a message. */
export interface UpTo {
  userId: number;
  chatId: number;
  upTo: number;
}

/** What is not marked as read of it. */
export async function unreadUpTo(read: Read, where: UpTo): Promise<number[]> {
  return (await read.prepared(upToMessage).all({ ...where })).map((row) => row.id);
}

/** Of it some that are of custom types. */
export async function someAboutSubjects(read: Read, where: UpTo, limit: number): Promise<number[]> {
  return (await read.prepared(aboutSubjects).all({ ...where, limit })).map((row) => row.id);
}

/** Those that tell of messages, of which the first is behind `upTo`. */
export async function toldBehind(read: Read, where: UpTo): Promise<number[]> {
  return (await read.prepared(ofMessagesBehind).all({ ...where })).map((row) => row.id);
}

/** Unread ones about mentions in a message, behind the notification `after`. */
export function pageOfMentions(
  read: Read,
  messageId: number,
  page: { after: number; limit: number },
): Promise<Pick<NotificationRow, "id" | "userId" | "mentionId">[]> {
  return read.prepared(aboutMessage).all({ messageId, ...page });
}

/** Some of somebody's unread ones of one type about a message, and by one person if one is given. */
export async function unreadAbout(
  read: Read,
  about: Pick<NotificationRow, "userId" | "type"> & { messageId: number; byUserId?: number },
  limit: number,
): Promise<number[]> {
  const rows = await read.prepared(ofType).all({ byUserId: 0, ...about, limit });
  return rows.map((row) => row.id);
}

/** Those that were marked as read at these positions of the journal. */
export function findReadAt(
  read: Read,
  positions: Iterable<number>,
): Promise<{ id: number; mentionId: number | null; pos: number | null }[]> {
  return read.prepared(markedAt).all({ positions: toList(positions) });
}

/** Marks them as read: the journal tells of it at this position. */
export async function setReadAt(tx: Tx, ids: Iterable<number>, pos: number): Promise<void> {
  await tx.prepared(setRead).run({ ids: toList(ids), pos });
}

/** Deletes some of those that were marked up to this position. Answers how many. */
export async function deleteRead(tx: Tx, upTo: number, limit: number): Promise<number> {
  const rows = await tx.prepared(marked).all({ upTo, limit });
  if (rows.length > 0) await tx.prepared(remove).run({ ids: toList(rows.map((row) => row.id)) });
  return rows.length;
}
