/** Jobs for the members of a chat, which are done page by page. */
import type { JobKind } from "../tables.ts";

/** Any page may be done again with the same outcome, and the whole from its first page on. */
export interface ChatJob {
  chatId: number;
  kind: JobKind;
  /** What it is about: by its kind, see `JobKind`. */
  ref: number;
  last: number;
  /** The user or notification behind which the page begins; 0 for the first one. */
  after: number;
}

/** What a page has come to. */
export interface PageDone {
  /** About how many rows it looked at or wrote. */
  rows: number;
  /** Where the next page begins; undefined when it was the last one. */
  after?: number | undefined;
  /** What follows from it in the same chat. */
  next?: ChatJob[];
}

/** So many members or notifications are looked at together: some milliseconds of work. */
export const pageRows = 100;

export const nothing: PageDone = { rows: 1 };

/** A job from its first page on. */
export function jobOf(chatId: number, kind: JobKind, ref: number, last = 0): ChatJob {
  return { chatId, kind, ref, last, after: 0 };
}

/** Where `rows` are a full page, there may be more behind `last`. */
export function doneWith(rows: readonly unknown[], last: number | undefined): PageDone {
  return { rows: 1 + rows.length, after: rows.length < pageRows ? undefined : last };
}

/** Round robin by chat: the first of each chat, then the second of each, and so on. */
export function inTurn(jobs: ChatJob[]): ChatJob[] {
  const byChat = [...Map.groupBy(jobs, (one) => one.chatId).values()];
  const longest = Math.max(0, ...byChat.map((some) => some.length));
  return Array.from({ length: longest }, (_, i) => byChat.flatMap((some) => some[i] ?? [])).flat();
}
