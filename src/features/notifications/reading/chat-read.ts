import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import { findMemberships, unreadIn, unreadMentionsUpTo } from "../../chat/index.ts";
import { type ChatJob, type PageDone, pageRows } from "../following/jobs.ts";
import { someAboutSubjects, toldBehind, unreadUpTo, type UpTo } from "./store.ts";
import { tellRead } from "./tell-read.ts";

/**
 * Marks what somebody has in a chat and has read by reading on in it, or all when they are in it no more, oldest first.
 * What is left to mark is found again: each page begins at the first.
 */
export async function markChatRead(kit: Kit, tx: Tx, { chatId, ref: userId }: ChatJob): Promise<PageDone> {
  const [member] = await findMemberships(tx, [{ chatId, userId }]);
  const where = { userId, chatId, upTo: member?.lastReadId ?? Number.MAX_SAFE_INTEGER };
  // Of custom types there may be any number.
  const about = await someAboutSubjects(tx, where, pageRows);
  if (about.length === pageRows) {
    await tellRead(kit, tx, { userId, chatId, notificationIds: about, mentionIds: [] });
    return { rows: 1 + about.length, after: 0 };
  }
  const mentions = await unreadMentionsUpTo(tx, where, pageRows);
  const last = mentions.length < pageRows ? undefined : mentions.at(-1);
  // What is about the same message stays together.
  const passed = await unreadUpTo(tx, last ? { ...where, upTo: last.messageId } : where);
  const notificationIds = last ? passed : [...passed, ...(await toldInVain(tx, where))];
  const mentionIds = mentions.map((row) => row.id);
  await tellRead(kit, tx, { userId, chatId, notificationIds, mentionIds });
  const rows = 1 + notificationIds.length + mentionIds.length;
  return { rows, after: last ? 0 : undefined };
}

/** That there is something unread, where there was only something before what is read now, and the rest is deleted. */
async function toldInVain(tx: Tx, where: UpTo): Promise<number[]> {
  const told = await toldBehind(tx, where);
  if (told.length === 0) return [];
  const unread = await unreadIn(tx, where.userId, [where.chatId]);
  return unread.get(where.chatId) === 0 ? told : [];
}
