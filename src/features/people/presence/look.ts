import type { z } from "zod";

import type { Actor } from "../../../core/actor.ts";
import { chatAudience } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { acquainted, requireMember } from "../../chat/index.ts";
import type { Looking } from "./schema.ts";

/**
 * A socket begins or ceases to look at a chat, by `begin`. Answers who of the chat is online from that moment. Errors:
 * `not_found`.
 */
export async function lookAt(
  kit: Kit,
  actor: Actor,
  chatId: number,
  begin: () => void,
): Promise<z.infer<typeof Looking>> {
  const online = () => [...kit.presence.onlineIn(chatAudience(chatId))];
  const isShown = await kit.db.read(async (read) => {
    await requireActor(read, actor);
    const { strangerId } = await requireMember(read, chatId, actor.userId);
    if (strangerId !== actor.userId) return () => true;
    const known = (await acquainted(read, actor.userId, online())).add(actor.userId);
    return (userId: number) => known.has(userId);
  });
  begin();
  return { chat_id: chatId, online: online().filter(isShown) };
}
