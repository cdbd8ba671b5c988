import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { findNotification } from "./store.ts";
import { tellOneRead } from "./tell-read.ts";

/** Marks a notification as read, with its mention. Errors: `not_found`. */
export function markRead(kit: Kit, actor: Actor, id: number): Promise<void> {
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const row = await findNotification(tx, id);
    if (row?.userId !== me.id) throw new ChatError("not_found");
    const mentionIds = row.mentionId === null ? [] : [row.mentionId];
    await tellOneRead(kit, tx, row, { notificationIds: [id], mentionIds });
  });
}
