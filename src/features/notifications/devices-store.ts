import { and, desc, eq, isNull, notInArray } from "drizzle-orm";

import type { Read, Tx } from "../../platform/db/database.ts";
import { sessions } from "../accounts/tables.ts";
import { deviceTokens } from "./tables.ts";

export type DeviceRow = typeof deviceTokens.$inferSelect;

export function findByToken(read: Read, token: string): Promise<DeviceRow | undefined> {
  return read.orm.select().from(deviceTokens).where(eq(deviceTokens.token, token)).get();
}

export function findDevice(read: Read, id: number): Promise<DeviceRow | undefined> {
  return read.orm.select().from(deviceTokens).where(eq(deviceTokens.id, id)).get();
}

export async function insertDevice(tx: Tx, row: Omit<DeviceRow, "id">): Promise<number> {
  return (await tx.orm.insert(deviceTokens).values(row).returning({ id: deviceTokens.id }).get())!.id;
}

export async function updateDevice(tx: Tx, id: number, change: Partial<DeviceRow>): Promise<void> {
  await tx.orm.update(deviceTokens).set(change).where(eq(deviceTokens.id, id));
}

export async function deleteDevice(tx: Tx, id: number): Promise<void> {
  await tx.orm.delete(deviceTokens).where(eq(deviceTokens.id, id));
}

/** All of a user but the `most` that were registered last. */
export async function deleteOldDevices(tx: Tx, userId: number, most: number): Promise<void> {
  const kept = tx.orm
    .select({ id: deviceTokens.id })
    .from(deviceTokens)
    .where(eq(deviceTokens.userId, userId))
    .orderBy(desc(deviceTokens.createdAt), desc(deviceTokens.id))
    .limit(most);
  await tx.orm
    .delete(deviceTokens)
    .where(and(eq(deviceTokens.userId, userId), notInArray(deviceTokens.id, kept)));
}

/** Those of a user whose sessions are over. */
export async function deleteEndedDevices(tx: Tx, userId: number): Promise<void> {
  const living = tx.orm
    .select({ id: sessions.id })
    .from(sessions)
    .where(and(eq(sessions.userId, userId), isNull(sessions.endedAt)));
  await tx.orm
    .delete(deviceTokens)
    .where(and(eq(deviceTokens.userId, userId), notInArray(deviceTokens.sessionId, living)));
}
