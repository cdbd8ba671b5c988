import type { Clock } from "../../core/clock.ts";
import { hourly } from "../../core/hourly.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database } from "../../platform/db/database.ts";
import { deleteRead } from "./reading-store.ts";

export interface ForgettingDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
}

/** Rows of one transaction. */
const batch = 500;

/**
 * Forgets, now and each hour, what was marked as read so long ago that the journal does not tell of it any more.
 * Returns how to stop.
 */
export function forgetRead(
  { db, journal, clock }: ForgettingDeps,
  failed: (error: unknown) => void,
): () => void {
  return hourly(
    clock,
    (inBatches) => inBatches(batch, () => db.transact((tx) => deleteRead(tx, journal.forgottenTo, batch))),
    failed,
  );
}
