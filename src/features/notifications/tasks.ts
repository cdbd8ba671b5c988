/** What follows for notifications from what happened, in pieces. */
import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { sizeOf } from "../chats/markers.ts";
import { unreadIn } from "../messages/unread.ts";
import type { Channel } from "./channel.ts";
import { deleteEndedDevices } from "./devices-store.ts";
import { tellRead, tidyChat } from "./reading.ts";
import { hasUnread, pageAboutMessage } from "./reading-store.ts";
import * as store from "./store.ts";
import type { Task } from "../../events/work.ts";
import { findChat, findMember } from "./words-store.ts";
import { toNotifications } from "./words.ts";

export interface TasksDeps {
  journal: Journal;
  clock: Clock;
  /** The members of a chat who have a socket right now. */
  connectedIn(chatId: number): number[];
  channels: readonly Channel[];
}

export type Tasks = ReturnType<typeof createTasks>;

/** A member of a chat. */
export interface Reader {
  chatId: number;
  userId: number;
}

/** So many members or notifications are looked at together: some milliseconds of work. */
const pageRows = 100;

export function createTasks({ journal, clock, connectedIn, channels }: TasksDeps) {
  // Messages

  /** New messages, by their ids; between the first and the last there are no others. */
  function written(ids: number[]): Task {
    return async (tx) => {
      const messages = await store.findOutlines(tx, ids[0]!, ids.at(-1)!);
      const theirs = messages.filter(
        (one) => one.contentType !== "system" && one.deletedBy === null && !one.isEmpty,
      );
      const calling = theirs.filter((one) => one.mentionsAll || one.mentions !== null);
      const next = [...Map.groupBy(theirs, (one) => one.chatId)].map(([chatId, some]) =>
        unread(chatId, some, 0),
      );
      next.push(...calling.map((one) => called(one.id)));
      const passing = messages.filter((one) => !one.ownUnread);
      next.push(readOn(passing.map((one) => ({ chatId: one.chatId, userId: one.senderId }))));
      return { rows: 1, next };
    };
  }

  /** A message that had nothing to show has something now. */
  function filled(messageId: number): Task {
    return async (tx) => {
      const message = await store.findOutline(tx, messageId);
      if (message.deletedBy !== null || message.isEmpty) return { rows: 1 };
      return { rows: 1, next: [unread(message.chatId, [message], 0)] };
    };
  }

  /**
   * From those behind `after`, whoever has not read all of `messages` is to have one unread notification. What
   * calls them by itself they are told of as that.
   */
  function unread(chatId: number, messages: store.Outline[], after: number): Task {
    const [oldest, last] = [messages[0]!.id, messages.at(-1)!.id];
    return async (tx) => {
      const here = new Set(connectedIn(chatId));
      if (here.size >= (await sizeOf(tx, chatId)).memberCount) return { rows: 1 };
      const members = await store.pageOfUnmuted(tx, { chatId, after, limit: pageRows }, last);
      const made = [];
      for (const { userId, lastReadId, isTold } of members) {
        if (isTold || here.has(userId)) continue;
        const first = messages.find((one) => one.id > lastReadId && !concerns(one, userId));
        if (!first || (await store.wasJustTold(tx, userId, chatId, oldest))) continue;
        made.push(await add(tx, { type: "message", userId, chatId, messageId: first.id }));
      }
      await handOver(tx, made);
      const next = members.length < pageRows ? [] : [unread(chatId, messages, members.at(-1)!.userId)];
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
        if (!mention) continue;
        if (!member || member.lastReadId >= messageId) {
          await passed(tx, message, userId, mention);
          continue;
        }
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
      const members = await store.pageOfBehind(tx, { chatId, after, limit: pageRows }, message);
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

  /** A mention that was read, or left behind, before there was a notification: nothing else would mark it. */
  async function passed(
    tx: Tx,
    { chatId }: { chatId: number },
    userId: number,
    mention: { id: number; readPos: number | null },
  ): Promise<void> {
    if (mention.readPos !== null || (await store.findAboutMention(tx, mention.id))) return;
    await tellRead(tx, journal, { userId, chatId, notificationIds: [], mentionIds: [mention.id] });
  }

  /** Those whom a message does not call any more have nothing left to read there. */
  function uncalled(messageId: number, after = 0): Task {
    return async (tx) => {
      const message = await store.findOutline(tx, messageId);
      const { chatId } = message;
      const rows = await pageAboutMessage(tx, messageId, after, pageRows);
      for (const { id, userId, mentionId, isGone } of rows) {
        if (!isGone) continue;
        await tellRead(tx, journal, { userId, chatId, notificationIds: [id], mentionIds: [mentionId!] });
      }
      const next = rows.length < pageRows ? [] : [uncalled(messageId, rows.at(-1)!.id)];
      // It is still something new to those whom it does not call any more.
      if (message.deletedBy === null && rows.some((one) => one.isGone))
        next.push(unread(chatId, [message], 0));
      return { rows: rows.length, next };
    };
  }

  // The rest

  /** A message is gone: whoever has nothing else to read in its chat is not to have a notification of it. */
  function emptied(messageId: number, after = 0): Task {
    return async (tx) => {
      const { chatId } = await store.findOutline(tx, messageId);
      const rows = await store.pageOfTold(tx, { chatId, after, limit: pageRows }, messageId);
      for (const { id, userId } of rows) {
        if ((await unreadIn(tx, userId, [chatId])).get(chatId)! > 0) continue;
        await tellRead(tx, journal, { userId, chatId, notificationIds: [id], mentionIds: [] });
      }
      const next = rows.length < pageRows ? [] : [emptied(messageId, rows.at(-1)!.userId)];
      return { rows: rows.length, next };
    };
  }

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

  /** These people have read on in these chats. Most of them had nothing to be told of there. */
  function readOn(readers: Reader[]): Task {
    return async (tx) => {
      const next = [];
      for (const reader of distinct(readers)) {
        if (await hasUnread(tx, reader)) next.push(tidy(reader));
      }
      return { rows: 1, next };
    };
  }

  function tidy({ chatId, userId }: Reader): Task {
    return async (tx) => {
      const { marked, isDone } = await tidyChat(tx, journal, chatId, userId, pageRows);
      return { rows: 1 + marked, next: isDone ? [] : [tidy({ chatId, userId })] };
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

  return { written, filled, called, uncalled, emptied, entered, readOn, sessionsEnded, add, handOver };
}

/** Each once. */
function distinct(readers: Reader[]): Reader[] {
  return [...new Map(readers.map((one) => [`${one.chatId} ${one.userId}`, one])).values()];
}

/** Whether somebody wrote it, or is called by it. */
export function concerns({ senderId, mentions, mentionsAll }: store.Outline, userId: number): boolean {
  return senderId === userId || mentionsAll || (mentions?.includes(userId) ?? false);
}

function inPages(ids: number[]): number[][] {
  const pages = [];
  for (let at = 0; at < ids.length; at += pageRows) pages.push(ids.slice(at, at + pageRows));
  return pages;
}
