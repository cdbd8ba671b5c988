import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import type { AccountLimits } from "./limits.ts";
import type { Passwords } from "./passwords.ts";
import type { Tokens } from "./tokens.ts";

/** What the verbs of this folder are given. */
export interface AccountsDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  passwords: Passwords;
  tokens: Tokens;
  limits: AccountLimits;
  /** Who is online. */
  isOnline(userId: number): boolean;
  /** What else follows, in the same transaction, from closing an account or opening it again. */
  accountChanged(tx: Tx, userId: number): Promise<void>;
  registration: "open" | "closed";
  refreshDays: number;
}
