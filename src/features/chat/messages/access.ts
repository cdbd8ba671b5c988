/** Authorization: who may see and change a message. */
import { ChatError } from "../../../core/errors.ts";
import type { Read } from "../../../platform/db/database.ts";
import { isMember, requireMember, requireOpen, type Standing } from "../members/membership.ts";
import { findMessage, type MessageRow } from "./store.ts";

/** The message and the standing in its chat of somebody who may see it. Errors: `not_found`. */
export async function requireMessage(
  read: Read,
  messageId: number,
  userId: number,
): Promise<{ row: MessageRow; standing: Standing }> {
  const row = await findMessage(read, messageId);
  if (!row) throw new ChatError("not_found");
  return { row, standing: await requireMember(read, row.chatId, userId) };
}

export async function seesMessage(read: Read, messageId: number, userId: number): Promise<boolean> {
  const row = await findMessage(read, messageId);
  return row !== undefined && isMember(read, row.chatId, userId);
}

/**
 * A message that its sender may still put something into. Errors: `not_found`, `forbidden` for others' and the chat's
 * own, `chat_inactive`, `peer_inactive`, `message_deleted`.
 */
export async function requireOwnMessage(
  read: Read,
  messageId: number,
  userId: number,
): Promise<{ row: MessageRow; standing: Standing }> {
  const { row, standing } = await requireMessage(read, messageId, userId);
  if (row.senderId !== userId || row.contentType === "system") throw new ChatError("forbidden");
  await requireOpen(read, standing, userId);
  if (row.deletedBy !== null) throw new ChatError("message_deleted");
  return { row, standing };
}
