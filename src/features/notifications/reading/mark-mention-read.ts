import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { findMention } from "../../chat/index.ts";
import { findOfMention } from "./store.ts";
import { tellOneRead } from "./tell-read.ts";

/** Marks a mention as read, with its notification if there is one already. Errors: `not_found`. */
export function markMentionRead(kit: Kit, actor: Actor, id: number): Promise<void> {
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const mention = await findMention(tx, id);
    if (mention?.userId !== me.id) throw new ChatError("not_found");
    const notification = await findOfMention(tx, id);
    const notificationIds = notification ? [notification.id] : [];
    await tellOneRead(kit, tx, mention, { notificationIds, mentionIds: [id] });
  });
}
