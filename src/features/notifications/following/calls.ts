/** What follows for those whom a message calls, and for those whom it does not call any more. */
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import {
  findMembers,
  insertMention,
  type MentionRow,
  mentionsAmong,
  mentionsOf,
  type Outline,
  outlinesOf,
  pageOfLaggards,
} from "../../chat/index.ts";
import { pageOfMentions } from "../reading/store.ts";
import { tellRead } from "../reading/tell-read.ts";
import { type ChatJob, doneWith, nothing, type PageDone, pageRows } from "./jobs.ts";
import { type News, notify } from "./notify.ts";
import { isNews, unreadJob } from "./outlines.ts";
import { notifiedAmong } from "./store.ts";

type Mention = Pick<MentionRow, "id" | "userId" | "readPos">;

/** Whoever a message calls now is to have a notification, if they have not read it. */
export async function called(kit: Kit, tx: Tx, { ref, last, after }: ChatJob): Promise<PageDone> {
  const [message] = await outlinesOf(tx, [ref]);
  if (!message) return nothing;
  if (message.mentionsAll) return calledAsAll(kit, tx, message, after);
  const done = await calledByName(kit, tx, message, after);
  const isNew = last === 1 && isNews(message);
  return { ...done, next: isNew ? [unreadJob(message)] : [] };
}

async function calledByName(kit: Kit, tx: Tx, message: Outline, after: number): Promise<PageDone> {
  const { id: messageId, chatId } = message;
  const left = (message.mentions ?? []).filter((userId) => userId > after);
  const userIds = left.toSorted((a, b) => a - b).slice(0, pageRows);
  if (userIds.length === 0) return nothing;
  const members = await findMembers(tx, chatId, userIds);
  const behind = new Set(members.filter((one) => one.lastReadId < messageId).map((one) => one.userId));
  const mentions = await untold(tx, await mentionsOf(tx, messageId, userIds));
  const unread = mentions.filter((one) => behind.has(one.userId));
  for (const { id, userId } of mentions.filter((one) => !unread.includes(one))) {
    // Read, or left behind, before there was a notification: nothing else would mark it.
    await tellRead(kit, tx, { userId, chatId, notificationIds: [], mentionIds: [id] });
  }
  await notify(kit, tx, newsOf(message, unread));
  return doneWith(userIds, userIds.at(-1));
}

/** The mentions themselves, too, are written only here: a group may be large. */
async function calledAsAll(kit: Kit, tx: Tx, message: Outline, after: number): Promise<PageDone> {
  const userIds = await pageOfLaggards(tx, "read", message, { after, limit: pageRows });
  const mentions = await mentionEach(kit, tx, message, userIds);
  await notify(kit, tx, newsOf(message, await untold(tx, mentions)));
  return doneWith(userIds, userIds.at(-1));
}

/** The mentions of these people in a message, made as far as they are missing. */
async function mentionEach(kit: Kit, tx: Tx, message: Outline, userIds: number[]): Promise<Mention[]> {
  const { id: messageId, chatId } = message;
  const mentions = await mentionsOf(tx, messageId, userIds);
  const there = new Set(mentions.map((one) => one.userId));
  for (const userId of userIds.filter((one) => !there.has(one))) {
    const id = await insertMention(tx, { messageId, chatId, userId, createdAt: kit.clock.now() });
    mentions.push({ id, userId, readPos: null });
  }
  return mentions;
}

/** Without those that somebody was told of, or has marked as read. By user. */
async function untold(tx: Tx, mentions: Mention[]): Promise<Mention[]> {
  const unmarked = mentions.filter((one) => one.readPos === null);
  const told = await notifiedAmong(
    tx,
    unmarked.map((one) => one.id),
  );
  return unmarked.filter((one) => !told.has(one.id)).toSorted((a, b) => a.userId - b.userId);
}

function newsOf({ id: messageId, chatId, senderId: byUserId }: Outline, mentions: Mention[]): News[] {
  return mentions.map(({ id: mentionId, userId }) => ({
    type: "mention",
    userId,
    chatId,
    messageId,
    mentionId,
    byUserId,
  }));
}

/** Those whom a message does not call any more have nothing left to read there. */
export async function uncalled(kit: Kit, tx: Tx, { chatId, ref, after }: ChatJob): Promise<PageDone> {
  const [message] = await outlinesOf(tx, [ref]);
  if (!message) return nothing;
  const rows = await pageOfMentions(tx, ref, { after, limit: pageRows });
  const there = await mentionsAmong(
    tx,
    rows.flatMap((row) => row.mentionId ?? []),
  );
  let isNewToSome = false;
  for (const { id, userId, mentionId } of rows) {
    if (mentionId === null || there.has(mentionId)) continue;
    await tellRead(kit, tx, { userId, chatId, notificationIds: [id], mentionIds: [mentionId] });
    // It is still something new to those whom it does not call any more.
    isNewToSome = message.deletedBy === null;
  }
  return { ...doneWith(rows, rows.at(-1)?.id), next: isNewToSome ? [unreadJob(message)] : [] };
}
