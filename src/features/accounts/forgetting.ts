import type { Clock } from "../../core/clock.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import * as addresses from "./addresses-store.ts";

export interface ForgettingDeps {
  db: Database;
  clock: Clock;
  addressDays: number;
}

const everyMilliseconds = 3_600_000;
const day = 86_400_000;
/** Rows of one transaction. */
const batch = 100;

/** Forgets, now and each hour, addresses that nobody has signed in from for long. Returns how to stop. */
export function forgetUnused(
  { db, clock, addressDays }: ForgettingDeps,
  failed: (error: unknown) => void,
): () => void {
  let isStopped = false;

  async function inBatches(step: (tx: Tx) => Promise<number>): Promise<void> {
    for (let done = batch; done >= batch && !isStopped;) done = await db.transact(step);
  }

  async function forget(): Promise<void> {
    await inBatches((tx) => addresses.dropUnused(tx, clock.now() - addressDays * day, batch));
  }

  const start = () => void forget().catch(failed);
  start();
  const stop = clock.every(everyMilliseconds, start);
  return () => {
    isStopped = true;
    stop();
  };
}
