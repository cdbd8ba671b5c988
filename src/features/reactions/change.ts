/** The steps that both verbs have in common. */
import type { Actor } from "../../core/actor.ts";
import { ChatError } from "../../core/errors.ts";
import { chatAudience } from "../../events/event.ts";
import type { Kit } from "../../kit.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { requireActor } from "../accounts/index.ts";
import {
  loadMessage,
  type Message,
  type MessageRow,
  type Reaction,
  requireMessage,
  requireOpen,
  waitForChange,
} from "../chat/index.ts";
import { reactionUpdated } from "./events.ts";
import { findSummaries, firstUsers, hasReacted, putSummary, type ReactionRow } from "./store.ts";

/** More would bury the message under them. */
const kindsPerMessage = 20;
/** A message names so many people for each emoji. The rest are counted. */
const shownUsers = 20;

/**
 * Does `change`, which makes a reaction of the actor be there or not, and answers the message. Where that is so already,
 * nothing happens. Errors: `not_found`, `chat_inactive`, `peer_inactive`, `message_deleted`, `rate_limited`, and those of
 * `change`.
 */
export async function changeReaction(
  kit: Kit,
  actor: Actor,
  { messageId, emoji }: Pick<ReactionRow, "messageId" | "emoji">,
  isWanted: boolean,
  change: (tx: Tx, row: MessageRow, reaction: ReactionRow) => Promise<void>,
): Promise<Message> {
  const reaction = { messageId, userId: actor.userId, emoji };
  const isDue = async (read: Read) => (await hasReacted(read, reaction)) !== isWanted;
  await waitForChange(kit, actor, messageId, (read, row) => row.deletedBy === null && isDue(read));
  return kit.db.transact(async (tx) => {
    await requireActor(tx, actor);
    const row = await requireReactable(tx, messageId, actor.userId);
    if (await isDue(tx)) await change(tx, row, reaction);
    return loadMessage(tx, messageId);
  });
}

/** A message that this user may react to: each that they see, as long as something can be said in its chat. */
async function requireReactable(read: Read, messageId: number, userId: number): Promise<MessageRow> {
  const { row, standing } = await requireMessage(read, messageId, userId);
  await requireOpen(read, standing, userId);
  if (row.deletedBy !== null) throw new ChatError("message_deleted");
  return row;
}

/**
 * Brings what the message shows up to date after one more (`by` 1) or one fewer (-1) has reacted with `emoji`, and tells
 * the chat. Errors: `too_many_reactions`.
 */
export async function updateSummary(
  kit: Kit,
  tx: Tx,
  { id: messageId, chatId }: Pick<MessageRow, "id" | "chatId">,
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
