/** Seals what goes out into encrypted chats. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import type { Json } from "../../../../e2ee/json.ts";
import type { MessageBody } from "../../crypto/message.ts";
import type { Sealed } from "../../outbox/entry.ts";
import type { Sealable } from "../../outbox/sealing.ts";
import type { ChatState } from "../../replica/chat-state.ts";
import type { Inside, Version } from "../../replica/opened.ts";
import { type EncryptedChats, wordsOf } from "./chats.ts";

/**
 * Undefined for what goes out as it is: a deletion of what is not encrypted, or of what nobody here can open. Errors: that of `blocked` where
 * somebody has to decide first; those of the calls.
 */
export async function sealEntry(chats: EncryptedChats, entry: Sealable): Promise<Sealed | undefined> {
  const { parts } = chats;
  try {
    return await seal(chats, entry);
  } catch (error) {
    const why = wordsOf(error);
    throw why === undefined ? error : parts.blocked(why);
  }
}

async function seal(chats: EncryptedChats, entry: Sealable): Promise<Sealed | undefined> {
  const { keys, replica, now } = chats.parts;
  const { chat_id } = entry;
  const state = replica.chats.get(chat_id);
  if (!state) throw new BadObject("you are not in this chat");
  const { chat, members } = chats.of(chat_id);
  if (!(await chat.isUsable())) await members.mendDirect();
  const body = await bodyOf(chats, state, entry);
  if (!body) return undefined;
  const { device } = keys;
  const counter = replica.counters.get(chat_id);
  const last = counter?.device === device ? counter : undefined;
  const mid = entry.kind === "send" ? entry.key : entry.kind === "edit" ? entry.client_id : randomId();
  const ctr = (last?.ctr ?? 0) + 1;
  const place = { mid, ctr, prev: last?.hash ?? null, seen: seenIn(state, replica.myId), at: now() };
  const { content, hash } = await chat.seal({ ...place, body });
  return { text: body.text, content, client_id: mid, mentions: body.mentions, device, ctr, hash };
}

async function bodyOf(
  chats: EncryptedChats,
  state: ChatState,
  entry: Sealable,
): Promise<MessageBody | undefined> {
  const nothing = { text: "", mentions: [], reply_to: null, attachments: [], replaces: [] };
  if (entry.kind === "delete") {
    const one = await target(chats, state, entry.message_id).catch(orUndefined);
    return one && { ...nothing, type: "delete", replaces: versionsIn(one) };
  }
  const { content: text } = entry;
  const mentions = mentionsIn(text, state, chats.parts.replica.myId);
  if (entry.kind === "edit") {
    const { attachments, ...one } = await target(chats, state, entry.message_id);
    return { ...nothing, type: "edit", text, mentions, attachments, replaces: versionsIn(one) };
  }
  const { reply_to: to } = entry;
  const reply_to = typeof to === "number" ? await replyOf(chats, state, to).catch(orUndefined) : null;
  if (entry.files.some((one) => !one.attachment))
    throw new BadObject("the chat was encrypted after its files had been uploaded: send it again");
  const attachments = entry.files.flatMap(({ attachment }) => (attachment ? [{ ...attachment }] : []));
  const type = attachments.length > 0 ? "file" : "text";
  return { ...nothing, type, text, mentions, reply_to: reply_to ?? null, attachments };
}

/** What could not be opened. */
function orUndefined(error: unknown): undefined {
  if (wordsOf(error) === undefined) throw error;
}

/** A message, its versions and its files, also of one that is not here, or was not shown yet. Errors: BadObject where it cannot be opened. */
async function target(chats: EncryptedChats, state: ChatState, messageId: number) {
  const message = state.message(messageId) ?? (await chats.parts.callsOf(state.id).message(messageId));
  if (!message) throw new BadObject("the message is not there any more");
  const inside = state.openedOf(message)?.inside;
  if (inside)
    return { message, ...inside, attachments: inside.files.map(({ named }): Json => ({ ...named })) };
  if (!message.encrypted) throw new BadObject("it was written before this chat was encrypted");
  const { payload, hash } = await chats.of(state.id).chat.open(message);
  const version: Version = [payload.device, payload.ctr, hash];
  const { replaces, attachments } = payload.body;
  return { message, version, replaces, attachments };
}

/** Every version of a message so far. */
function versionsIn({ replaces, version }: Pick<Inside, "replaces" | "version">): MessageBody["replaces"] {
  return [...replaces, version].map(([device, ctr, hash]) => [device, ctr, hash]);
}

async function replyOf(
  chats: EncryptedChats,
  state: ChatState,
  messageId: number,
): Promise<MessageBody["reply_to"]> {
  const { message, version } = await target(chats, state, messageId);
  return message.client_id === null ? null : [message.client_id, version[2]];
}

/** The newest message of somebody else that was opened here. */
function seenIn(state: ChatState, myId: number): [number, string] | null {
  const seen = state.messages.findLast((one) => one.sender_id !== myId && state.openedOf(one)?.inside);
  const inside = seen && state.openedOf(seen)?.inside;
  return seen && inside ? [seen.seq, inside.version[2]] : null;
}

/** Other members that a text names as `@name`. */
function mentionsIn(text: string, state: ChatState, myId: number): number[] {
  const names = new Set([...text.matchAll(/@([\p{L}\p{N}_.-]+)/gu)].map(([, name]) => name?.toLowerCase()));
  if (names.size === 0) return [];
  return [...state.members.values()]
    .filter((one) => one.user_id !== myId && names.has(one.username.toLowerCase()))
    .map((one) => one.user_id);
}

function randomId(): string {
  return crypto.randomUUID();
}
