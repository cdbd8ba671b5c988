/** Steps about files in messages. */
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import {
  attachItem,
  filesPerMessage,
  findAttached,
  findItems,
  type Media,
  removeItems,
  toMedia,
} from "../../files/index.ts";

/**
 * The files of a message that is about to be written, which its sender has uploaded before and which wait for it.
 * Errors: `validation`, naming the one that is not such a file.
 */
export async function requireWaiting(read: Read, uploaderId: number, ids: number[]): Promise<Media[]> {
  if (ids.length === 0) return [];
  const found = new Map((await findItems(read, ids)).map((item) => [item.media.id, item]));
  return ids.map((id, i) => {
    const item = found.get(id);
    const isFirst = ids.indexOf(id) === i;
    if (!item || item.media.uploaderId !== uploaderId || item.media.messageId !== null || !isFirst) {
      throw invalid(`media_ids.${i}`, "is not a file of yours that still waits for its message");
    }
    return toMedia(item);
  });
}

/** Attaches files that wait to a message, in this order. */
export async function attach(
  tx: Tx,
  waiting: Media[],
  { id: messageId, chatId }: { id: number; chatId: number },
): Promise<Media[]> {
  for (const [position, { id }] of waiting.entries()) {
    await attachItem(tx, id, { messageId, chatId, position });
  }
  return waiting.map((one) => ({ ...one, message_id: messageId }));
}

/** Errors: `validation` when a message would have more files than it may. */
export function requireFew(count: number): void {
  if (count > filesPerMessage)
    throw invalid(
      "files",
      `would make ${count} files in one message; at most ${filesPerMessage} are allowed`,
    );
}

/** The files of these messages, by message. */
export async function mediaOf(read: Read, messageIds: number[]): Promise<Map<number, Media[]>> {
  const byMessage = new Map<number, Media[]>();
  if (messageIds.length === 0) return byMessage;
  for (const item of await findAttached(read, messageIds)) {
    const { messageId } = item.media;
    if (messageId === null) continue;
    const media = byMessage.get(messageId) ?? [];
    byMessage.set(messageId, media);
    media.push(toMedia(item));
  }
  return byMessage;
}

/** Removes the files of a message with it. */
export async function removeAttached(kit: Kit, tx: Tx, messageId: number): Promise<void> {
  await removeItems(kit, tx, await findAttached(tx, [messageId]));
}
