/** What is done for the members of a chat, page by page. */
import type { JobKind } from "./tables.ts";

/** Any page may be done again with the same outcome, and the whole from its first page on. */
export interface Job {
  chatId: number;
  kind: JobKind;
  ref: number;
  last: number;
  after: number;
}

/** What a page has come to. */
export interface PageDone {
  /** About how many rows it looked at or wrote. */
  rows: number;
  /** Where the next page begins; undefined when it was the last one. */
  after?: number | undefined;
  /** What follows from it in the same chat. */
  next?: Job[];
}

/** A job from its first page on. */
export function job(chatId: number, kind: JobKind, ref: number, last = 0): Job {
  return { chatId, kind, ref, last, after: 0 };
}

/** In turn by chat: the first of each chat, then the second of each, and so on. */
export function inTurn(jobs: Job[]): Job[] {
  const byChat = [...Map.groupBy(jobs, (one) => one.chatId).values()];
  const longest = Math.max(0, ...byChat.map((some) => some.length));
  return Array.from({ length: longest }, (_, i) => byChat.flatMap((some) => some[i] ?? [])).flat();
}
