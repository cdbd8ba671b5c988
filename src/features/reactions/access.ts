import { ChatError } from "../../core/errors.ts";
import type { Read } from "../../platform/db/database.ts";
import { type MessageRow, requireMessage, requireOpen } from "../chat/index.ts";

/**
 * A message that this user may react to: each that they see, as long as something can be said in its chat. Errors:
 * `not_found`, `chat_inactive`, `peer_inactive`, `message_deleted`.
 */
export async function requireReactable(read: Read, messageId: number, userId: number): Promise<MessageRow> {
  const { row, standing } = await requireMessage(read, messageId, userId);
  await requireOpen(read, standing, userId);
  if (row.deletedBy !== null) throw new ChatError("message_deleted");
  return row;
}
