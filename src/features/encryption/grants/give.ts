import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import { toTime } from "../../../core/wire.ts";
import { readGrantHeader } from "../../../e2ee/grants.ts";
import { userAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { isMember, requireMember } from "../../chat/index.ts";
import { readObject } from "../read-object.ts";
import { encryptionGrant } from "./events.ts";
import type { GiveGrant, Grant } from "./schema.ts";
import { replaceGrant } from "./store.ts";

/**
 * Hands somebody in the chat keys of earlier epochs; whether they take them from the caller is theirs to check. Errors: `not_found`, also for
 * who is not in it, `not_encrypted`, `validation` for oneself, `bad_object`, `bad_algorithm`.
 */
export async function giveGrant(
  kit: Kit,
  actor: Actor,
  chatId: number,
  { to_user_id: toUserId, jwe }: GiveGrant,
): Promise<Grant> {
  if (toUserId === actor.userId) throw invalid("to_user_id", "is your own id");
  await readObject("jwe", () => readGrantHeader(jwe, kit.settings.maxGrantBytes));
  return kit.db.transact(async (tx) => {
    const me = await requireActor(tx, actor);
    const { encryptionEpoch } = await requireMember(tx, chatId, me.id);
    if (encryptionEpoch === null) throw new ChatError("not_encrypted");
    if (!(await isMember(tx, chatId, toUserId))) throw new ChatError("not_found");
    const createdAt = kit.clock.now();
    const id = await replaceGrant(tx, { chatId, toUserId, byUserId: me.id, jwe, createdAt });
    const told = { chat_id: chatId, by_user_id: me.id };
    await kit.journal.record(tx, encryptionGrant, userAudience(toUserId), id, told);
    return { by_user_id: me.id, jwe, created_at: toTime(createdAt) };
  });
}
