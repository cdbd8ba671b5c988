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
import { messageDeleted, toDeleted } from "./events.ts";
import { waitForChange } from "./pace.ts";
import { eraseParts } from "./parts.ts";
import { type MessageRow, updateMessage } from "./store.ts";

/**
 * Leaves a tombstone. Deleting what is deleted already is fine, and tells nobody again. Errors: `not_found`,
 * `forbidden`, `chat_inactive`.
 */
export async function deleteMessage(kit: Kit, actor: Actor, messageId: number): Promise<void> {
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
    await erase(kit, tx, row, remover.id);
    const { chatId } = row;
    const event = toDeleted(row, remover.id);
    await kit.journal.record(tx, messageDeleted, chatAudience(chatId), messageId, event);
  });
}

async function erase(kit: Kit, tx: Tx, row: MessageRow, deletedBy: number): Promise<void> {
  await removeMentions(tx, row.id);
  if (row.mediaCount > 0) await removeAttached(kit, tx, row.id);
  await eraseParts(kit, tx, row);
  const nothing = { content: "", mentions: null, mentionsAll: false, mediaCount: 0 };
  await updateMessage(tx, row.id, { ...nothing, deletedBy });
  await markDeleted(tx, row.chatId, row.id);
}
