/** Steps about how far everybody has received and read: two markers per member, never a row per message. */
import type { Read, Tx } from "../../platform/db/database.ts";
import * as store from "./markers-store.ts";

export type { Markers, Progress } from "./markers-store.ts";

/** How far one member has come; undefined when they are not in the chat. */
export function markersOf(read: Read, chatId: number, userId: number): Promise<store.Markers | undefined> {
  return store.findMarkers(read, chatId, userId);
}

/** How many members and messages a chat has, which was deleted last, how markers are told, and who is a stranger. */
export function sizeOf(read: Read, chatId: number) {
  return store.findSize(read, chatId);
}

/** Those of `chatIds` that have more than `most` members. */
export async function largeAmong(read: Read, chatIds: number[], most: number): Promise<Set<number>> {
  const large = new Set<number>();
  for (const id of chatIds) if ((await store.findSize(read, id)).memberCount > most) large.add(id);
  return large;
}

/** As clients are told of them; null for nothing yet. */
export function toMarkers({
  lastReadId,
  lastDeliveredId,
}: Pick<store.Progress, "lastReadId" | "lastDeliveredId">) {
  return {
    last_read_message_id: lastReadId || null,
    last_delivered_message_id: lastDeliveredId || null,
  };
}

export function setMarkers(tx: Tx, chatId: number, userId: number, markers: store.Markers): Promise<void> {
  return store.updateMarkers(tx, chatId, userId, markers);
}

/** The same without where the journal tells of them: all that changes when somebody writes. */
export function setProgress(tx: Tx, chatId: number, userId: number, progress: store.Progress): Promise<void> {
  return store.updateProgress(tx, chatId, userId, progress);
}

/** A message is deleted, and unread for nobody any more. */
export function markDeleted(tx: Tx, chatId: number, messageId: number): Promise<void> {
  return store.markDeleted(tx, chatId, messageId);
}

/** How far all who have received anything have come, by id. */
export function progressIn(read: Read, chatId: number) {
  return store.findProgress(read, chatId);
}

/** It is left to tell a chat how far somebody has come; a server that is cut off finds it among `chatsToTell`. */
export function leaveToTell(tx: Tx, chatId: number): Promise<void> {
  return store.markStatusDue(tx, chatId);
}

export function chatsToTell(read: Read): Promise<number[]> {
  return store.findStatusDue(read);
}

/** All is told, at `pos` of the journal. */
export function markTold(tx: Tx, chatId: number, pos: number): Promise<void> {
  return store.markStatusTold(tx, chatId, pos);
}

/**
 * What has become of a message, over all members but its sender whose account is open; where nobody else is left, over
 * the others. `sent` while there are no others.
 */
export type Status = "sent" | "delivered" | "read";

interface Sent {
  id: number;
  chatId: number;
  senderId: number;
}

/** By the messages' ids. */
export async function statusesOf(read: Read, messages: readonly Sent[]): Promise<Map<number, Status>> {
  const statuses = new Map<number, Status>();
  for (const [chatId, some] of Map.groupBy(messages, (one) => one.chatId)) {
    if (some.length === 1) statuses.set(some[0]!.id, await statusOfOne(read, some[0]!));
    else {
      const open = await store.findFurthestBehind(read, chatId, "open");
      const isLeft = some.every((one) => open.read.some((other) => other.userId !== one.senderId));
      const all = isLeft ? open : await store.findFurthestBehind(read, chatId, "all");
      for (const one of some) statuses.set(one.id, statusOf(one, open) ?? statusOf(one, all) ?? "sent");
    }
  }
  return statuses;
}

/** The first member who is behind decides; all are looked at only where nobody is. */
async function statusOfOne(read: Read, message: Sent): Promise<Status> {
  if (await store.hasLaggard(read, "delivered", message, "open")) return "sent";
  const anybody = { ...message, id: Number.MAX_SAFE_INTEGER };
  if (await store.hasLaggard(read, "read", anybody, "open")) {
    return (await store.hasLaggard(read, "read", message, "open")) ? "delivered" : "read";
  }
  if (await store.hasLaggard(read, "delivered", message, "all")) return "sent";
  if (!(await store.hasLaggard(read, "read", anybody, "all"))) return "sent";
  return (await store.hasLaggard(read, "read", message, "all")) ? "delivered" : "read";
}

/** `progress`: the two members who are furthest behind, in case one of them wrote it; undefined for no others. */
function statusOf(
  message: Sent,
  progress: Record<"read" | "delivered", { userId: number; id: number }[]>,
): Status | undefined {
  const furthestBehind = (marker: "read" | "delivered") =>
    progress[marker].find((one) => one.userId !== message.senderId)?.id;
  const [read, delivered] = [furthestBehind("read"), furthestBehind("delivered")];
  if (read === undefined || delivered === undefined) return undefined;
  return read >= message.id ? "read" : delivered >= message.id ? "delivered" : "sent";
}

/** Those who were there when a message was written and have received it, without its sender. */
export async function receiversOf(read: Read, message: { id: number; chatId: number; senderId: number }) {
  const rows = await store.findReceivers(read, message.chatId, message.id);
  return rows.filter((row) => row.userId !== message.senderId);
}
