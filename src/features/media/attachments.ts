/** Steps about files in messages, for the transactions of all features. */
import { invalid } from "../../core/errors.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { filesPerMessage, type Media } from "./schema.ts";
import * as store from "./store.ts";
import * as strays from "./strays-store.ts";
import { toMedia } from "./view.ts";

/**
 * The files of a message that is about to be written, which its sender has uploaded before and which wait for it.
 * Errors: `validation`, naming the one that is not such a file.
 */
export async function requireWaiting(read: Read, uploaderId: number, ids: number[]): Promise<Media[]> {
  if (ids.length === 0) return [];
  const found = new Map((await store.findItems(read, ids)).map((item) => [item.media.id, item]));
  const wrong = ids.findIndex((id, i) => {
    const item = found.get(id)?.media;
    return item?.uploaderId !== uploaderId || item.messageId !== null || ids.indexOf(id) !== i;
  });
  if (wrong >= 0) throw invalid(`media_ids.${wrong}`, "is no file of yours that waits for a message");
  return ids.map((id) => toMedia(found.get(id)!));
}

/** Puts files that wait into a message, in this order. */
export async function attach(
  tx: Tx,
  waiting: Media[],
  { id: messageId, chatId }: { id: number; chatId: number },
): Promise<Media[]> {
  for (const [position, { id }] of waiting.entries()) {
    await store.attach(tx, id, { messageId, chatId, position });
  }
  return waiting.map((one) => ({ ...one, message_id: messageId }));
}

/** Errors: `validation` when a message would have more files than it may. */
export function requireFew(count: number): void {
  if (count > filesPerMessage)
    throw invalid("files", `would make ${count} in one message, more than ${filesPerMessage}`);
}

/** The files of these messages, by message. */
export async function mediaOf(read: Read, messageIds: number[]): Promise<Map<number, Media[]>> {
  if (messageIds.length === 0) return new Map();
  const items = await store.findAttached(read, messageIds);
  const grouped = Map.groupBy(items, (item) => item.media.messageId!);
  return new Map([...grouped].map(([id, all]) => [id, all.map(toMedia)]));
}

/** Takes the files of a message away with it. */
export async function removeAttached(tx: Tx, messageId: number): Promise<void> {
  await removeItems(tx, await store.findAttached(tx, [messageId]));
}

/** Takes away what was sent, and the bytes that nobody else has sent, too: these go when the transaction is on disk. */
export async function removeItems(tx: Tx, items: store.Item[]): Promise<void> {
  if (items.length === 0) return;
  await store.deleteMedia(
    tx,
    items.map((item) => item.media.id),
  );
  for (const { media } of items)
    await store.addUsage(tx, media.uploaderId, { files: -1, bytes: -media.size });
  for (const file of new Map(items.map(({ file }) => [file.id, file])).values()) {
    if (await store.isUsed(tx, file.id)) continue;
    await store.deleteFile(tx, file.id);
    await store.addUsage(tx, store.everybody, { files: -1, bytes: -file.size });
    await strays.insert(tx, [file.key, ...(file.thumbnailKey === null ? [] : [file.thumbnailKey])], true);
  }
}
