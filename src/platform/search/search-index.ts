import type { Word } from "../../core/search-words.ts";

/** One message, as the index gets it. */
export interface Entry {
  id: number;
  chat: number;
  sender: number;
  /** A small number that stands for what kind of message it is. */
  kind: number;
  /** As it was written; null when the message has no text to find (any more). */
  text: string | null;
}

/** How far the index has come. */
export interface IndexState {
  /** Of which database it is: the journal's epoch. */
  epoch: string;
  /** The journal's position up to which it has everything. */
  position: number;
  /** While it is first filled: the id up to which it has the messages. Null when that is done. */
  filledTo: number | null;
}

export interface Question {
  /** At least one; a message has to have all of them. */
  words: readonly Word[];
  /** A message has to be in one of them. */
  chats: readonly number[];
  sender?: number | undefined;
  kind?: number | undefined;
  /** Only ids above `after` and below `before`. */
  after: number;
  before: number;
  limit: number;
}

/** Limits of one search. When one is reached, it answers with what it has found. */
export interface SearchLimits {
  /** Messages looked at that may match. */
  rows: number;
  /** Of the thread; one step is always taken. */
  milliseconds: number;
}

export interface Found {
  /** Newest first. */
  ids: number[];
  /** All matching messages with at least this id, and below `before`, are among `ids`. Null when none is left below. */
  next: number | null;
}

/**
 * The index behind the search for messages. What it has is derived, and may be thrown away. The contract, which
 * every implementation's tests run:
 *
 * - `put` takes entries and the state that they lead to, both or neither. An entry replaces the one with its id, if
 *   there is one. Text that was replaced or taken out is not on disk any more after `close`.
 * - `find` answers the ids of the newest matching messages: of those put before, all and no others, whatever the
 *   words are. Perhaps fewer than `limit`, or none, though there are more: then it has come to its limits, and whoever
 *   asks on with `before` at `next` comes further each time. It takes nothing from the event loop but the question and
 *   the answer.
 * - `excerpts` does for each of the texts what `excerpt` does, beside the event loop. As far as its limits allow: for
 *   the first of them at least.
 * - `state` is undefined when the index has to be made from nothing: it is new, was damaged, or is of another
 *   version. `begin` makes it so. Until a state has `filledTo` null, `find` is refused.
 * - Errors: `find` and `excerpts` with ChatError `overloaded` when it cannot answer now, for whatever reason, `stopping` after
 *   `close` has begun. The others with whatever went wrong; they may be called again, and then look at what is
 *   there anew.
 */
export interface SearchIndex {
  state(): Promise<IndexState | undefined>;
  /** Throws away what there is. */
  begin(state: IndexState): Promise<void>;
  put(entries: readonly Entry[], state: IndexState): Promise<void>;
  find(question: Question): Promise<Found>;
  excerpts(texts: readonly string[], words: readonly Word[]): Promise<(string | undefined)[]>;
  /** Finishes what is under way, then lets go of the files. Closing again changes nothing. */
  close(): Promise<void>;
}
