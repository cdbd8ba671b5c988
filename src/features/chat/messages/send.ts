import type { Actor } from "../../../core/actor.ts";
import { ChatError } from "../../../core/errors.ts";
import { type Spending, spendIn } from "../../../core/spending.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { type Person, requireActor } from "../../accounts/index.ts";
import { requireWaiting } from "../attachments/attachments.ts";
import { acquaint } from "../groups/changes.ts";
import { isMember, requireMember, requireOpen } from "../members/membership.ts";
import { whoIsCalled } from "../mentions/mentions.ts";
import { pace } from "../pace.ts";
import { append } from "./append.ts";
import { checkContent, spendCall } from "./content.ts";
import { loadMessage } from "./load.ts";
import type { Message, SendMessage } from "./schema.ts";
import { findByClientId } from "./store.ts";

export interface SendInput extends SendMessage {
  chatId: number;
}

export interface Sent {
  message: Message;
  /** False when this `client_id` was sent before (idempotency): then the first message is the answer. */
  created: boolean;
}

/**
 * Writes into a chat. Errors: `not_found`, `chat_inactive`, `peer_inactive`, `client_id_reused`, `validation`,
 * `rate_limited`.
 */
export async function sendMessage(kit: Kit, actor: Actor, input: SendInput): Promise<Sent> {
  const { chatId, client_id } = input;
  const turn = pace(kit).wait(chatId, actor.userId, {
    // What was sent before is only answered again.
    isDue: async (read) => !client_id || !(await findByClientId(read, actor.userId, client_id)),
  });
  if (turn) await turn;
  return spendIn(kit.db, async (tx, spending) => {
    const sender = await requireActor(tx, actor);
    const first = client_id ? await findByClientId(tx, sender.id, client_id) : undefined;
    if (!first) return { message: await sendNew(kit, tx, spending, sender, input), created: true };
    if (first.chatId !== chatId) throw new ChatError("client_id_reused");
    return { message: await loadOwn(tx, first, sender.id), created: false };
  });
}

async function sendNew(
  kit: Kit,
  tx: Tx,
  spending: Spending,
  sender: Person,
  input: SendInput,
): Promise<Message> {
  const { chatId } = input;
  const standing = await requireMember(tx, chatId, sender.id);
  await requireOpen(tx, standing, sender.id);
  const contentType = input.content_type ?? "text";
  const media = await requireWaiting(tx, sender.id, input.media_ids ?? []);
  const content = checkContent(kit, input.content ?? "", contentType, media.length);
  const called = await whoIsCalled(kit, tx, { chatId, standing, sender: sender.id, text: content });
  await acquaint(kit, tx, chatId, { strangerId: standing.strangerId, userId: sender.id });
  const { client_id: clientId, reply_to_id: replyToId } = input;
  const draft = { chatId, content, contentType, clientId, replyToId, called, media, standing };
  const message = await append(kit, tx, sender, draft);
  if (called.all) await spendCall(kit, tx, spending, chatId);
  return message;
}

/** What somebody sent, also when they have left since: then without what others have made of it by now. */
async function loadOwn(
  read: Read,
  { id, chatId }: { id: number; chatId: number },
  userId: number,
): Promise<Message> {
  const message = await loadMessage(read, id);
  return (await isMember(read, chatId, userId)) ? message : { ...message, reply_to: null, reactions: [] };
}
