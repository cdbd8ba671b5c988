/** Notifications as they are made. */
import { and, eq, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { type NotificationRow, notifications } from "../tables.ts";

export type NewNotification = Omit<NotificationRow, "id" | "readPos">;

const ofMentions = (orm: ReadOrm) =>
  orm
    .select({ mentionId: notifications.mentionId })
    .from(notifications)
    .where(among(notifications.mentionId, "mentionIds"));

const invitation = (orm: ReadOrm) =>
  orm
    .select({ id: notifications.id })
    .from(notifications)
    .where(
      and(
        eq(notifications.chatId, sql.placeholder("chatId")),
        eq(notifications.userId, sql.placeholder("userId")),
        eq(notifications.type, "group_invite"),
        eq(notifications.messageId, sql.placeholder("messageId")),
      ),
    )
    .limit(1);

const insert = (orm: WriteOrm) =>
  orm.insert(notifications).values({
    userId: sql.placeholder("userId"),
    type: sql.placeholder("type"),
    chatId: sql.placeholder("chatId"),
    messageId: sql.placeholder("messageId"),
    mentionId: sql.placeholder("mentionId"),
    subjectId: sql.placeholder("subjectId"),
    byUserId: sql.placeholder("byUserId"),
    createdAt: sql.placeholder("createdAt"),
  });

/** Those of these mentions that there is a notification of. */
export async function notifiedAmong(read: Read, mentionIds: number[]): Promise<Set<number | null>> {
  if (mentionIds.length === 0) return new Set();
  const rows = await read.prepared(ofMentions).all({ mentionIds: toList(mentionIds) });
  return new Set(rows.map((row) => row.mentionId));
}

/** Whether somebody has been told that they joined a chat behind this message. */
export async function isInvited(
  read: Read,
  where: Pick<NotificationRow, "userId" | "chatId" | "messageId">,
): Promise<boolean> {
  return (await read.prepared(invitation).get({ ...where })) !== undefined;
}

export async function insertNotification(tx: Tx, row: NewNotification): Promise<NotificationRow> {
  return { ...row, id: await tx.insert(insert, row), readPos: null };
}
