import type { Actor } from "../../../core/actor.ts";
import { ChatError, invalid } from "../../../core/errors.ts";
import { type Spending, spendIn } from "../../../core/spending.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { type Person, requireActor } from "../../accounts/index.ts";
import { requireWaiting } from "../attachments/attachments.ts";
import { acquaint } from "../groups/changes.ts";
import { isMember, requireMember, requireOpen } from "../members/membership.ts";
import { type Called, whoIsCalled, whoIsNamed, type Writing } from "../mentions/mentions.ts";
import { pace } from "../pace.ts";
import { append } from "./append.ts";
import { requireBoxed, requireCiphertext, requireFilesLike, requireKind } from "./ciphertext.ts";
import { checkContent, spendCall } from "./content.ts";
import { loadMessage } from "./load.ts";
import type { ContentType, Message, SendMessage } from "./schema.ts";
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
 * `rate_limited`; `encryption_required`, `not_encrypted`, and of what is encrypted those of `requireCiphertext`.
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
  const { chatId, client_id: clientId, reply_to_id: replyToId } = input;
  const encrypted = input.encrypted ?? false;
  const standing = await requireMember(tx, chatId, sender.id);
  await requireOpen(tx, standing, sender.id);
  if (!encrypted) requireKind(standing, false);
  const media = await requireWaiting(tx, sender.id, input.media_ids ?? []);
  requireFilesLike(encrypted, media);
  const writing = { chatId, standing, sender: sender.id };
  const written = encrypted
    ? await readSealed(kit, tx, writing, input)
    : await readPlain(kit, tx, writing, input, media.length);
  await acquaint(kit, tx, chatId, { strangerId: standing.strangerId, userId: sender.id });
  const draft = { chatId, ...written, encrypted, clientId, replyToId, media, standing };
  const message = await append(kit, tx, sender, draft);
  if (written.called.all) await spendCall(kit, tx, spending, chatId);
  return message;
}

interface Written {
  content: string;
  contentType: ContentType;
  called: Called;
}

async function readPlain(
  kit: Kit,
  read: Read,
  writing: Writing,
  input: SendInput,
  files: number,
): Promise<Written> {
  if (input.mentions?.length || input.mentions_all) {
    const field = input.mentions_all ? "mentions_all" : "mentions";
    throw invalid(field, "is only for what is encrypted; in a plain text the words say who is mentioned");
  }
  const contentType = input.content_type ?? "text";
  const content = checkContent(kit, input.content ?? "", contentType, files);
  return { content, contentType, called: await whoIsCalled(kit, read, writing, content) };
}

/** What it says, the server cannot see: whom it calls is said beside it. */
async function readSealed(kit: Kit, read: Read, writing: Writing, input: SendInput): Promise<Written> {
  const contentType = input.content_type ?? "text";
  if (contentType !== "text" && contentType !== "file") {
    throw invalid("content_type", "must be text or file where the message is encrypted");
  }
  const { chatId, sender: senderId, standing } = writing;
  const content =
    standing.encryptionEpoch === null
      ? await requireBoxed(kit, input.content)
      : await requireCiphertext(kit, read, { chatId, senderId }, { ...input, content: input.content });
  const named = { ids: input.mentions ?? [], all: input.mentions_all ?? false };
  return { content, contentType, called: await whoIsNamed(kit, read, writing, named) };
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
