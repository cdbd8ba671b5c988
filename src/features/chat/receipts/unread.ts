/** What somebody has not read. Counted by subtraction, so that it costs the same however much there is. */
import type { Read } from "../../../platform/db/database.ts";
import type { Progress } from "../members/membership.ts";
import * as store from "./unread-store.ts";

/** How much of what others wrote somebody has not read, in each of these chats that they are in. */
export async function unreadIn(read: Read, userId: number, chatIds: number[]): Promise<Map<number, number>> {
  if (chatIds.length === 0) return new Map();
  const rows = await store.countUnreadIn(read, userId, chatIds);
  return new Map(rows.map((row) => [row.chatId, row.unread]));
}

/** How far somebody has come in a chat. */
export interface Position extends Progress {
  chatId: number;
  userId: number;
}

/** Of a chat: how many messages people wrote there, and the newest that was deleted. */
export interface Extent {
  messageCount: number;
  lastDeletedId: number;
}

/** How much somebody has not read in one chat whose extent is known: mostly nothing has to be asked for. */
export async function unreadBehind(
  read: Read,
  { chatId, userId, lastReadId, readCount, ownUnread }: Position,
  { messageCount, lastDeletedId }: Extent,
): Promise<number> {
  const others = messageCount - readCount - ownUnread;
  if (others === 0 || lastDeletedId <= lastReadId) return others;
  return others - (await store.countDeleted(read, { chatId, userId, after: lastReadId }));
}

/** How many of their own messages stand behind `messageId`, when somebody reads on from `before` up to there. */
export async function ownBehind(read: Read, before: Position, messageId: number): Promise<number> {
  const { chatId, userId, ownUnread } = before;
  return ownUnread === 0 ? 0 : store.countOwn(read, { chatId, userId, after: messageId });
}
