/** Seals what goes out into encrypted chats. */
import { BadObject } from "../../../../e2ee/bad-object.ts";
import type { MessageBody } from "../../crypto/message.ts";
import type { Sealed } from "../../outbox/entry.ts";
import type { Sealable } from "../../outbox/sealing.ts";
import type { ChatState } from "../../replica/chat-state.ts";
import { type EncryptedChats, wordsOf } from "./chats.ts";

/** Errors: that of `blocked` where somebody has to decide first; those of the calls. */
export async function sealEntry(chats: EncryptedChats, entry: Sealable): Promise<Sealed> {
  const { parts } = chats;
  try {
    return await seal(chats, entry);
  } catch (error) {
    const why = wordsOf(error);
    throw why === undefined ? error : parts.blocked(why);
  }
}

async function seal(chats: EncryptedChats, entry: Sealable): Promise<Sealed> {
  const { keys, replica, now } = chats.parts;
  const { chat_id } = entry;
  const state = replica.chats.get(chat_id);
  if (!state) throw new BadObject("you are not in this chat");
  const { chat, members } = chats.of(chat_id);
  if (!(await chat.isUsable())) await members.mendDirect();
  const { device } = keys;
  const counter = replica.counters.get(chat_id);
  const last = counter?.device === device ? counter : undefined;
  const body = bodyOf(state, entry);
  const client_id = entry.kind === "send" ? entry.key : entry.kind === "edit" ? entry.client_id : randomId();
  const ctr = (last?.ctr ?? 0) + 1;
  const place = {
    mid: client_id,
    ctr,
    prev: last?.hash ?? null,
    seen: seenIn(state, replica.myId),
    at: now(),
  };
  const { content, hash } = await chat.seal({ ...place, body });
  return { text: body.text, content, client_id, mentions: body.mentions, device, ctr, hash };
}

function bodyOf(state: ChatState, entry: Sealable): MessageBody {
  const nothing = { text: "", mentions: [], reply_to: null, attachments: [], replaces: [] };
  if (entry.kind === "delete")
    return { ...nothing, type: "delete", replaces: versionsOf(state, entry.message_id) };
  const { content: text } = entry;
  const mentions = mentionsIn(text, state);
  if (entry.kind === "edit")
    return { ...nothing, type: "edit", text, mentions, replaces: versionsOf(state, entry.message_id) };
  const reply_to = typeof entry.reply_to === "number" ? replyOf(state, entry.reply_to) : null;
  return { ...nothing, type: "text", text, mentions, reply_to };
}

/** Every version of a message so far. Errors: BadObject where it could not be opened. */
function versionsOf(state: ChatState, messageId: number): MessageBody["replaces"] {
  const message = state.message(messageId);
  const inside = message && state.openedOf(message)?.inside;
  if (!inside) throw new BadObject("the message that is to be changed could not be opened");
  return [...inside.replaces, inside.version].map(([device, ctr, hash]) => [device, ctr, hash]);
}

function replyOf(state: ChatState, messageId: number): MessageBody["reply_to"] {
  const message = state.message(messageId);
  const inside = message && state.openedOf(message)?.inside;
  return message?.client_id && inside ? [message.client_id, inside.version[2]] : null;
}

/** The newest message of somebody else that was opened here. */
function seenIn(state: ChatState, myId: number): [number, string] | null {
  const seen = state.messages.findLast((one) => one.sender_id !== myId && state.openedOf(one)?.inside);
  const inside = seen && state.openedOf(seen)?.inside;
  return seen && inside ? [seen.seq, inside.version[2]] : null;
}

/** Members that a text names as `@name`. */
function mentionsIn(text: string, state: ChatState): number[] {
  const names = new Set([...text.matchAll(/@([\p{L}\p{N}_.-]+)/gu)].map(([, name]) => name?.toLowerCase()));
  if (names.size === 0) return [];
  return [...state.members.values()]
    .filter((one) => names.has(one.username.toLowerCase()))
    .map((one) => one.user_id);
}

function randomId(): string {
  return crypto.randomUUID();
}
