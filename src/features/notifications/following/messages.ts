/** What follows from messages for those who have not read them. */
import type { Kit } from "../../../kit.ts";
import type { Tx } from "../../../platform/db/database.ts";
import {
  idOfSeq,
  newestMessage,
  outlinesBetween,
  pageOfUnmutedLaggards,
  unreadIn,
} from "../../chat/index.ts";
import { tellRead } from "../reading/tell-read.ts";
import { type ChatJob, doneWith, nothing, type PageDone, pageRows } from "./jobs.ts";
import { connectedIn, type News, notify } from "./notify.ts";
import { firstNews } from "./outlines.ts";
import * as store from "./told-store.ts";

/**
 * Whoever is away and has not read all of the messages is to have one unread notification. What calls them by itself
 * they are told of as that.
 */
export async function unread(kit: Kit, tx: Tx, { chatId, ref, last, after }: ChatJob): Promise<PageDone> {
  const lastId = await idOfSeq(tx, chatId, last);
  if (lastId === undefined) return nothing;
  const behind = { chatId, messageId: lastId };
  const members = await pageOfUnmutedLaggards(tx, "read", behind, { after, limit: pageRows });
  const here = new Set(connectedIn(kit, chatId));
  const away = members.filter((one) => !here.has(one.userId));
  const told = await store.toldAmong(tx, chatId, away);
  const untold = away.filter((one) => !told.has(one.userId));
  // In most pages everybody has been told of what came before: that is a twentieth of the work.
  const messages = untold.length > 0 ? await outlinesBetween(tx, { chatId, first: ref, last }) : [];
  const news: News[] = untold.flatMap(({ userId, lastReadId }) => {
    const first = firstNews(messages, userId, lastReadId);
    return first ? [{ type: "message", userId, chatId, messageId: first.id }] : [];
  });
  const justTold = await store.justToldAmong(tx, chatId, news);
  await notify(
    kit,
    tx,
    news.filter((one) => !justTold.has(one.userId)),
  );
  const rows = 1 + untold.length + Math.floor(members.length / 20);
  return { ...doneWith(members, members.at(-1)?.userId), rows };
}

/** Whoever has nothing else to read in the chat is not to have a notification of what is gone. */
export async function emptied(kit: Kit, tx: Tx, { chatId, after }: ChatJob): Promise<PageDone> {
  const newest = await newestMessage(tx, chatId);
  const rows = await store.pageOfDoubtful(tx, chatId, newest, { after, limit: pageRows });
  for (const { id, userId } of rows) {
    const unread = (await unreadIn(tx, userId, [chatId])).get(chatId) ?? 0;
    if (unread > 0) continue;
    await tellRead(kit, tx, { userId, chatId, notificationIds: [id], mentionIds: [] });
  }
  return doneWith(rows, rows.at(-1)?.userId);
}
