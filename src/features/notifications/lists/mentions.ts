import type { Actor } from "../../../core/actor.ts";
import { toTime } from "../../../core/wire.ts";
import type { Kit } from "../../../kit.ts";
import { profilesById, requireActor, toUser } from "../../accounts/index.ts";
import { acquainted, loadMessages, pageOfUnreadMentions } from "../../chat/index.ts";
import type { Mentions } from "../schema.ts";

export interface MentionsInput {
  limit: number;
  /** The id of a mention: only what is older. */
  before?: number | undefined;
}

/** Where somebody is mentioned in what they have not read, newest first. */
export function listMentions(
  kit: Kit,
  actor: Actor,
  { limit, before = Number.MAX_SAFE_INTEGER }: MentionsInput,
): Promise<Mentions> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    const rows = await pageOfUnreadMentions(read, me.id, { before, limit: limit + 1 });
    const page = rows.slice(0, limit);
    const messages = await loadMessages(
      read,
      page.map((row) => row.messageId),
    );
    const senders = [...new Set(page.map((row) => row.senderId))];
    const profiles = await profilesById(read, senders);
    const known = await acquainted(read, me.id, senders);
    const isOnline = (userId: number) => kit.presence.isOnline(userId);
    return {
      mentions: page.flatMap(({ id, messageId, chatId, senderId, createdAt }) => {
        const sender = profiles.get(senderId);
        if (!sender) return [];
        return {
          id,
          message_id: messageId,
          chat_id: chatId,
          message: messages.get(messageId) ?? null,
          mentioned_by: toUser(sender, known.has(senderId) ? isOnline : undefined),
          is_read: false,
          created_at: toTime(createdAt),
        };
      }),
      has_more: rows.length > limit,
    };
  });
}
