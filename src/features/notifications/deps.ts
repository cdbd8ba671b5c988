import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database } from "../../platform/db/database.ts";

/** What the verbs of this folder are given. */
export interface NotificationsDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  /** Who is online. */
  isOnline(userId: number): boolean;
  /** Device tokens of one user; one more forgets the oldest. */
  devicesPerUser: number;
}
