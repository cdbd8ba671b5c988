import type { Actor } from "../../../core/actor.ts";
import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { viewerOf } from "../groups/changes.ts";
import { appendSystem } from "../messages/append.ts";
import { pace } from "../pace.ts";
import { eventsOfChange } from "./add.ts";
import { tellChanged } from "./changes.ts";
import { memberUpdated } from "./events.ts";
import { requireMember } from "./membership.ts";
import { requireActive } from "./rules.ts";
import type { Member, NotifyLevel, UpdateOwn } from "./schema.ts";
import { updateMember } from "./store.ts";
import { requireOwn, viewMember } from "./view.ts";

/**
 * What is one's own in a chat: a nickname, for all to see, and what they want to be told of, for nobody else to know. Errors:
 * `not_found`, `chat_inactive`.
 */
export async function updateOwnMembership(
  kit: Kit,
  actor: Actor,
  chatId: number,
  { nickname, ...input }: UpdateOwn,
): Promise<Member> {
  // What they want to be told of, nobody else is told.
  if (nickname !== undefined) await pace(kit).wait(chatId, actor.userId, { events: eventsOfChange });
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const standing = await requireMember(tx, chatId, me.id);
    const before = await requireOwn(tx, chatId, me.id);
    if (nickname !== undefined && nickname !== before.nickname) {
      requireActive(standing);
      await updateMember(tx, chatId, me.id, { nickname });
      await tellChanged(kit, tx, chatId, me.id);
      await appendSystem(kit, tx, me, chatId, { event: "nickname_changed", nickname });
    }
    const notify = notifyOf(input);
    if (notify !== undefined && notify !== before.notify) {
      await updateMember(tx, chatId, me.id, { notify });
      const member = await requireOwn(tx, chatId, me.id);
      await kit.journal.record(tx, memberUpdated, userAudience(me.id), chatId, { chat_id: chatId, member });
    }
    return viewMember(tx, viewerOf(kit, me.id), { id: chatId, ...standing }, me.id);
  });
}

/** `is_muted` is the short form. */
function notifyOf({ is_muted: isMuted, notify }: Omit<UpdateOwn, "nickname">): NotifyLevel | undefined {
  if (notify) return notify;
  if (typeof isMuted !== "boolean") return undefined;
  return isMuted ? "mentions" : "all";
}
