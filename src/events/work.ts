/** Work in many short transactions, so that nobody waits long for any of them. */
import type { Database, Tx } from "../platform/db/database.ts";
import type { Follower } from "./followers.ts";
import type { Journal, JournalRow } from "./journal.ts";

/**
 * A small, idempotent piece of work. Returns about how many rows it read or wrote, and the tasks that follow from it.
 */
export type Task = (tx: Tx) => Promise<Done>;

export interface Done {
  rows: number;
  next?: Task[];
}

/** A transaction ends after so many rows. */
export const mostRows = 100;

/** Does all tasks in order; `finish` is part of the last transaction. Throws between two when `signal` is aborted. */
export async function workThrough(
  db: Database,
  tasks: Task[],
  finish: (tx: Tx) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  for (let open = tasks; ;) {
    signal.throwIfAborted();
    open = await db.transact(async (tx) => {
      const left = await workOn(tx, open);
      if (left.length === 0) await finish(tx);
      return left;
    });
    if (open.length === 0) return;
  }
}

/** A follower of these types of events; `plan` makes tasks of a batch of them. */
export function taskFollower(
  { db, journal }: { db: Database; journal: Journal },
  { name, types, plan }: Pick<Follower, "name" | "types"> & { plan(rows: JournalRow[]): Task[] },
): Follower {
  return {
    name,
    types,
    position: () => journal.positionOf(name),
    async handle(rows, upTo, signal) {
      // Where nothing happened, the position of before leads to the same.
      if (rows.length === 0) return;
      await workThrough(db, plan(rows), (tx) => journal.move(tx, name, upTo), signal);
    },
  };
}

/** Does tasks until there were enough rows; returns those that are left. */
async function workOn(tx: Tx, tasks: Task[]): Promise<Task[]> {
  const open = tasks.toReversed();
  for (let rows = 0; rows < mostRows;) {
    const task = open.pop();
    if (!task) break;
    const done = await task(tx);
    rows += done.rows;
    open.push(...(done.next ?? []).toReversed());
  }
  return open.toReversed();
}
