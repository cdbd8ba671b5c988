/** Steps that change a chat, with the events that tell of it. */
import { chatAudience, userAudience, type Viewer } from "../../../events/event.ts";
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import type { Person } from "../../accounts/index.ts";
import { acquainted } from "../members/membership.ts";
import { appendSystem } from "../messages/append.ts";
import { answered, chatCreated, chatUpdated } from "./events.ts";
import type { Chat } from "./schema.ts";
import * as store from "./store.ts";
import { toChatInfo } from "./view.ts";

type JournalKit = Pick<Kit, "journal" | "clock">;

/** For whom something is looked up. */
export function viewerOf(kit: Pick<Kit, "presence">, id: number): Viewer {
  return { id, isOnline: (userId) => kit.presence.isOnline(userId) };
}

export async function changeChat(
  kit: JournalKit,
  tx: Tx,
  chatId: number,
  change: Partial<store.ChatRow>,
): Promise<void> {
  const chat = await store.updateChat(tx, chatId, change);
  await kit.journal.record(tx, chatUpdated, chatAudience(chatId), chatId, { chat: toChatInfo(chat) });
}

/** What a group is called and looks like; what is undefined stays, and a name stays also for null. */
export interface Look {
  name?: string | null | undefined;
  description?: string | null | undefined;
  avatarUrl?: string | null | undefined;
}

/** Changes that, and has the chat itself say so. */
export async function changeGroup(
  kit: JournalKit,
  tx: Tx,
  by: Person,
  chat: store.ChatRow,
  wanted: Look,
): Promise<void> {
  const change: Partial<store.ChatRow> = {};
  if (wanted.name && wanted.name !== chat.name) change.name = wanted.name;
  const { description, avatarUrl } = wanted;
  if (description !== undefined && description !== chat.description) change.description = description;
  if (avatarUrl !== undefined && avatarUrl !== chat.avatarUrl) change.avatarUrl = avatarUrl;
  if (Object.keys(change).length === 0) return;
  await changeChat(kit, tx, chat.id, change);
  if (change.name) await appendSystem(kit, tx, by, chat.id, { event: "chat_renamed", name: change.name });
  if ("description" in change) await appendSystem(kit, tx, by, chat.id, { event: "description_changed" });
  if ("avatarUrl" in change) await appendSystem(kit, tx, by, chat.id, { event: "avatar_changed" });
}

/**
 * Somebody has written or read in a chat. Where that answers its maker, a stranger until now, the maker is shown from
 * here on whether they are here.
 */
export async function acquaint(
  kit: JournalKit,
  tx: Tx,
  chatId: number,
  { strangerId, userId }: { strangerId: number | null; userId: number },
): Promise<void> {
  if (strangerId === null || strangerId === userId) return;
  const isKnown = (await acquainted(tx, strangerId, [userId])).has(userId);
  await store.updateChat(tx, chatId, { strangerId: null });
  if (isKnown) return;
  await kit.journal.record(tx, answered, userAudience(strangerId), chatId, { userId, strangerId });
}

/** Tells somebody that they are in a chat now; from here on they hear it. */
export async function tellCreated(kit: JournalKit, tx: Tx, userId: number, chat: Chat): Promise<void> {
  await kit.journal.record(tx, chatCreated, userAudience(userId), chat.id, { chat });
}
