/** Steps about whom a message calls. */
import { invalid } from "../../core/errors.ts";
import type { Read, Tx } from "../../platform/db/database.ts";
import { everybodysName, idsByName } from "../accounts/people.ts";
import { may, membersAmong, type Standing } from "../chats/membership.ts";
import { namesCalled } from "./mention-text.ts";
import * as store from "./store.ts";

/** Whom a text calls: members by name, in the order of the text, and perhaps everybody. */
export interface Called {
  ids: number[];
  all: boolean;
}

export const nobodyCalled: Called = { ids: [], all: false };

export interface MentionLimits {
  /** Members that one message may call by name. */
  people: number;
  /** Names behind an `@`, members' or not, that are looked up; what comes after them is just text. */
  names: number;
}

/**
 * Whom `text` calls. A name that is no member's is just text, whether there is such a person or not. Errors:
 * `validation` when it names more members than it may.
 */
export async function whoIsCalled(
  read: Read,
  chatId: number,
  standing: Standing,
  sender: number,
  text: string,
  most: MentionLimits,
): Promise<Called> {
  const names = namesCalled(text, most.names);
  if (names.length === 0) return nobodyCalled;
  const callsAll = standing.chatType === "group" && may(standing, "mention_all");
  const ids = await idsByName(read, [...new Set(names.flat())]);
  const members = await membersAmong(read, chatId, [...ids.values()]);
  const isMember = (name: string) => ids.has(name) && members.has(ids.get(name)!);
  const called = new Set<number>();
  let all = false;
  for (const readings of names) {
    const name = readings.find((one) => isMember(one) || (callsAll && one === everybodysName));
    if (name === everybodysName) all = true;
    else if (name !== undefined && ids.get(name) !== sender) called.add(ids.get(name)!);
  }
  if (called.size > most.people) {
    throw invalid("content", `names ${called.size} people, more than ${most.people}`);
  }
  return { ids: [...called], all };
}

/** Writes down whom a new message calls. Those who are called as one of all follow later. */
export async function placeMentions(
  tx: Tx,
  message: { id: number; chatId: number },
  userIds: number[],
  at: number,
): Promise<void> {
  if (userIds.length === 0) return;
  const rows = userIds.map((userId) => ({
    messageId: message.id,
    chatId: message.chatId,
    userId,
    createdAt: at,
  }));
  await store.insertMentions(tx, rows);
}

/** The same for a message that calls others now: some are added, some taken away. */
export async function changeMentions(
  tx: Tx,
  row: store.MessageRow,
  called: Called,
  at: number,
): Promise<void> {
  const before = row.mentions ?? [];
  const added = called.ids.filter((id) => !before.includes(id));
  if (!called.all) await store.deleteMentions(tx, row.id, called.ids);
  const there = await store.findMentioned(tx, row.id, added);
  await placeMentions(
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

/** The same in one chat, behind somebody's marker. */
export function mentionsBehind(
  read: Read,
  chatId: number,
  userId: number,
  lastReadId: number,
): Promise<number> {
  return store.countMentionsBehind(read, { chatId, userId, after: lastReadId });
}
