/** Work that is done piece by piece, so that nobody waits long for any of its transactions. */
import type { Database, Tx } from "../platform/db/database.ts";
import type { Follower } from "./followers.ts";
import type { Journal, JournalRow } from "./journal.ts";

/**
 * A bounded piece of work, with the same outcome when it is done again. Answers about how many rows it looked at
 * or wrote, and the pieces that follow from it.
 */
export type Task = (tx: Tx) => Promise<Done>;

export interface Done {
  rows: number;
  next?: Task[];
}

/** After so many rows a transaction ends. */
export const mostRows = 100;

/** Does all of it in order; `finish` belongs to the last transaction. Throws when `signal` is aborted between two. */
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

/** Follows these types of events; what comes of some of them together is planned as tasks. */
export function taskFollower(
  { db, journal }: { db: Database; journal: Journal },
  { name, types, plan }: Pick<Follower, "name" | "types"> & { plan(rows: JournalRow[]): Task[] },
): Follower {
  return {
    name,
    types,
    position: () => journal.placeOf(name),
    async handle(rows, upTo, signal) {
      // Where nothing happened, the place of before leads to the same.
      if (rows.length === 0) return;
      await workThrough(db, plan(rows), (tx) => journal.move(tx, name, upTo), signal);
    },
  };
}

/** What is left when there have been enough rows. */
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
