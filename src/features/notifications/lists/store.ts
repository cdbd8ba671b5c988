import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
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
