import { ChatError } from "../../core/errors.ts";
import { describeError, type Log } from "../../core/log.ts";
import type { Word } from "../../core/search-words.ts";
import { Asker, startWorker } from "../worker.ts";
import type { IndexerQuestion } from "./indexer.ts";
import type { Entry, Found, IndexState, Question, SearchIndex, SearchLimits } from "./search-index.ts";

export interface SearchOptions {
  file: string;
  log: Log;
  limits: SearchLimits;
}

/** Searches that may wait; one more is told to come back. */
const mostWaiting = 64;
const retryAfter = 5;

/** An index in SQLite's full-text tables, in a file and a thread of its own. */
export function openSearch(options: SearchOptions): SearchIndex {
  return new SqliteSearch(options);
}

class SqliteSearch implements SearchIndex {
  #worker: Asker | undefined;
  #waiting = 0;
  #closing: Promise<void> | undefined;

  constructor(private readonly options: SearchOptions) {
    this.#worker = this.#start();
  }

  state(): Promise<IndexState | undefined> {
    return this.#ask({ open: this.options.file });
  }

  begin(state: IndexState): Promise<void> {
    return this.#ask({ begin: state });
  }

  put(entries: readonly Entry[], state: IndexState): Promise<void> {
    return this.#ask({ put: JSON.stringify(entries), state });
  }

  find(question: Question): Promise<Found> {
    return this.#search({ find: question, limits: this.options.limits });
  }

  excerpts(texts: readonly string[], words: readonly Word[]): Promise<(string | undefined)[]> {
    return this.#search({ excerpts: texts, words, limits: this.options.limits });
  }

  async #search<T>(question: IndexerQuestion): Promise<T> {
    if (this.#closing) throw new ChatError("stopping", undefined, { retryAfter });
    if (this.#waiting >= mostWaiting) throw new ChatError("overloaded", undefined, { retryAfter });
    this.#waiting += 1;
    const answer = await this.#ask<T | undefined>(question)
      .catch((error: unknown) => {
        this.options.log.warn("a search cannot be answered now", describeError(error));
      })
      .finally(() => {
        this.#waiting -= 1;
      });
    if (!answer) throw new ChatError("overloaded", undefined, { retryAfter });
    return answer;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const worker = this.#worker;
    await worker?.ask("close" satisfies IndexerQuestion).catch((error: unknown) => {
      this.options.log.warn("the search index could not be closed", describeError(error));
    });
    worker?.close();
  }

  /** A thread that has died is started again by the next question. */
  async #ask<T>(question: IndexerQuestion): Promise<T> {
    if (this.#closing) throw new Error("the search index is closed");
    this.#worker ??= this.#start();
    return this.#worker.ask<T>(question);
  }

  #start(): Asker {
    return new Asker(startWorker("search/indexer"), (error) => {
      this.options.log.error("the thread of the search index has ended", describeError(error));
      this.#worker = undefined;
    });
  }
}
