/** What is written into the outbox. */
import { and, asc, eq, gt, or, type SQL, sql } from "drizzle-orm";

import { amongPairs, toPairs } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { pushOutbox } from "../tables.ts";

export type OutboxRow = typeof pushOutbox.$inferSelect;

/** The row of a device and chat to which something is added. */
const key = [pushOutbox.deviceId, pushOutbox.chatId];
const { showAt, firstId, lastId, notificationId, dueAt, revision } = pushOutbox;

const tellOne = (orm: WriteOrm) =>
  orm
    .insert(pushOutbox)
    .values({
      deviceId: sql.placeholder("deviceId"),
      chatId: sql.placeholder("chatId"),
      userId: sql.placeholder("userId"),
      channel: sql.placeholder("channel"),
      firstId: sql.placeholder("firstId"),
      lastId: sql.placeholder("lastId"),
      notificationId: sql.placeholder("notificationId"),
      lastAt: sql.placeholder("now"),
      showAt: sql.placeholder("showAt"),
      dueAt: sql.placeholder("showAt"),
    })
    .onConflictDoUpdate({
      target: key,
      set: {
        firstId: sql`case when ${firstId} = 0 then excluded.first_id else ${firstId} end`,
        lastId: sql`case when excluded.last_id > ${lastId} then excluded.last_id else ${lastId} end`,
        notificationId: sql`case when ${notificationId} = 0 then excluded.notification_id else ${notificationId} end`,
        lastAt: sql`excluded.last_at`,
        showAt: sql`case when ${showAt} = 0 or ${showAt} > excluded.show_at then excluded.show_at else ${showAt} end`,
        dueAt: sql`case when ${dueAt} is null or ${dueAt} > excluded.due_at then excluded.due_at else ${dueAt} end`,
        revision: sql`${revision} + 1`,
      },
    });

const isShown = or(gt(pushOutbox.shownId, 0), gt(pushOutbox.shownNotificationId, 0));

/** What is only to be told stays until it is due; a push that is under way is seen to be out of date. */
const lookAt = (where: SQL | undefined) => (orm: WriteOrm) =>
  orm
    .update(pushOutbox)
    .set({
      dueAt: sql`case when ${dueAt} is null or (${dueAt} > ${sql.placeholder("at")} and ${isShown})
        then ${sql.placeholder("at")} else ${dueAt} end`,
      revision: sql`${revision} + 1`,
    })
    .where(and(where, or(gt(showAt, 0), isShown)));

const thatUser = eq(pushOutbox.userId, sql.placeholder("userId"));
const ofUser = lookAt(thatUser);
const ofUserInChat = lookAt(and(thatUser, eq(pushOutbox.chatId, sql.placeholder("chatId"))));
const ofRows = lookAt(amongPairs(pushOutbox.deviceId, pushOutbox.chatId, "pairs"));

const about = (orm: ReadOrm) =>
  orm
    .select({
      deviceId: pushOutbox.deviceId,
      isAbout: sql<number>`${pushOutbox.shownId} = ${sql.placeholder("messageId")} or ${lastId} >= ${sql.placeholder("messageId")}
        or ${pushOutbox.shownNotificationId} > 0`,
    })
    .from(pushOutbox)
    .where(
      and(
        eq(pushOutbox.chatId, sql.placeholder("chatId")),
        gt(pushOutbox.deviceId, sql.placeholder("after")),
      ),
    )
    .orderBy(asc(pushOutbox.deviceId))
    .limit(sql.placeholder("limit"));

const badge = (orm: WriteOrm) =>
  orm
    .insert(pushOutbox)
    .values({
      deviceId: sql.placeholder("deviceId"),
      chatId: 0,
      userId: sql.placeholder("userId"),
      channel: sql.placeholder("channel"),
      dueAt: sql.placeholder("at"),
    })
    .onConflictDoUpdate({
      target: key,
      set: { dueAt: sql`coalesce(${dueAt}, excluded.due_at)`, revision: sql`${revision} + 1` },
    });

type Told = Pick<
  OutboxRow,
  "deviceId" | "chatId" | "userId" | "channel" | "firstId" | "lastId" | "notificationId" | "showAt"
> & { now: number };

/** A device is to be told this of a chat as well, from `showAt` on. */
export async function tell(tx: Tx, news: Told): Promise<void> {
  await tx.prepared(tellOne).run({ ...news });
}

/** What somebody's devices show of a chat (0: of all) is to be looked at. */
export async function lookAtUser(
  tx: Tx,
  { chatId, ...where }: { userId: number; chatId: number; at: number },
): Promise<void> {
  if (chatId === 0) await tx.prepared(ofUser).run(where);
  else await tx.prepared(ofUserInChat).run({ ...where, chatId });
}

/**
 * The devices, behind the one `after`, that have anything to do with a chat, and whether they show or may be told a message
 * of it.
 */
export async function pageAbout(
  read: Read,
  message: { chatId: number; messageId: number },
  page: { after: number; limit: number },
): Promise<{ deviceId: number; isAbout: boolean }[]> {
  const rows = await read.prepared(about).all({ ...message, ...page });
  return rows.map(({ deviceId, isAbout }) => ({ deviceId, isAbout: isAbout === 1 }));
}

/** What these devices show of a chat is to be looked at. */
export async function lookAtDevices(
  tx: Tx,
  { chatId, deviceIds, at }: { chatId: number; deviceIds: number[]; at: number },
): Promise<void> {
  if (deviceIds.length === 0) return;
  await tx.prepared(ofRows).run({ pairs: toPairs(deviceIds.map((one) => [one, chatId])), at });
}

/** The number that a device shows is to be looked at. */
export async function lookAtBadge(
  tx: Tx,
  row: Pick<OutboxRow, "deviceId" | "userId" | "channel"> & { at: number },
): Promise<void> {
  await tx.prepared(badge).run({ ...row });
}
