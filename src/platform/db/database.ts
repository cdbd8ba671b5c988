import type { BaseSQLiteDatabase } from "drizzle-orm/sqlite-core";

/** The query builder, of which is used only what SQLite and PostgreSQL share. */
type Orm = BaseSQLiteDatabase<"async", unknown>;
export type ReadOrm = Pick<Orm, "select" | "selectDistinct">;
export type WriteOrm = ReadOrm & Pick<Orm, "insert" | "update" | "delete">;

/** A query of drizzle's, as far as its type says what its rows are and how it is run. */
interface Query<P> {
  prepare(): P;
}

type Way = "run" | "get" | "all";
export type Runnable = Record<Way, (values?: Record<string, unknown>) => unknown>;

export type Build<P extends Runnable> = (orm: WriteOrm) => Query<P>;
/**
 * A compiled query, run with the values of its placeholders. Its answers are always awaited: depending on where it runs
 * they come at once or later.
 */
export type Statement<P extends Runnable = Runnable> = Pick<P, Way>;

/** One snapshot to read from, valid until its callback returns. */
export interface Read {
  /**
   * The query that `build` makes, compiled once per connection and kept by the identity of `build`, which therefore is
   * a constant: nothing builds SQL while the server runs.
   */
  prepared<P extends Runnable>(build: (orm: ReadOrm) => Query<P>): Statement<P>;
}

/** One transaction to write in, valid until its callback returns. */
export interface Tx extends Read {
  prepared<P extends Runnable>(build: Build<P>): Statement<P>;
  /** Runs a prepared INSERT of one row and answers its integer key, at less cost than RETURNING. */
  insert(build: Build<Runnable>, values: Record<string, unknown>): number | Promise<number>;
  /**
   * Runs `told` when this transaction is on disk, before its caller is answered, in the order of commits and,
   * within one transaction, of calls. Dropped when the transaction fails. Must not throw.
   */
  onDurable(told: () => void): void;
}

/**
 * Storage. The contract, which every implementation's tests run:
 *
 * - `transact` settles only when its writes would survive a power cut; callbacks take effect one after another,
 *   in the order of the calls. One that throws leaves nothing behind and disturbs no other. A callback may be
 *   run again, so it has no effect outside `tx`; it awaits nothing but `tx`, else it is refused and rolled back.
 *   Calling `transact` or `read` inside a callback is an error.
 * - `read` gives one snapshot for all its queries and settles, also when it fails, only when everything it saw
 *   would survive a power cut and has been told (`onDurable`). `readInThread` is the same in a thread of its own, for
 *   what takes longer than a few milliseconds: it holds up nobody but those who read there, too.
 * - Errors: ChatError `storage_full` when there is no space, `stopping` after `close` has begun; what the
 *   callback threw otherwise.
 */
export interface Database {
  read<T>(fn: (read: Read) => T | Promise<T>): Promise<T>;
  readInThread<T>(fn: (read: Read) => Promise<T>): Promise<T>;
  transact<T>(fn: (tx: Tx) => T | Promise<T>): Promise<T>;
  /** False when a commit has been waiting for longer than is healthy. */
  healthy(): boolean;
  /** Bytes on disk. */
  size(): number;
  /** Finishes what was accepted, then closes the files. */
  close(): Promise<void>;
}

/** What stops the start, in one sentence: the data is in use, too new, or not ours. */
export class DatabaseError extends Error {}
