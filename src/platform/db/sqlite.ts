import type { Changes } from "bun:sqlite";
import { mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { describeError, type Log } from "../../core/log.ts";
import { makePrivate } from "../private-file.ts";
import { syncDirectory } from "../sync-directory.ts";
import { Asker, startWorker } from "../worker.ts";
import { ReaderThread } from "./reader-thread.ts";
import { Checkpoints } from "./checkpoints.ts";
import { type Connection, openForReading, openForWriting } from "./connection.ts";
import { type Database, DatabaseError, type Read, type Tx } from "./database.ts";
import type { FlusherQuestion } from "./flusher.ts";
import { lockDirectory } from "./lock.ts";
import { applyMigrations } from "./migrations.ts";
import { refuseNested, settleNow } from "./settle.ts";
import { Scope, type Statements } from "./statements.ts";
import { translate, vendorCode } from "./vendor-error.ts";

export interface SqliteOptions {
  /** The directory that holds `chat.sqlite` and its lock. */
  directory: string;
  clock: Clock;
  log: Log;
  /** Size of the write-ahead log, in bytes, at which it is moved into the database file. */
  checkpointBytes: number;
  /** Called when a commit cannot be made durable: retrying would lie, so the process has to end. */
  onFatal(error: unknown): void;
}

/** A transaction that waits for the commit of its group. */
interface Job {
  run(tx: Tx): unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  result: { value: unknown } | { error: unknown } | undefined;
  told: (() => void)[];
}

const pageBytes = 4096;
/** How long one group may hold the event loop; verbs that are still waiting then go into the next one. */
const groupMilliseconds = 8;
/** A commit that has waited this long means that the disk hangs. */
const unhealthyMilliseconds = 10_000;

/** The database file in its directory. */
export function databaseFile(directory: string): string {
  return `${directory}/chat.sqlite`;
}

/** Opens (and creates) the database; throws DatabaseError when it is in use, too new or not a database. */
export async function openSqlite(options: SqliteOptions): Promise<Database> {
  const { directory, onFatal } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  await using opened = new AsyncDisposableStack();
  opened.adopt(lockDirectory(directory), (lock) => lock.release());
  const file = databaseFile(directory);
  makePrivate(file);
  const writer = opened.adopt(openWriter(file), close);
  const flusher = opened.adopt(new Asker(startWorker("db/flusher"), onFatal), close);
  await flusher.ask({ open: `${file}-wal` } satisfies FlusherQuestion);
  await flusher.ask("flush" satisfies FlusherQuestion);
  syncDirectory(directory);
  syncDirectory(dirname(directory));
  const reader = opened.adopt(openForReading(file), close);
  const readerThread = opened.adopt(await ReaderThread.open(file, onFatal), close);
  return new Sqlite(file, writer, reader, flusher, readerThread, opened.move(), options);
}

function close(one: { close(): void | Promise<void> }): void | Promise<void> {
  return one.close();
}

function openWriter(file: string): Connection {
  let writer: Connection | undefined;
  try {
    writer = openForWriting(file);
    applyMigrations(writer.sql);
    // A write, so that the write-ahead log exists for the flusher to open.
    writer.sql.run("INSERT OR IGNORE INTO meta (key, value) VALUES ('checkpoint', 0)");
    writer.sql.run("UPDATE meta SET value = value + 1 WHERE key = 'checkpoint'");
    return writer;
  } catch (error) {
    writer?.close();
    if (vendorCode(error) !== "SQLITE_NOTADB" && vendorCode(error) !== "SQLITE_CORRUPT") throw error;
    throw new DatabaseError(`${file} is not a database, or is damaged: restore a backup.`);
  }
}

class Sqlite implements Database {
  readonly #begin;
  readonly #commit;
  readonly #savepoint;
  readonly #release;
  readonly #changes;
  readonly #logFrames;
  readonly #queue: Job[] = [];
  #working: Promise<void> | undefined;
  /** Settles when everything that is committed is on disk; undefined when it is. */
  #unflushed: PromiseWithResolvers<void> | undefined;
  #readers = 0;
  readonly #checkpoints: Checkpoints;
  /** What waits for the moment between two groups. */
  #between: (() => Promise<void>) | undefined;
  #waitingSince = 0;
  #closing = false;
  #closed = false;

  constructor(
    private readonly file: string,
    private readonly writer: Connection,
    private readonly reader: Connection,
    private readonly flusher: Asker,
    private readonly readerThread: ReaderThread,
    /** All of it, and the lock. */
    private readonly opened: AsyncDisposableStack,
    private readonly options: SqliteOptions,
  ) {
    this.#begin = writer.sql.prepare("BEGIN IMMEDIATE");
    this.#commit = writer.sql.prepare("COMMIT");
    this.#savepoint = writer.sql.prepare("SAVEPOINT verb");
    this.#release = writer.sql.prepare("RELEASE verb");
    this.#changes = writer.sql.prepare<{ changes: number }, []>("SELECT total_changes() AS changes");
    this.#logFrames = writer.sql.prepare<{ log: number }, []>("PRAGMA wal_checkpoint(noop)");
    this.#checkpoints = new Checkpoints({
      readerThread,
      clock: options.clock,
      log: options.log,
      logBytes: () => (this.#logFrames.get()?.log ?? 0) * pageBytes,
      mostLogBytes: options.checkpointBytes,
      betweenGroups: (work) => this.#betweenGroups(work),
      onFatal: options.onFatal,
    });
  }

  // Reading

  async read<T>(fn: (read: Read) => T | Promise<T>): Promise<T> {
    refuseNested();
    this.#refuseClosing();
    this.#beginSnapshot();
    const scope = new Scope(this.reader.statements);
    try {
      return await settleNow(() => fn(scope as Read));
    } finally {
      scope.end();
      this.#endSnapshot();
      // A refusal, too, tells of what was seen.
      await this.#unflushed?.promise;
    }
  }

  /** Snapshots that overlap share one: callbacks need no turn of the event loop, so it is never stale. */
  #beginSnapshot(): void {
    const { sql } = this.reader;
    if (this.#readers === 0) {
      // The last one could not be ended.
      if (sql.inTransaction) sql.run("ROLLBACK");
      sql.run("BEGIN");
    }
    this.#readers += 1;
  }

  /** What was read is right, whatever comes now; the next snapshot begins anew. */
  #endSnapshot(): void {
    this.#readers -= 1;
    if (this.#readers > 0) return;
    try {
      // An error may have ended it already.
      if (this.reader.sql.inTransaction) this.reader.sql.run("ROLLBACK");
    } catch (error) {
      this.options.log.error("a snapshot could not be ended", describeError(error));
    }
  }

  async readInThread<T>(fn: (read: Read) => Promise<T>): Promise<T> {
    refuseNested();
    this.#refuseClosing();
    try {
      return await this.readerThread.read(fn);
    } finally {
      await this.#unflushed?.promise;
    }
  }

  // Writing

  transact<T>(fn: (tx: Tx) => T | Promise<T>): Promise<T> {
    refuseNested();
    this.#refuseClosing();
    if (this.#checkpoints.spaceLost) return Promise.reject(new ChatError("storage_full"));
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({
        run: fn,
        resolve: resolve as (value: unknown) => void,
        reject,
        result: undefined,
        told: [],
      });
      this.#wake();
    });
  }

  #wake(): void {
    if (this.#closed) return;
    this.#working ??= Promise.resolve()
      .then(() => this.#work())
      .catch((error: unknown) => this.options.onFatal(error))
      .finally(() => {
        this.#working = undefined;
        if (this.#hasWork()) this.#wake();
      });
  }

  #hasWork(): boolean {
    return this.#queue.length > 0 || this.#between !== undefined;
  }

  /** Group after group: what waited while the last one was flushed shares the next commit and flush. */
  async #work(): Promise<void> {
    while (this.#hasWork()) {
      this.#waitingSince = this.options.clock.monotonic();
      if (this.#between) await this.#between();
      const group = this.#queue.splice(0, 1);
      if (group.length > 0) await this.#commitAndFlush(group);
      this.#waitingSince = 0;
    }
  }

  async #commitAndFlush(group: Job[]): Promise<void> {
    const before = this.#changes.get()?.changes;
    await this.#commitGroup(group, true);
    // What only looked, or had been done before, waits for no disk.
    const hasChanged = this.#changes.get()?.changes !== before;
    if (hasChanged) await this.flusher.ask<void>("flush" satisfies FlusherQuestion);
    this.#unflushed?.resolve();
    this.#unflushed = undefined;
    settle(group);
    this.#checkpoints.look();
  }

  /** Runs the jobs of `group`, and with `fill` those that wait while there is time, in one transaction. */
  async #commitGroup(group: Job[], fill: boolean): Promise<void> {
    const until = performance.now() + groupMilliseconds;
    try {
      this.#begin.run();
      for (const job of group) {
        await this.#runJob(job);
        if (!this.writer.sql.inTransaction) return await this.#runAlone(group, job);
        if (fill && performance.now() < until) group.push(...this.#queue.splice(0, 1));
      }
      this.#commit.run();
      this.#unflushed ??= Promise.withResolvers();
    } catch (error) {
      if (this.writer.sql.inTransaction) this.writer.sql.run("ROLLBACK");
      const [only, ...others] = group;
      if (only && others.length === 0) only.result = { error };
      else await this.#runAlone(group, undefined);
    }
  }

  async #runJob(job: Job): Promise<void> {
    const scope = new WriteScope(this.writer.statements, job.told);
    this.#savepoint.run();
    try {
      const running = settleNow(() => job.run(scope as Tx));
      job.result = { value: running instanceof Promise ? await running : running };
      scope.end();
    } catch (error) {
      scope.end();
      job.result = { error };
      job.told.length = 0;
      if (!this.writer.sql.inTransaction) return;
      this.writer.sql.run("ROLLBACK TO verb");
    }
    this.#release.run();
  }

  /**
   * After an error that rolled back the whole transaction: runs each of the others again, in a transaction of its own.
   */
  async #runAlone(group: Job[], culprit: Job | undefined): Promise<void> {
    for (const job of group) {
      if (job === culprit) continue;
      job.told.length = 0;
      await this.#commitGroup([job], false);
    }
  }

  #betweenGroups<T>(work: () => Promise<T>): Promise<T> {
    if (this.#closed) return work();
    const { promise, resolve } = Promise.withResolvers<T>();
    this.#between = async () => {
      this.#between = undefined;
      const working = work();
      resolve(working);
      await working.catch(() => {});
    };
    this.#wake();
    return promise;
  }

  // The rest

  healthy(): boolean {
    const waited = this.options.clock.monotonic() - this.#waitingSince;
    return !this.#checkpoints.spaceLost && (this.#waitingSince === 0 || waited < unhealthyMilliseconds);
  }

  size(): number {
    return statSync(this.file).size + statSync(`${this.file}-wal`).size;
  }

  async close(): Promise<void> {
    this.#closing = true;
    try {
      while (this.#working) await this.#working;
      this.#closed = true;
      // The log has pages as they were, with what has been deleted since: nothing of that stays behind.
      await this.readerThread.truncateLog().catch((error: unknown) => {
        this.options.log.warn("the write-ahead log could not be emptied; it stays", describeError(error));
      });
    } finally {
      await this.opened.disposeAsync();
    }
  }

  #refuseClosing(): void {
    if (this.#closing) throw new ChatError("stopping", undefined, { retryAfter: 5 });
  }
}

class WriteScope extends Scope {
  constructor(
    statements: Statements,
    private readonly told: (() => void)[],
  ) {
    super(statements);
  }

  insert(build: Parameters<Tx["insert"]>[0], values: Record<string, unknown>): number {
    const { lastInsertRowid } = this.prepared(build).run(values) as Changes;
    return Number(lastInsertRowid);
  }

  onDurable(told: () => void): void {
    this.told.push(told);
  }
}

/** The group is on disk: first everybody is told, in order, then the callers are answered. */
function settle(group: Job[]): void {
  for (const job of group) {
    // A commit that failed left what the callback had asked to be told.
    if (job.result && "value" in job.result) for (const tell of job.told) tell();
  }
  for (const job of group) {
    if (job.result && "value" in job.result) job.resolve(job.result.value);
    else job.reject(translate(job.result?.error));
  }
}
