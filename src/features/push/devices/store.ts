import { and, asc, desc, eq, notInArray, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { deviceTokens, pushOutbox } from "../tables.ts";

export type DeviceRow = typeof deviceTokens.$inferSelect;

const byToken = (orm: ReadOrm) =>
  orm
    .select()
    .from(deviceTokens)
    .where(eq(deviceTokens.token, sql.placeholder("token")));

const byId = (orm: ReadOrm) =>
  orm
    .select()
    .from(deviceTokens)
    .where(eq(deviceTokens.id, sql.placeholder("id")));

const insert = (orm: WriteOrm) =>
  orm.insert(deviceTokens).values({
    userId: sql.placeholder("userId"),
    sessionId: sql.placeholder("sessionId"),
    channel: sql.placeholder("channel"),
    token: sql.placeholder("token"),
    platform: sql.placeholder("platform"),
    p256dh: sql.placeholder("p256dh"),
    auth: sql.placeholder("auth"),
    createdAt: sql.placeholder("createdAt"),
  });

const update = (orm: WriteOrm) =>
  orm
    .update(deviceTokens)
    .set({
      sessionId: sql`${sql.placeholder("sessionId")}`,
      platform: sql`${sql.placeholder("platform")}`,
      p256dh: sql`${sql.placeholder("p256dh")}`,
      auth: sql`${sql.placeholder("auth")}`,
      createdAt: sql`${sql.placeholder("createdAt")}`,
    })
    .where(eq(deviceTokens.id, sql.placeholder("id")));

const remove = (orm: WriteOrm) => orm.delete(deviceTokens).where(eq(deviceTokens.id, sql.placeholder("id")));

const ofUser = eq(deviceTokens.userId, sql.placeholder("userId"));

const removeOld = (orm: WriteOrm) => {
  const kept = orm
    .select({ id: deviceTokens.id })
    .from(deviceTokens)
    .where(ofUser)
    .orderBy(desc(deviceTokens.createdAt), desc(deviceTokens.id))
    .limit(sql.placeholder("most"));
  return orm.delete(deviceTokens).where(and(ofUser, notInArray(deviceTokens.id, kept)));
};

const removeOfOthers = (orm: WriteOrm) =>
  orm.delete(deviceTokens).where(and(ofUser, sql`not ${among(deviceTokens.sessionId, "sessionIds")}`));

const ofUsers = (orm: ReadOrm) =>
  orm.select().from(deviceTokens).where(among(deviceTokens.userId, "userIds")).orderBy(asc(deviceTokens.id));

const byIds = (orm: ReadOrm) => orm.select().from(deviceTokens).where(among(deviceTokens.id, "ids"));

const any = (orm: ReadOrm) => orm.select({ id: deviceTokens.id }).from(deviceTokens).limit(1);

const badge = (orm: WriteOrm) =>
  orm
    .update(deviceTokens)
    .set({ badge: sql`${sql.placeholder("badge")}` })
    .where(eq(deviceTokens.id, sql.placeholder("id")));

const failed = (orm: WriteOrm) =>
  orm
    .update(deviceTokens)
    .set({
      failures: sql`${sql.placeholder("failures")}`,
      retryAt: sql`${sql.placeholder("retryAt")}`,
    })
    .where(eq(deviceTokens.id, sql.placeholder("id")));

/** What devices of a user that are there no more were to be told. */
const removeLeft = (orm: WriteOrm) => {
  const left = orm.select({ id: deviceTokens.id }).from(deviceTokens).where(ofUser);
  return orm
    .delete(pushOutbox)
    .where(and(eq(pushOutbox.userId, sql.placeholder("userId")), notInArray(pushOutbox.deviceId, left)));
};

/** Whether there are any at all. */
export async function hasDevices(read: Read): Promise<boolean> {
  return (await read.prepared(any).get()) !== undefined;
}

/** All devices of these people. */
export async function devicesOf(read: Read, userIds: Iterable<number>): Promise<DeviceRow[]> {
  return read.prepared(ofUsers).all({ userIds: toList(userIds) });
}

export function findDevices(read: Read, ids: Iterable<number>): Promise<DeviceRow[]> {
  return read.prepared(byIds).all({ ids: toList(ids) });
}

export function findByToken(read: Read, token: string): Promise<DeviceRow | undefined> {
  return read.prepared(byToken).get({ token });
}

export function findDevice(read: Read, id: number): Promise<DeviceRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** Answers its id. */
export async function insertDevice(
  tx: Tx,
  row: Omit<DeviceRow, "id" | "badge" | "failures" | "retryAt">,
): Promise<number> {
  return tx.insert(insert, row);
}

/** Its session, its platform, its keys and when it was registered are others. */
export async function updateDevice(
  tx: Tx,
  id: number,
  {
    sessionId,
    platform,
    p256dh,
    auth,
    createdAt,
  }: Pick<DeviceRow, "sessionId" | "platform" | "p256dh" | "auth" | "createdAt">,
): Promise<void> {
  await tx.prepared(update).run({ id, sessionId, platform, p256dh, auth, createdAt });
}

/** The number of unread messages that a device has been told. */
export async function setBadge(tx: Tx, id: number, count: number): Promise<void> {
  await tx.prepared(badge).run({ id, badge: count });
}

/** How often its push service has failed in a row, and when it may be asked again. */
export async function setFailures(
  tx: Tx,
  id: number,
  { failures, retryAt }: Pick<DeviceRow, "failures" | "retryAt">,
): Promise<void> {
  await tx.prepared(failed).run({ id, failures, retryAt });
}

/** Browsers punish pushes that show nothing. */
export function isBrowser({ channel, platform }: Pick<DeviceRow, "channel" | "platform">): boolean {
  return channel === "web_push" || platform === "web";
}

/** With what it was to be told. */
export async function deleteDevice(tx: Tx, { id, userId }: Pick<DeviceRow, "id" | "userId">): Promise<void> {
  await tx.prepared(remove).run({ id });
  await tx.prepared(removeLeft).run({ userId });
}

/** All of a user but the `most` that were registered last. */
export async function deleteOldDevices(tx: Tx, userId: number, most: number): Promise<void> {
  await tx.prepared(removeOld).run({ userId, most });
  await tx.prepared(removeLeft).run({ userId });
}

/** Those of a user that belong to none of these sessions. */
export async function deleteDevicesBut(tx: Tx, userId: number, sessionIds: number[]): Promise<void> {
  await tx.prepared(removeOfOthers).run({ userId, sessionIds: toList(sessionIds) });
  await tx.prepared(removeLeft).run({ userId });
}
