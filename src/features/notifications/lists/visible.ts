/** Authorization: which of their notifications somebody sees. */
import type { Read } from "../../../platform/db/database.ts";
import { deletedAmong, mentionsAmong, unreadIn } from "../../chat/index.ts";
import { isRead, type Item, withMembership } from "../items.ts";
import type { NotificationRow } from "../tables.ts";
import { isCustom, validAmong } from "../types.ts";

/**
 * Those in chats that their user is in, in the order of `rows`. A mention is told of as long as it is there, what is
 * unread in a chat as long as there is any, and a custom type as long as it has something to say.
 */
export async function visibleAmong(read: Read, userId: number, rows: NotificationRow[]): Promise<Item[]> {
  const items = await withMembership(read, rows);
  const mentionIds = items.flatMap(({ row }) => row.mentionId ?? []);
  const mentions = mentionIds.length > 0 ? await mentionsAmong(read, mentionIds) : new Set();
  const emptied = await emptiedAmong(read, userId, items);
  const valid = await validAmong(
    read,
    items.map(({ row }) => row),
  );
  return items.filter(({ row }) => {
    if (row.type === "mention") return mentions.has(row.mentionId);
    return isCustom(row.type) ? valid.has(row.id) : !emptied.has(row.id);
  });
}

/** What began with a message that is deleted, and is read or has nothing more behind it. */
async function emptiedAmong(read: Read, userId: number, items: Item[]): Promise<Set<number>> {
  const ofMessages = items.filter(({ row }) => row.type === "message");
  if (ofMessages.length === 0) return new Set();
  const deleted = await deletedAmong(
    read,
    ofMessages.map(({ row }) => row.messageId),
  );
  const doubtful = ofMessages.filter(({ row }) => deleted.has(row.messageId));
  const unreadChats = doubtful.filter((one) => !isRead(one.row, one.member)).map(({ row }) => row.chatId);
  const unread = await unreadIn(read, userId, unreadChats);
  const emptied = doubtful.filter(({ row, member }) => isRead(row, member) || !unread.get(row.chatId));
  return new Set(emptied.map(({ row }) => row.id));
}
