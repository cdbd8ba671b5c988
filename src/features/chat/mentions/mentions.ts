/** Steps about whom a message calls. */
import { invalid } from "../../../core/errors.ts";
import type { Kit } from "../../../kit.ts";
import type { Read, Tx } from "../../../platform/db/database.ts";
import { everybodysName, idsByName } from "../../accounts/index.ts";
import { membersAmong, type Standing } from "../members/membership.ts";
import { may } from "../members/rules.ts";
import { namesCalled } from "./mention-text.ts";
import * as store from "./store.ts";

/** Whom a text calls: members by name, in the order of the text, and perhaps everybody. */
export interface Called {
  ids: number[];
  all: boolean;
}

export const nobodyCalled: Called = { ids: [], all: false };

/** Who writes, and where. */
export interface Writing {
  chatId: number;
  standing: Standing;
  sender: number;
}

/**
 * Whom a text calls. A name that is no member's is just text, whether there is such a person or not. Errors:
 * `validation` when it names more members than it may.
 */
export async function whoIsCalled(
  kit: Pick<Kit, "settings">,
  read: Read,
  { chatId, standing, sender }: Writing,
  text: string,
): Promise<Called> {
  const { maxMentions, mentionNames } = kit.settings;
  const names = namesCalled(text, mentionNames);
  if (names.length === 0) return nobodyCalled;
  const mayAll = mayCallAll(standing);
  const members = await membersByName(read, chatId, names.flat());
  const called = new Set<number>();
  let all = false;
  for (const readings of names) {
    const name = readings.find((one) => members.has(one) || (mayAll && one === everybodysName));
    if (name === everybodysName) all = true;
    const id = name === undefined ? undefined : members.get(name);
    if (id !== undefined && id !== sender) called.add(id);
  }
  if (called.size > maxMentions) {
    throw invalid("content", `mentions ${called.size} people; at most ${maxMentions} are allowed`);
  }
  return { ids: [...called], all };
}

function mayCallAll(standing: Standing): boolean {
  return standing.chatType === "group" && may(standing, "mention_all");
}

/**
 * Whom an encrypted text calls, by its sender's word: who is no member is left out, and so is everybody where the sender may not call
 * them, as in a plain text. Errors: `validation` for more people than it may name.
 */
export async function whoIsNamed(
  kit: Pick<Kit, "settings">,
  read: Read,
  { chatId, standing, sender }: Writing,
  named: Called,
): Promise<Called> {
  const { maxMentions } = kit.settings;
  const ids = [...new Set(named.ids)].filter((id) => id !== sender);
  if (ids.length > maxMentions) {
    throw invalid("mentions", `names ${ids.length} people; at most ${maxMentions} are allowed`);
  }
  const members = await membersAmong(read, chatId, ids);
  return { ids: ids.filter((id) => members.has(id)), all: named.all && mayCallAll(standing) };
}

async function membersByName(read: Read, chatId: number, names: string[]): Promise<Map<string, number>> {
  const ids = await idsByName(read, [...new Set(names)]);
  const members = await membersAmong(read, chatId, [...ids.values()]);
  return new Map([...ids].filter(([, id]) => members.has(id)));
}

/** Writes down whom a new message calls. Those who are called as one of all follow later. */
export async function insertMentions(
  tx: Tx,
  message: { id: number; chatId: number },
  userIds: number[],
  createdAt: number,
): Promise<void> {
  const { id: messageId, chatId } = message;
  for (const userId of userIds) await store.insertMention(tx, { messageId, chatId, userId, createdAt });
}

/** The same for a message that calls others now: some are added, some taken away. */
export async function changeMentions(
  tx: Tx,
  row: { id: number; chatId: number; mentions: number[] | null },
  called: Called,
  at: number,
): Promise<void> {
  const before = row.mentions ?? [];
  if (!called.all) await store.deleteMentions(tx, row.id, called.ids);
  const added = called.ids.filter((id) => !before.includes(id));
  if (added.length === 0) return;
  const there = await store.findMentioned(tx, row.id, added);
  await insertMentions(
    tx,
    row,
    added.filter((id) => !there.includes(id)),
    at,
  );
}

/** Nobody is called any more. */
export function removeMentions(tx: Tx, messageId: number): Promise<void> {
  return store.deleteMentions(tx, messageId, []);
}

/** How often somebody is called in what they have not read, by chat; chats without are left out. */
export async function unreadMentions(read: Read, userId: number): Promise<Map<number, number>> {
  const rows = await store.countUnreadMentions(read, userId);
  return new Map(rows.map((row) => [row.chatId, row.count]));
}
