/** What follows for notifications from what happened, in pieces. */
import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Tx } from "../../platform/db/database.ts";
import { sizeOf } from "../chats/markers.ts";
import { unreadIn } from "../messages/unread.ts";
import type { Channel } from "./channel.ts";
import { deleteEndedDevices } from "./devices-store.ts";
import { type Job, job, type PageDone } from "./jobs.ts";
import { tellRead, tidyChat } from "./reading.ts";
import { pageAboutMessage } from "./reading-store.ts";
import * as store from "./store.ts";
import type { JobKind } from "./tables.ts";
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

/** So many members or notifications are looked at together: some milliseconds of work. */
export const pageRows = 100;

const nothing: PageDone = { rows: 1 };

export function createTasks({ journal, clock, connectedIn, channels }: TasksDeps) {
  const pages: Record<JobKind, (tx: Tx, job: Job) => Promise<PageDone>> = {
    entered,
    unread,
    called,
    uncalled,
    emptied,
    read,
  };

  /** Does the next page of a job, by what is so at this moment. */
  function page(tx: Tx, job: Job): Promise<PageDone> {
    return pages[job.kind](tx, job);
  }

  // Messages

  /**
   * Whoever has not read all of the messages is to have one unread notification. What calls them by itself they are
   * told of as that.
   */
  async function unread(tx: Tx, { chatId, ref, last, after }: Job): Promise<PageDone> {
    const here = new Set(connectedIn(chatId));
    if (here.size >= (await sizeOf(tx, chatId)).memberCount) return nothing;
    const lastId = await store.findIdOf(tx, chatId, last);
    if (lastId === undefined) return nothing;
    const members = await store.pageOfUnmuted(tx, { chatId, after, limit: pageRows }, lastId);
    const untold = members.filter((one) => !one.isTold && !here.has(one.userId));
    // In most pages everybody has been told of what came before: that is a twentieth of the work.
    const messages =
      untold.length > 0 ? await store.findOutlinesBetween(tx, { chatId, first: ref, last }) : [];
    const made = [];
    for (const { userId, lastReadId } of untold) {
      const first = messages.find((one) => isNews(one) && one.id > lastReadId && !concerns(one, userId));
      if (!first || (await store.wasJustTold(tx, userId, chatId, first.id))) continue;
      made.push(await add(tx, { type: "message", userId, chatId, messageId: first.id }));
    }
    await handOver(tx, made);
    const rows = 1 + untold.length + Math.floor(members.length / 20);
    return { ...doneWith(members, members.at(-1)?.userId), rows };
  }

  // Mentions

  /** Whoever a message calls now is to have a notification, if they have not read it. */
  async function called(tx: Tx, { ref, last, after }: Job): Promise<PageDone> {
    const message = await store.findOutline(tx, ref);
    if (!message) return nothing;
    if (message.mentionsAll) return calledAsAll(tx, message, after);
    const done = await calledByName(tx, message, after);
    const isNew = last === 1 && isNews(message);
    return { ...done, next: isNew ? [unreadOf(message)] : [] };
  }

  async function calledByName(tx: Tx, message: store.Outline, after: number): Promise<PageDone> {
    const { id: messageId, chatId } = message;
    const left = (message.mentions ?? []).filter((userId) => userId > after);
    const userIds = left.toSorted((a, b) => a - b).slice(0, pageRows);
    const made = [];
    for (const userId of userIds) {
      const mention = await store.findMention(tx, messageId, userId);
      const member = await findMember(tx, chatId, userId);
      if (!mention) continue;
      if (!member || member.lastReadId >= messageId) {
        await passed(tx, message, userId, mention);
        continue;
      }
      const row = await addMentioned(tx, message, userId, mention);
      if (row) made.push(row);
    }
    await handOver(tx, made);
    return doneWith(userIds, userIds.at(-1));
  }

  /** The mentions themselves, too, are written only here: a group may be large. */
  async function calledAsAll(tx: Tx, message: store.Outline, after: number): Promise<PageDone> {
    const { id: messageId, chatId } = message;
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
    return doneWith(members, members.at(-1)?.userId);
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
  async function uncalled(tx: Tx, { chatId, ref, after }: Job): Promise<PageDone> {
    const message = await store.findOutline(tx, ref);
    if (!message) return nothing;
    const rows = await pageAboutMessage(tx, ref, after, pageRows);
    for (const { id, userId, mentionId, isGone } of rows) {
      if (!isGone) continue;
      await tellRead(tx, journal, { userId, chatId, notificationIds: [id], mentionIds: [mentionId!] });
    }
    // It is still something new to those whom it does not call any more.
    const isNewToSome = message.deletedBy === null && rows.some((one) => one.isGone);
    return { ...doneWith(rows, rows.at(-1)?.id), next: isNewToSome ? [unreadOf(message)] : [] };
  }

  // The rest

  /** Whoever has nothing else to read in the chat is not to have a notification of what is gone. */
  async function emptied(tx: Tx, { chatId, ref, after }: Job): Promise<PageDone> {
    const rows = await store.pageOfTold(tx, { chatId, after, limit: pageRows }, ref);
    for (const { id, userId } of rows) {
      if ((await unreadIn(tx, userId, [chatId])).get(chatId)! > 0) continue;
      await tellRead(tx, journal, { userId, chatId, notificationIds: [id], mentionIds: [] });
    }
    return doneWith(rows, rows.at(-1)?.userId);
  }

  /** Into a direct chat nobody is invited. */
  async function entered(tx: Tx, { chatId, ref: userId }: Job): Promise<PageDone> {
    const member = await findMember(tx, chatId, userId);
    if (!member || member.addedBy === null) return nothing;
    if ((await findChat(tx, chatId)).chatType === "direct") return nothing;
    const messageId = member.joinedAfterId + 1;
    const isKnown = member.lastReadId >= messageId || (await store.isInvited(tx, userId, chatId, messageId));
    if (isKnown) return nothing;
    const row = { type: "group_invite", userId, chatId, messageId, byUserId: member.addedBy } as const;
    await handOver(tx, [await add(tx, row)]);
    return nothing;
  }

  /** What is left to mark is found again: each page begins at the first. */
  async function read(tx: Tx, { chatId, ref: userId }: Job): Promise<PageDone> {
    const { marked, isDone } = await tidyChat(tx, journal, chatId, userId, pageRows);
    return { rows: 1 + marked, after: isDone ? undefined : 0 };
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

  return { page, sessionsEnded, add, handOver };
}

/** Where `rows` are a full page, there may be more behind `last`. */
function doneWith(rows: readonly unknown[], last: number | undefined): PageDone {
  return { rows: 1 + rows.length, after: rows.length < pageRows ? undefined : last };
}

function unreadOf({ chatId, seq }: store.Outline): Job {
  return job(chatId, "unread", seq, seq);
}

/** Whether a message is something to be told of. */
export function isNews({ contentType, deletedBy, isEmpty }: store.Outline): boolean {
  return contentType !== "system" && deletedBy === null && !isEmpty;
}

/** Whether somebody wrote it, or is called by it. */
export function concerns({ senderId, mentions, mentionsAll }: store.Outline, userId: number): boolean {
  return senderId === userId || mentionsAll || (mentions?.includes(userId) ?? false);
}
