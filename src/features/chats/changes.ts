/** Steps that change a chat or who is in it, with the events that tell of it. */
import { chatAudience, userAudience } from "../../events/event.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import type { Person } from "../accounts/people.ts";
import { appendSystem } from "../messages/timeline.ts";
import { answered, chatCreated, chatUpdated, memberUpdated } from "./events.ts";
import { acquainted, requireOther, toChatInfo } from "./membership.ts";
import type { SystemFacts } from "../messages/schema.ts";
import { sizeOf } from "./markers.ts";
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

/** What a group is called and looks like; what is undefined stays, and a name stays also for null. */
export interface Look {
  name?: string | null | undefined;
  description?: string | null | undefined;
  avatarUrl?: string | null | undefined;
}

/** Changes that, and has the chat itself say so. */
export async function changeGroup(
  tx: Tx,
  journal: Journal,
  by: Person,
  chat: store.ChatRow,
  wanted: Look,
  at: number,
): Promise<void> {
  const change: Partial<store.ChatRow> = {};
  if (wanted.name && wanted.name !== chat.name) change.name = wanted.name;
  const { description, avatarUrl } = wanted;
  if (description !== undefined && description !== chat.description) change.description = description;
  if (avatarUrl !== undefined && avatarUrl !== chat.avatarUrl) change.avatarUrl = avatarUrl;
  if (Object.keys(change).length === 0) return;
  await changeChat(tx, journal, chat.id, change);
  const say = (facts: SystemFacts) => appendSystem(tx, journal, by, chat.id, facts, at);
  if (change.name) await say({ event: "chat_renamed", name: change.name });
  if ("description" in change) await say({ event: "description_changed" });
  if ("avatarUrl" in change) await say({ event: "avatar_changed" });
}

/**
 * Puts people into a chat. What happened in it so far is not theirs to hear, and what people wrote up to
 * `readTo`, the chat's last message, counts as read.
 */
export async function enrol(
  tx: Tx,
  journal: Journal,
  chatId: number,
  people: { userId: number; role: Role }[],
  { by, at, readTo }: { by: number; at: number; readTo: number },
): Promise<void> {
  const joinedPos = await journal.newest(tx);
  const { messageCount: readCount } = await sizeOf(tx, chatId);
  const joining = { chatId, joinedAt: at, joinedPos, joinedAfterId: readTo, readCount };
  for (const { userId, role } of people) {
    await store.insertMember(tx, { ...joining, userId, role, addedBy: userId === by ? null : by });
  }
}

/**
 * Somebody has written or read in a chat. Where that answers its maker, a stranger until now, the maker is shown from
 * here on whether they are here.
 */
export async function acquaint(
  tx: Tx,
  journal: Journal,
  chatId: number,
  { strangerId, userId }: { strangerId: number | null; userId: number },
): Promise<void> {
  if (strangerId === null || strangerId === userId) return;
  const isKnown = (await acquainted(tx, strangerId, [userId])).has(userId);
  await store.updateChat(tx, chatId, { strangerId: null });
  if (!isKnown) await journal.record(tx, answered, userAudience(strangerId), chatId, { userId, strangerId });
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
  return tellChanged(tx, journal, chatId, userId);
}

/** Tells everybody in the chat what a member is like now. */
export async function tellChanged(tx: Tx, journal: Journal, chatId: number, userId: number): Promise<Member> {
  const member = await requireOther(tx, chatId, userId);
  await journal.record(tx, memberUpdated, chatAudience(chatId), userId, { chat_id: chatId, member });
  return member;
}
