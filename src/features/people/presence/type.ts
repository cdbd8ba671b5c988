import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { findSize, requireMember, requireOpen } from "../../chat/index.ts";
import { typing } from "./typing.ts";

/** Somebody begins or ceases to write. Errors: `not_found`, `chat_inactive`, `peer_inactive`. */
export async function typeIn(
  kit: Kit,
  actor: Actor,
  chatId: number,
  isTyping: boolean,
): Promise<Record<string, never>> {
  const { me, isAlone, isLarge } = await kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const standing = await requireMember(read, chatId, actor.userId);
    await requireOpen(read, standing, actor.userId);
    const { strangerId } = standing;
    const { memberCount } = await findSize(read, chatId);
    return {
      me,
      // With a stranger, who is not shown that somebody is here.
      isAlone: strangerId !== null && strangerId !== actor.userId,
      isLarge: memberCount > kit.settings.largeChatMembers,
    };
  });
  if (isAlone) return {};
  if (isTyping) typing(kit).start(chatId, me, isLarge);
  else typing(kit).stop(chatId, me);
  return {};
}
