import type { Actor } from "../../core/actor.ts";
import type { Kit } from "../../kit.ts";
import { requireActor } from "../accounts/index.ts";
import { requireMessage } from "../chat/index.ts";
import type { Reactions } from "./schema.ts";
import { findReactions, findSummaries } from "./store.ts";

/** Everybody who reacted to a message, in the order that the message shows. Errors: `not_found`. */
export function listReactions(kit: Kit, actor: Actor, messageId: number): Promise<Reactions> {
  return kit.db.read(async (read) => {
    const me = await requireActor(read, actor);
    await requireMessage(read, messageId, me.id);
    const [summary] = await findSummaries(read, [messageId]);
    const byEmoji = Map.groupBy(await findReactions(read, messageId), (one) => one.emoji);
    return {
      reactions: (summary?.reactions ?? []).map(({ emoji }) => ({
        emoji,
        user_ids: (byEmoji.get(emoji) ?? []).map((one) => one.userId),
      })),
    };
  });
}
