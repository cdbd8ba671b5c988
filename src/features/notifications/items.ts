import type { Read } from "../../platform/db/database.ts";
import { findMemberships, type Membership } from "../chat/index.ts";
import type { NotificationRow } from "./tables.ts";

/** A notification with its user's membership in its chat. */
export interface Item {
  row: NotificationRow;
  member: Membership;
}

/** In the order of `rows`, without those whose user is not in the chat, or has come back to it since. */
export async function withMembership(read: Read, rows: NotificationRow[]): Promise<Item[]> {
  if (rows.length === 0) return [];
  const members = new Map((await findMemberships(read, rows)).map((one) => [keyOf(one), one]));
  return rows.flatMap((row) => {
    const member = members.get(keyOf(row));
    return member && member.joinedAfterId < row.messageId ? [{ row, member }] : [];
  });
}

function keyOf({ chatId, userId }: { chatId: number; userId: number }): string {
  return `${chatId} ${userId}`;
}

/** Of a notification or a mention: by its own flag, or because its user has read that far in the chat. */
export function isRead(
  { readPos, messageId }: Pick<NotificationRow, "readPos" | "messageId">,
  member: Pick<Membership, "lastReadId"> | undefined,
): boolean {
  return readPos !== null || (member !== undefined && member.lastReadId >= messageId);
}
