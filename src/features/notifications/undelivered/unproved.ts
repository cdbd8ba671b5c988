/** Those who were connected when a message came and have not proved that it arrived. */
import type { Task } from "../../../events/work.ts";
import type { Kit } from "../../../kit.ts";
import { memberCounts, outlinesBetween, pageOfUnmutedLaggards } from "../../chat/index.ts";
import { pageRows } from "../following/jobs.ts";
import { connectedIn, type News, notify } from "../following/notify.ts";
import { firstNews } from "../following/outlines.ts";
import { toldSince } from "./store.ts";

/** What came in a chat within a while. */
export interface NewsOfChat {
  chatId: number;
  firstSeq: number;
  lastId: number;
  /** Of the first message's event. */
  position: number;
}

/** The first of them that is for somebody is what they are told of. */
const mostMessages = 200;

/**
 * In large chats nobody is asked for proofs. There a socket counts that is still open when a dead one would have been
 * given up, so these are looked at `late`; before, they are only put into `large`.
 */
export function lookAt(kit: Kit, chats: NewsOfChat[], late: boolean, large: Map<number, NewsOfChat>): Task {
  return async (tx) => {
    const counts = await memberCounts(
      tx,
      chats.map((one) => one.chatId),
    );
    const sizes = new Map(counts.map((one) => [one.chatId, one.memberCount]));
    const isLarge = ({ chatId }: NewsOfChat) => (sizes.get(chatId) ?? 0) > kit.settings.largeChatMembers;
    const due = late ? chats : chats.filter((one) => !isLarge(one));
    if (!late) for (const news of chats.filter(isLarge)) large.set(news.chatId, news);
    return { rows: 1, next: due.map((news) => page(kit, news, late, 0)) };
  };
}

function page(kit: Kit, news: NewsOfChat, late: boolean, after: number): Task {
  return async (tx) => {
    const { chatId, firstSeq: first, lastId, position } = news;
    const behind = { chatId, messageId: lastId };
    const members = await pageOfUnmutedLaggards(tx, "delivered", behind, { after, limit: pageRows });
    const last = members.at(-1);
    if (!last) return { rows: 1 };
    const reached = new Set(late ? connectedIn(kit, chatId) : []);
    const unproved = members.filter((one) => !reached.has(one.userId));
    const range = { chatId, first, last: Number.MAX_SAFE_INTEGER, limit: mostMessages };
    const messages = (await outlinesBetween(tx, range)).filter((one) => one.id <= lastId);
    const told = await toldSince(tx, chatId, position, unproved);
    const made = unproved.flatMap(({ userId, lastReadId, lastDeliveredId }): News[] => {
      const message = firstNews(messages, userId, Math.max(lastReadId, lastDeliveredId));
      if (!message || told.has(userId)) return [];
      return [{ type: "message", userId, chatId, messageId: message.id }];
    });
    await notify(kit, tx, made);
    const next = members.length < pageRows ? [] : [page(kit, news, late, last.userId)];
    return { rows: members.length, next };
  };
}
