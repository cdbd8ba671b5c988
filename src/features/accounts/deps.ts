import type { Clock } from "../../core/clock.ts";
import type { Places } from "../../core/places.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Read, Tx } from "../../platform/db/database.ts";
import type { AccountLimits } from "./limits.ts";
import type { Passwords } from "./passwords.ts";
import type { Tokens } from "./tokens.ts";

/** What the operator's verbs are given where they only look. */
export interface ReportDeps {
  db: Pick<Database, "read">;
  /** Who is online. */
  isOnline(userId: number): boolean;
}

/** The same where verbs change something. */
interface ChangeDeps extends ReportDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  passwords: Passwords;
}

/** What the operator's verbs are given where they change something. */
export interface OperatorDeps extends ChangeDeps {
  /** What else follows, in the same transaction, from closing an account or opening it again. */
  accountChanged(tx: Tx, userId: number): Promise<void>;
}

/** What the other verbs of this folder are given. */
export interface AccountsDeps extends ChangeDeps {
  tokens: Tokens;
  limits: AccountLimits;
  /** Where what is read beside the event loop is read. */
  heavyReads: Places;
  /** That somebody may show the picture at this address. Errors: `validation`. */
  requirePicture(read: Read, address: string | null | undefined, userId: number): Promise<void>;
  registration: "open" | "closed";
  refreshDays: number;
  /** One more ends the one that has been unused for longest. */
  sessionsPerUser: number;
  /** From where somebody has signed in: how many of these are remembered. */
  addressesPerUser: number;
}
