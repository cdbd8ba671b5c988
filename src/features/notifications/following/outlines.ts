/** What notifications have to know of messages. */
import type { Outline } from "../../chat/index.ts";
import { type ChatJob, jobOf } from "./jobs.ts";

/** Whether a message is something to be told of. */
export function isNews({ contentType, deletedBy, isEmpty }: Outline): boolean {
  return contentType !== "system" && deletedBy === null && !isEmpty;
}

/** Whether somebody wrote it, or is called by it. */
export function concerns({ senderId, mentions, mentionsAll }: Outline, userId: number): boolean {
  return senderId === userId || mentionsAll || (mentions?.includes(userId) ?? false);
}

/** The first of `messages` behind the message `after` that somebody is to be told of as something unread. */
export function firstNews(messages: Outline[], userId: number, after: number): Outline | undefined {
  return messages.find((one) => isNews(one) && one.id > after && !concerns(one, userId));
}

/** Whoever has not read it is to be told of it. */
export function unreadJob({ chatId, seq }: Outline, last: number = seq): ChatJob {
  return jobOf(chatId, "unread", seq, last);
}
