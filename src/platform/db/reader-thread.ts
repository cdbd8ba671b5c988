import type { SQLQueryBindings } from "bun:sqlite";

import { ChatError } from "../../core/errors.ts";
import { Asker, startWorker } from "../worker.ts";
import type { Compiled, Values } from "./compile.ts";
import type { Read, Statement } from "./database.ts";
import type { ReaderQuestion } from "./reader.ts";
import { ThreadSettler } from "./settle-in-thread.ts";
import { Scope, Statements } from "./statements.ts";

/** Heavy reads that may wait; one more is told to come back. */
const mostWaiting = 128;

/** The event loop's end of the reading thread: one snapshot or checkpoint at a time, in order. */
export class ReaderThread {
  readonly #statements = new Statements((compiled) => this.#prepare(compiled));
  readonly #settler = new ThreadSettler();
  #turn: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  static async open(file: string, died: (error: Error) => void): Promise<ReaderThread> {
    const worker = new Asker(startWorker("db/reader"), died);
    try {
      await worker.ask({ open: file } satisfies ReaderQuestion);
    } catch (error) {
      worker.close();
      throw error;
    }
    return new ReaderThread(worker);
  }

  private constructor(private readonly worker: Asker) {}

  /** Errors: `overloaded` when too many wait. */
  read<T>(fn: (read: Read) => Promise<T>): Promise<T> {
    if (this.#waiting >= mostWaiting) {
      throw new ChatError("overloaded", undefined, { retryAfter: 5 });
    }
    return this.#inTurn(async () => {
      await this.#ask("begin");
      const scope = new Scope(this.#statements);
      try {
        return await this.#settler.run(() => fn(scope as Read));
      } finally {
        scope.end();
        await this.#ask("end");
      }
    });
  }

  /**
   * Checkpoint: moves the write-ahead log into the database file while others write, and then the rest while `between`
   * holds writers back, so that the next write restarts the log. False when a reader of another program was in the way.
   * Heavy reads and checkpoints wait for each other; writers wait for neither.
   */
  emptyLog(between: (work: () => Promise<boolean>) => Promise<boolean>): Promise<boolean> {
    return this.#inTurn(async () => {
      await this.#ask({ checkpoint: "passive" });
      return between(() => this.#ask({ checkpoint: "restart" }));
    });
  }

  /** Leaves an empty log, when nobody writes any more. */
  truncateLog(): Promise<boolean> {
    return this.#inTurn(() => this.#ask({ checkpoint: "truncate" }));
  }

  async close(): Promise<void> {
    await this.#turn;
    try {
      // A worker that is ended lets go of its files only some time later.
      await this.#ask("close");
    } finally {
      this.worker.close();
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting += 1;
    const mine = this.#turn.then(work).finally(() => {
      this.#waiting -= 1;
    });
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #prepare({ sql, bind, decode, decodeAll }: Compiled): Statement {
    const rowsOf = (values: Values) => this.#query(sql, bind(values));
    return {
      run: (values = {}) => rowsOf(values),
      async get(values = {}) {
        const [row] = await rowsOf(values);
        return row && decode(row);
      },
      all: async (values = {}) => decodeAll(await rowsOf(values)),
    };
  }

  #query(sql: string, params: unknown[]): Promise<unknown[][]> {
    const question = { sql, params: params as SQLQueryBindings[] };
    return this.#settler.query(() => this.#ask(question));
  }

  #ask<T>(question: ReaderQuestion): Promise<T> {
    return this.worker.ask<T>(question);
  }
}
