import type { Clock } from "../../core/clock.ts";
import type { Journal } from "../../events/journal.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import type { MembershipLimits } from "./limits.ts";
import type { Pace } from "./pace.ts";

/** What the verbs of this folder are given. */
export interface ChatsDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  /** Who is online. */
  isOnline(userId: number): boolean;
  maxGroupMembers: number;
  pace: Pace;
  limits: MembershipLimits;
  /** That somebody may show the picture at this address. Errors: `validation`. */
  requirePicture(read: Read, address: string | null | undefined, userId: number): Promise<void>;
}
