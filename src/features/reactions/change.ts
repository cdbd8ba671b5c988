/** The step that both verbs have in common. */
import { ChatError } from "../../core/errors.ts";
import { chatAudience } from "../../events/event.ts";
import type { Kit } from "../../kit.ts";
import type { Tx } from "../../platform/db/database.ts";
import type { Reaction } from "../chat/index.ts";
import { reactionUpdated } from "./events.ts";
import { findSummaries, firstUsers, putSummary } from "./store.ts";

/** More would bury the message under them. */
const kindsPerMessage = 20;
/** A message names so many people for each emoji. The rest are counted. */
const shownUsers = 20;

/**
 * Brings what the message shows up to date after one more (`by` 1) or one fewer (-1) has reacted with `emoji`, and tells
 * the chat. Errors: `too_many_reactions`.
 */
export async function changeReactions(
  kit: Kit,
  tx: Tx,
  { chatId, messageId }: { chatId: number; messageId: number },
  emoji: string,
  by: 1 | -1,
): Promise<void> {
  const [before] = await findSummaries(tx, [messageId]);
  const known = before?.reactions ?? [];
  const count = (known.find((one) => one.emoji === emoji)?.count ?? 0) + by;
  const users = await firstUsers(tx, { messageId, emoji, limit: shownUsers });
  const reactions = withReaction(known, { emoji, count, user_ids: users });
  if (reactions.length > kindsPerMessage) throw new ChatError("too_many_reactions");
  const payload = { chat_id: chatId, message_id: messageId, reactions };
  const audience = chatAudience(chatId);
  const replaces = before?.pos ?? 0;
  const pos = await kit.journal.record(tx, reactionUpdated, audience, messageId, payload, { replaces });
  await putSummary(tx, { messageId, reactions, pos });
}

/** A new emoji comes last; one that nobody has reacted with any more goes. */
function withReaction(known: Reaction[], changed: Reaction): Reaction[] {
  const isKnown = known.some((one) => one.emoji === changed.emoji);
  const all = isKnown
    ? known.map((one) => (one.emoji === changed.emoji ? changed : one))
    : [...known, changed];
  return all.filter((one) => one.count > 0);
}
