import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { type Spending, spendIn } from "../../../core/spending.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireOpen, type Standing } from "../members/membership.ts";
import { changeMentions, whoIsCalled } from "../mentions/mentions.ts";
import { requireMessage } from "./access.ts";
import { changeMessage } from "./changes.ts";
import { requireCiphertext, requireKind } from "./ciphertext.ts";
import { checkContent, spendCall } from "./content.ts";
import { loadMessage } from "./load.ts";
import { waitForChange } from "./pace.ts";
import type { EditMessage, Message } from "./schema.ts";
import { findEdit, insertEdit, type MessageRow } from "./store.ts";

/**
 * Changes what one wrote. Errors: `not_found`, `forbidden`, `chat_inactive`, `peer_inactive`, `message_deleted`,
 * `client_id_reused`, `validation`, `rate_limited`, `encryption_required` for a plain message of before in an encrypted chat, and of an
 * encrypted one those of `requireCiphertext`.
 */
export async function editMessage(
  kit: Kit,
  actor: Actor,
  messageId: number,
  input: EditMessage,
): Promise<Message> {
  const { client_id: clientId } = input;
  await waitForChange(kit, actor, messageId, async (read, row) => {
    const isDone = clientId && (await findEdit(read, actor.userId, clientId));
    return row.senderId === actor.userId && !isDone;
  });
  return spendIn(kit.db, async (tx, spending) => {
    const editor = await requireActor(tx, actor);
    const { row, standing } = await requireMessage(tx, messageId, editor.id);
    if (row.senderId !== editor.id || row.contentType === "system") throw new ChatError("forbidden");
    if (clientId && !(await isFirst(tx, editor.id, clientId, messageId))) return loadMessage(tx, messageId);
    await requireOpen(tx, standing, editor.id);
    if (row.deletedBy !== null) throw new ChatError("message_deleted");
    requireKind(standing, row.encrypted);
    if (row.encrypted) return editSealed(kit, tx, row, input);
    return editPlain(kit, tx, spending, { row, standing, content: input.content });
  });
}

/** Whom it calls stays as it was. */
async function editSealed(kit: Kit, tx: Tx, row: MessageRow, input: EditMessage): Promise<Message> {
  const content = await requireCiphertext(kit, tx, row, input);
  return changeMessage(kit, tx, row, { content, editedAt: kit.clock.now() });
}

async function editPlain(
  kit: Kit,
  tx: Tx,
  spending: Spending,
  edit: { row: MessageRow; standing: Standing; content: string },
): Promise<Message> {
  const { row, standing } = edit;
  const { chatId, senderId: sender } = row;
  const content = checkContent(kit, edit.content, row.contentType, row.mediaCount);
  const called = await whoIsCalled(kit, tx, { chatId, standing, sender }, content);
  const editedAt = kit.clock.now();
  await changeMentions(tx, row, called, editedAt);
  const mentions = called.ids.length > 0 ? called.ids : null;
  const change = { content, mentions, mentionsAll: called.all, editedAt };
  const message = await changeMessage(kit, tx, row, change);
  if (called.all && !row.mentionsAll) await spendCall(kit, tx, spending, chatId);
  return message;
}

/** False when this edit was made before (idempotency); remembers it otherwise. Errors: `client_id_reused`. */
async function isFirst(tx: Tx, senderId: number, clientId: string, messageId: number): Promise<boolean> {
  const first = await findEdit(tx, senderId, clientId);
  if (first && first.messageId !== messageId) throw new ChatError("client_id_reused");
  if (!first) await insertEdit(tx, { senderId, clientId, messageId });
  return !first;
}
