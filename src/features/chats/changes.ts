/** Steps that change a chat or who is in it, with the events that tell of it. */
import { chatAudience, userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { chatCreated, chatUpdated, memberUpdated } from "./events.ts";
import { requireOther, toChatInfo } from "./membership.ts";
import type { Chat, Member, Role } from "./schema.ts";
import * as store from "./store.ts";

export async function changeChat(
  tx: Tx,
  journal: Journal,
  chatId: number,
  change: Partial<store.ChatRow>,
): Promise<void> {
  const chat = await store.updateChat(tx, chatId, change);
  await journal.record(tx, chatUpdated, chatAudience(chatId), chatId, { chat: toChatInfo(chat) });
}

/** Puts people into a chat; what happened in it so far is not theirs to hear. */
export async function enrol(
  tx: Tx,
  journal: Journal,
  chatId: number,
  people: { userId: number; role: Role }[],
  at: number,
): Promise<void> {
  const joinedPos = await journal.newest(tx);
  for (const one of people) await store.insertMember(tx, { ...one, chatId, joinedAt: at, joinedPos });
}

/** Tells somebody that they are in a chat now; from here on they hear it. */
export async function tellCreated(tx: Tx, journal: Journal, userId: number, chat: Chat): Promise<void> {
  await journal.record(tx, chatCreated, userAudience(userId), chat.id, { chat });
}

export async function giveRole(
  tx: Tx,
  journal: Journal,
  chatId: number,
  userId: number,
  role: Role,
): Promise<Member> {
  await store.updateMember(tx, chatId, userId, { role });
  const member = await requireOther(tx, chatId, userId);
  await journal.record(tx, memberUpdated, chatAudience(chatId), userId, { chat_id: chatId, member });
  return member;
}
