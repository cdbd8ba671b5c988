/** Those who were connected when a message came and have not proved that it arrived. */
import type { Tx } from "../../platform/db/database.ts";
import { sizeOf } from "../chats/markers.ts";
import type { Outline } from "./store.ts";
import * as store from "./undelivered-store.ts";
import type { Tasks } from "./tasks.ts";
import { concerns } from "./tasks.ts";
import type { Task } from "../../events/work.ts";

/** What came in a chat within a while. */
export interface NewsOfChat {
  chatId: number;
  firstSeq: number;
  lastId: number;
  /** Of the first message's event. */
  position: number;
}

/** Large chats, which are looked at later. */
export type LeftOver = Map<number, NewsOfChat>;

export interface UnprovedDeps {
  tasks: Pick<Tasks, "add" | "handOver">;
  connectedIn(chatId: number): number[];
  largeChat: number;
}

const pageRows = 100;
/** The first of them that is for somebody is what they are told of. */
const mostMessages = 200;

/**
 * In large chats nobody is asked for proofs. There a socket counts that is still open when a dead one would have been
 * given up, so these are looked at `late`; before, they are only put into `large`.
 */
export function unprovedTasks({ tasks, connectedIn, largeChat }: UnprovedDeps) {
  return (news: NewsOfChat, late: boolean, large: LeftOver): Task =>
    async (tx) => {
      const isLarge = (await sizeOf(tx, news.chatId)).memberCount > largeChat;
      if (!isLarge || late) return { rows: 1, next: [page(news, late, 0)] };
      large.set(news.chatId, news);
      return { rows: 1 };
    };

  function page(news: NewsOfChat, late: boolean, after: number): Task {
    return async (tx) => {
      const { chatId, lastId } = news;
      const members = await store.pageOfBehind(tx, { chatId, after, limit: pageRows }, lastId);
      if (members.length === 0) return { rows: 1 };
      const reached = new Set(late ? connectedIn(chatId) : []);
      const messages = await theirs(tx, news);
      const made = [];
      for (const { userId, lastReadId, lastDeliveredId } of members) {
        if (reached.has(userId)) continue;
        const first = messages.find(
          (one) => one.id > Math.max(lastReadId, lastDeliveredId) && !concerns(one, userId),
        );
        const { position } = news;
        if (!first || (await store.isTold(tx, { userId, chatId, lastReadId, position }))) continue;
        made.push(await tasks.add(tx, { type: "message", userId, chatId, messageId: first.id }));
      }
      await tasks.handOver(tx, made);
      const next = members.length < pageRows ? [] : [page(news, late, members.at(-1)!.userId)];
      return { rows: members.length, next };
    };
  }
}

async function theirs(tx: Tx, { chatId, firstSeq, lastId }: NewsOfChat): Promise<Outline[]> {
  const messages = await store.findOutlinesFrom(tx, { chatId, seq: firstSeq, limit: mostMessages });
  return messages.filter(
    (one) => one.id <= lastId && one.contentType !== "system" && one.deletedBy === null && !one.isEmpty,
  );
}
