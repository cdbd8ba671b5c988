import type { SQLQueryBindings } from "bun:sqlite";
import { drizzle } from "drizzle-orm/sqlite-proxy";

import { Asker, startWorker } from "./ask.ts";
import { Scope } from "./connection.ts";
import type { Read, ReadOrm, WriteOrm } from "./database.ts";
import type { CheckpointMode, ReaderQuestion } from "./reader.ts";
import { AsideSettler } from "./settle-aside.ts";

/** The event loop's end of the reading thread: one snapshot or checkpoint at a time, in order. */
export class Aside {
  readonly #worker = new Asker(startWorker("reader"));
  readonly #orm: WriteOrm;
  readonly #settler = new AsideSettler();
  #turn: Promise<unknown>;

  constructor(file: string) {
    this.#turn = this.#ask({ open: file });
    this.#orm = drizzle(async (sql, params, method) => {
      const question = { sql, params: params as SQLQueryBindings[] };
      const rows = await this.#settler.query(() => this.#ask<unknown[][]>(question));
      return { rows: method === "get" ? (rows[0] as unknown[]) : rows };
    }) as unknown as WriteOrm;
  }

  read<T>(fn: (read: Read) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      await this.#ask("begin");
      const scope = new Scope({ orm: this.#orm, prepared: (build) => build(this.#orm).prepare() });
      try {
        return await this.#settler.run(() => fn(scope as Read));
      } finally {
        scope.end();
        await this.#ask("end");
      }
    });
  }

  /**
   * Moves the log into the database file; `restart` also makes the next write begin it anew, `truncate` leaves
   * an empty one.
   */
  checkpoint(mode: CheckpointMode): Promise<boolean> {
    return this.#inTurn(() => this.#ask<boolean>({ checkpoint: mode }));
  }

  async close(): Promise<void> {
    await this.#turn;
    this.#worker.close();
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => {});
    return mine;
  }

  #ask<T>(question: ReaderQuestion): Promise<T> {
    return this.#worker.ask<T>(question);
  }
}

export type { ReadOrm };
