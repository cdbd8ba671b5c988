import { and, desc, eq, getTableColumns, gte, isNull, lt, ne, sql } from "drizzle-orm";

import {
  among,
  entries,
  pairFirst,
  pairSecond,
  toList,
  toTriples,
  tripleThird,
} from "../../../platform/db/among.ts";
import type { Read, ReadOrm } from "../../../platform/db/database.ts";
import { type NotificationRow, notifications } from "../tables.ts";

const byIds = (orm: ReadOrm) =>
  orm.select().from(notifications).where(among(notifications.id, "ids")).orderBy(desc(notifications.id));

const page = (orm: ReadOrm) =>
  orm
    .select()
    .from(notifications)
    .where(
      and(
        eq(notifications.userId, sql.placeholder("userId")),
        lt(notifications.id, sql.placeholder("before")),
      ),
    )
    .orderBy(desc(notifications.id))
    .limit(sql.placeholder("limit"));

/** Not by the index of all notifications, because of somebody's few are unread. */
const unindexedId = sql`${notifications.id} + 0`;

const unmarked = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        eq(notifications.userId, sql.placeholder("userId")),
        isNull(notifications.readPos),
        lt(unindexedId, sql.placeholder("before")),
      ),
    )
    .orderBy(desc(unindexedId));

const since = (orm: ReadOrm) =>
  orm
    .select(getTableColumns(notifications))
    .from(entries("of"))
    .innerJoin(
      notifications,
      and(
        eq(notifications.userId, pairFirst),
        eq(notifications.chatId, pairSecond),
        gte(notifications.id, tripleThird),
        isNull(notifications.readPos),
        ne(notifications.type, "message"),
      ),
    )
    .orderBy(desc(notifications.id));

/** Newest first. */
export function findByIds(read: Read, ids: Iterable<number>): Promise<NotificationRow[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

/** Of somebody, those with ids before `before`, newest first. */
export function pageOfNotifications(
  read: Read,
  userId: number,
  where: { before: number; limit: number },
): Promise<NotificationRow[]> {
  return read.prepared(page).all({ userId, ...where });
}

/** Of somebody, those that are not marked as read, with ids before `before`, newest first. */
export async function unmarkedIds(read: Read, userId: number, before: number): Promise<number[]> {
  return (await read.prepared(unmarked).all({ userId, before })).map((row) => row.id);
}

/** Somebody's in a chat, from an id on. */
export type Since = Pick<NotificationRow, "userId" | "chatId" | "id">;

/** Those that are not marked as read, without those that only say that something is unread; newest first. */
export function unmarkedSince(read: Read, of: Since[]): Promise<NotificationRow[]> {
  const triples = of.map(({ userId, chatId, id }): [number, number, number] => [userId, chatId, id]);
  return read.prepared(since).all({ of: toTriples(triples) });
}
