/** What follows for notifications from what happened, in pieces. */
import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { sizeOf } from "../chats/markers.ts";
import type { Channel } from "./channel.ts";
import { deleteEndedDevices } from "./devices-store.ts";
import { tellRead, tidyChat } from "./reading.ts";
import { pageAboutMessage } from "./reading-store.ts";
import * as store from "./store.ts";
import type { Task } from "./work.ts";
import { findChat, findMember } from "./words-store.ts";
import { toNotifications } from "./words.ts";

export interface TasksDeps {
  journal: Journal;
  clock: Clock;
  /** The members of a chat who have a socket right now. */
  connectedIn(chatId: number): number[];
  channels: readonly Channel[];
}

/** So many members or notifications are looked at together: some milliseconds of work. */
const pageRows = 100;

export function createTasks({ journal, clock, connectedIn, channels }: TasksDeps) {
  // Messages

  /** New messages of one chat, in their order. */
  function written(chatId: number, ids: number[]): Task {
    return async (tx) => {
      const messages = [];
      for (const id of ids) messages.push(await store.findOutline(tx, id));
      const theirs = messages.filter((one) => one.contentType !== "system" && one.deletedBy === null);
      const [first, last] = [theirs[0], theirs.at(-1)];
      const calling = theirs.filter((one) => one.mentionsAll || one.mentions !== null);
      const senders = new Set(messages.map((one) => one.senderId));
      return {
        rows: ids.length,
        next: [
          ...(first && last ? [unread({ chatId, first: first.id, last: last.id, after: 0 })] : []),
          ...calling.map((one) => called(one.id)),
          ...[...senders].map((userId) => readOn(chatId, userId)),
        ],
      };
    };
  }

  /** From those behind `after`, whoever has not read up to `last` is to have one unread notification. */
  function unread(range: { chatId: number; first: number; last: number; after: number }): Task {
    const { chatId, first, last, after } = range;
    return async (tx) => {
      const here = new Set(connectedIn(chatId));
      if (here.size >= (await sizeOf(tx, chatId)).memberCount) return { rows: 1 };
      const members = await store.pageOfUnmuted(tx, { chatId, after, limit: pageRows }, last);
      const made = [];
      for (const { userId, lastReadId, isTold } of members) {
        if (isTold || here.has(userId)) continue;
        const messageId = Math.max(first, lastReadId + 1);
        made.push(await add(tx, { type: "message", userId, chatId, messageId }));
      }
      await handOver(tx, made);
      const next = members.length < pageRows ? [] : [unread({ ...range, after: members.at(-1)!.userId })];
      return { rows: members.length, next };
    };
  }

  // Mentions

  /** Whoever a message calls now is to have a notification, if they have not read it. */
  function called(messageId: number): Task {
    return async (tx) => {
      const message = await store.findOutline(tx, messageId);
      if (message.mentionsAll) return { rows: 1, next: [calledAsAll(messageId, 0)] };
      return { rows: 1, next: inPages(message.mentions ?? []).map((ids) => calledByName(messageId, ids)) };
    };
  }

  function calledByName(messageId: number, userIds: number[]): Task {
    return async (tx) => {
      const message = await store.findOutline(tx, messageId);
      const made = [];
      for (const userId of userIds) {
        const mention = await store.findMention(tx, messageId, userId);
        const member = await findMember(tx, message.chatId, userId);
        if (!mention || !member || member.lastReadId >= messageId) continue;
        const row = await addMentioned(tx, message, userId, mention);
        if (row) made.push(row);
      }
      await handOver(tx, made);
      return { rows: userIds.length };
    };
  }

  /** The mentions themselves, too, are written only here: a group may be large. */
  function calledAsAll(messageId: number, after: number): Task {
    return async (tx) => {
      const message = await store.findOutline(tx, messageId);
      const { chatId } = message;
      // Edited or deleted since the last page.
      if (!message.mentionsAll) return { rows: 1 };
      const members = await store.pageOfBehind(tx, { chatId, after, limit: pageRows }, messageId);
      const made = [];
      for (const { userId } of members) {
        const mention = (await store.findMention(tx, messageId, userId)) ?? {
          id: await store.insertMention(tx, { messageId, chatId, userId, createdAt: clock.now() }),
          readPos: null,
        };
        const row = await addMentioned(tx, message, userId, mention);
        if (row) made.push(row);
      }
      await handOver(tx, made);
      const next = members.length < pageRows ? [] : [calledAsAll(messageId, members.at(-1)!.userId)];
      return { rows: members.length, next };
    };
  }

  /** Undefined when they were told of this mention, or have marked it as read. */
  async function addMentioned(
    tx: Tx,
    { id: messageId, chatId, senderId }: { id: number; chatId: number; senderId: number },
    userId: number,
    mention: { id: number; readPos: number | null },
  ): Promise<store.NotificationRow | undefined> {
    if (mention.readPos !== null || (await store.findAboutMention(tx, mention.id))) return undefined;
    const row = { type: "mention", userId, chatId, messageId } as const;
    return add(tx, { ...row, mentionId: mention.id, byUserId: senderId });
  }

  /** Those whom a message does not call any more have nothing left to read there. */
  function uncalled(messageId: number, after = 0): Task {
    return async (tx) => {
      const { chatId } = await store.findOutline(tx, messageId);
      const rows = await pageAboutMessage(tx, messageId, after, pageRows);
      for (const { id, userId, mentionId, isGone } of rows) {
        if (!isGone) continue;
        await tellRead(tx, journal, { userId, chatId, notificationIds: [id], mentionIds: [mentionId!] });
      }
      const next = rows.length < pageRows ? [] : [uncalled(messageId, rows.at(-1)!.id)];
      return { rows: rows.length, next };
    };
  }

  // The rest

  /** Somebody is in a chat now. Into a direct chat nobody is invited. */
  function entered(chatId: number, userId: number): Task {
    return async (tx) => {
      const member = await findMember(tx, chatId, userId);
      if (!member || member.addedBy === null) return { rows: 1 };
      if ((await findChat(tx, chatId)).chatType === "direct") return { rows: 1 };
      const messageId = member.joinedAfterId + 1;
      const isKnown =
        member.lastReadId >= messageId || (await store.isInvited(tx, userId, chatId, messageId));
      if (isKnown) return { rows: 1 };
      const row = { type: "group_invite", userId, chatId, messageId, byUserId: member.addedBy } as const;
      await handOver(tx, [await add(tx, row)]);
      return { rows: 1 };
    };
  }

  /** Somebody has read on in a chat. */
  function readOn(chatId: number, userId: number): Task {
    return async (tx) => {
      const { marked, isDone } = await tidyChat(tx, journal, chatId, userId, pageRows);
      return { rows: 1 + marked, next: isDone ? [] : [readOn(chatId, userId)] };
    };
  }

  /** Sessions of somebody are over, and with them what their devices are reached by. */
  function sessionsEnded(userId: number): Task {
    return async (tx) => {
      await deleteEndedDevices(tx, userId);
      return { rows: 1 };
    };
  }

  function add(
    tx: Tx,
    row: Pick<store.NewNotification, "type" | "userId" | "chatId" | "messageId"> &
      Partial<store.NewNotification>,
  ): Promise<store.NotificationRow> {
    return store.insertNotification(tx, { mentionId: null, byUserId: null, createdAt: clock.now(), ...row });
  }

  async function handOver(tx: Tx, rows: store.NotificationRow[]): Promise<void> {
    if (rows.length === 0) return;
    const made = await toNotifications(tx, rows);
    for (const channel of channels) await channel.take(tx, made);
  }

  return { written, called, uncalled, entered, readOn, sessionsEnded };
}

function inPages(ids: number[]): number[][] {
  const pages = [];
  for (let at = 0; at < ids.length; at += pageRows) pages.push(ids.slice(at, at + pageRows));
  return pages;
}
