import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { removeAttached } from "../attachments/attachments.ts";
import { markDeleted } from "../groups/store.ts";
import { mayRemoveOthers, requireActive } from "../members/rules.ts";
import { removeMentions } from "../mentions/mentions.ts";
import { requireMessage } from "./access.ts";
import { requireCiphertext, requireKind } from "./ciphertext.ts";
import { messageDeleted, toDeleted } from "./events.ts";
import { waitForChange } from "./pace.ts";
import { eraseParts } from "./parts.ts";
import type { DeleteMessage } from "./schema.ts";
import { type MessageRow, updateMessage } from "./store.ts";

/**
 * Leaves a tombstone, in an encrypted chat with what a device says of it, if it does. Deleting what is deleted already is fine, and
 * changes and tells nothing. Errors: `not_found`, `forbidden`, `chat_inactive`; with `content` `not_encrypted` in a plain chat, and those
 * of `requireCiphertext`.
 */
export async function deleteMessage(
  kit: Kit,
  actor: Actor,
  messageId: number,
  input: DeleteMessage = {},
): Promise<void> {
  await waitForChange(kit, actor, messageId, (_, row, standing) => {
    const mine = row.senderId === actor.userId;
    return row.deletedBy === null && (mine || mayRemoveOthers(standing));
  });
  return kit.db.transact(async (tx) => {
    const remover = await requireActor(tx, actor);
    const { row, standing } = await requireMessage(tx, messageId, remover.id);
    const mine = row.senderId === remover.id;
    if (row.contentType === "system" || (!mine && !mayRemoveOthers(standing))) {
      throw new ChatError("forbidden");
    }
    requireActive(standing);
    if (row.deletedBy !== null) return;
    const { chatId } = row;
    const encrypted = typeof input.content === "string";
    if (encrypted) requireKind(standing, true);
    const writing = { chatId, senderId: remover.id };
    const content = encrypted
      ? await requireCiphertext(kit, tx, writing, { ...input, content: input.content })
      : "";
    await erase(kit, tx, row, { content, encrypted, deletedBy: remover.id });
    const event = toDeleted({ ...row, content, encrypted }, remover.id);
    await kit.journal.record(tx, messageDeleted, chatAudience(chatId), messageId, event);
  });
}

async function erase(
  kit: Kit,
  tx: Tx,
  row: MessageRow,
  tombstone: Pick<MessageRow, "content" | "encrypted" | "deletedBy">,
): Promise<void> {
  await removeMentions(tx, row.id);
  if (row.mediaCount > 0) await removeAttached(kit, tx, row.id);
  await eraseParts(kit, tx, row);
  await updateMessage(tx, row.id, { mentions: null, mentionsAll: false, mediaCount: 0, ...tombstone });
  await markDeleted(tx, row.chatId, row.id);
}
