import type { Actor } from "../../../core/actor.ts";
import type { Form } from "../../../feature.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { insertUploads, keepUploads, type Media, quota, receiveUpload, usageOf } from "../../files/index.ts";
import { requireOwnMessage } from "../messages/access.ts";
import { tellFiles } from "../messages/changes.ts";
import { requireFilesLike, requireKind } from "../messages/ciphertext.ts";
import { pace } from "../pace.ts";
import { requireFew } from "./attachments.ts";

/**
 * Puts files into a message, all of a form or none. Errors: those of the form and of each file, `rate_limited`,
 * `quota_exceeded`, and of the message `not_found`, `forbidden`, `chat_inactive`, `peer_inactive`, `message_deleted`,
 * `encryption_required`, `not_encrypted`.
 */
export async function uploadToMessage(
  kit: Kit,
  actor: Actor,
  messageId: number,
  form: Form,
): Promise<Media[]> {
  const { chatId, usage } = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    const { row, standing } = await requireOwnMessage(read, messageId, actor.userId);
    requireKind(standing, row.encrypted);
    return { chatId: row.chatId, usage: await usageOf(read, actor.userId) };
  });
  using reservation = quota(kit).reserve(actor.userId, usage);
  await pace(kit).wait(chatId, actor.userId);
  const received = await receiveUpload(kit, form, reservation);
  return await keepUploads(kit, received, async (tx, accepted) => {
    const uploader = await requireActor(tx, actor);
    const { row, standing } = await requireOwnMessage(tx, messageId, uploader.id);
    requireKind(standing, row.encrypted);
    requireFilesLike(row.encrypted, accepted);
    const count = row.mediaCount + accepted.length;
    requireFew(count);
    const media = await insertUploads(kit, tx, uploader.id, accepted, { messageId, chatId });
    await tellFiles(kit, tx, messageId, count);
    return media;
  });
}
