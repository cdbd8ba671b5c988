/** Steps about how far everybody has received and read: two markers per member, never a row per message. */
import type { Read, Tx } from "../../platform/db/database.ts";
import * as store from "./store.ts";

export type { Markers } from "./store.ts";

/** How far one member has come; undefined when they are not in the chat. */
export function markersOf(read: Read, chatId: number, userId: number): Promise<store.Markers | undefined> {
  return store.findMarkers(read, chatId, userId);
}

/** How many members and messages a chat has. */
export function sizeOf(read: Read, chatId: number): Promise<{ memberCount: number; messageCount: number }> {
  return store.findSize(read, chatId);
}

export function setMarkers(tx: Tx, chatId: number, userId: number, markers: store.Markers): Promise<void> {
  return store.updateMarkers(tx, chatId, userId, markers);
}

/** Who writes has read what is there; the message's own event says so. */
export function moveToOwn(
  tx: Tx,
  own: { chatId: number; userId: number; messageId: number; messageCount: number },
): Promise<void> {
  return store.moveToOwn(tx, own);
}

/** The two members of a chat who are furthest behind, in case one of them wrote the message in question. */
export interface Progress {
  read: { userId: number; id: number }[];
  delivered: { userId: number; id: number }[];
}

/** By chat. */
export async function progressIn(read: Read, chatIds: Iterable<number>): Promise<Map<number, Progress>> {
  const found = new Map<number, Progress>();
  for (const chatId of new Set(chatIds)) found.set(chatId, await store.findFurthestBehind(read, chatId));
  return found;
}

/** What has become of a message, over all members but its sender; `sent` while there are no others. */
export function statusOf(
  message: { id: number; senderId: number },
  progress: Progress | undefined,
): "sent" | "delivered" | "read" {
  const haveAll = (behind: Progress["read"] = []) => {
    const last = behind.find((one) => one.userId !== message.senderId);
    return last !== undefined && last.id >= message.id;
  };
  return haveAll(progress?.read) ? "read" : haveAll(progress?.delivered) ? "delivered" : "sent";
}

/** Those who were there when a message was written and have received it, without its sender. */
export async function receiversOf(read: Read, message: { id: number; chatId: number; senderId: number }) {
  const rows = await store.findReceivers(read, message.chatId, message.id);
  return rows.filter((row) => row.userId !== message.senderId);
}
