import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import { requireActor } from "../../accounts/index.ts";
import { requireMember } from "../members/membership.ts";
import { loadMessages } from "./load.ts";
import type { Message } from "./schema.ts";

/** One message of a chat, as it is now. Errors: `not_found`. */
export function getMessage(kit: Kit, actor: Actor, chatId: number, messageId: number): Promise<Message> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    await requireMember(read, chatId, me.id);
    const message = (await loadMessages(read, [messageId])).get(messageId);
    if (message?.chat_id !== chatId) throw new ChatError("not_found");
    return message;
  });
}
