import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireMessage } from "../messages/access.ts";
import { findReceivers } from "./markers-store.ts";
import type { Receipts } from "./schema.ts";

/** Who has received and read a message. Errors: `not_found`. */
export function listReceipts(kit: Kit, actor: Actor, messageId: number): Promise<Receipts> {
  return kit.db.read(async (read) => {
    const { id: me } = await requireActor(read, actor);
    const { row } = await requireMessage(read, messageId, me);
    const receivers = await findReceivers(read, row);
    return {
      message_id: messageId,
      delivered: receivers.map((one) => one.userId),
      read: receivers.filter((one) => one.lastReadId >= messageId).map((one) => one.userId),
    };
  });
}
