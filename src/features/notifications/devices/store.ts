import { and, desc, eq, notInArray, sql } from "drizzle-orm";

import { among, toList } from "../../../platform/db/among.ts";
import type { Read, ReadOrm, Tx, WriteOrm } from "../../../platform/db/database.ts";
import { deviceTokens } from "../tables.ts";

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
    token: sql.placeholder("token"),
    platform: sql.placeholder("platform"),
    createdAt: sql.placeholder("createdAt"),
  });

const update = (orm: WriteOrm) =>
  orm
    .update(deviceTokens)
    .set({
      sessionId: sql`${sql.placeholder("sessionId")}`,
      platform: sql`${sql.placeholder("platform")}`,
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

export function findByToken(read: Read, token: string): Promise<DeviceRow | undefined> {
  return read.prepared(byToken).get({ token });
}

export function findDevice(read: Read, id: number): Promise<DeviceRow | undefined> {
  return read.prepared(byId).get({ id });
}

/** Answers its id. */
export async function insertDevice(tx: Tx, row: Omit<DeviceRow, "id">): Promise<number> {
  return tx.insert(insert, row);
}

/** Its session, its platform and when it was registered are others. */
export async function updateDevice(
  tx: Tx,
  id: number,
  { sessionId, platform, createdAt }: Pick<DeviceRow, "sessionId" | "platform" | "createdAt">,
): Promise<void> {
  await tx.prepared(update).run({ id, sessionId, platform, createdAt });
}

export async function deleteDevice(tx: Tx, id: number): Promise<void> {
  await tx.prepared(remove).run({ id });
}

/** All of a user but the `most` that were registered last. */
export async function deleteOldDevices(tx: Tx, userId: number, most: number): Promise<void> {
  await tx.prepared(removeOld).run({ userId, most });
}

/** Those of a user that belong to none of these sessions. */
export async function deleteDevicesBut(tx: Tx, userId: number, sessionIds: number[]): Promise<void> {
  await tx.prepared(removeOfOthers).run({ userId, sessionIds: toList(sessionIds) });
}
