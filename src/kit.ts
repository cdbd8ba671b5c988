import type { Config } from "./config.ts";
import type { Clock } from "./core/clock.ts";
import type { FairSlots } from "./core/fair-slots.ts";
import type { Job } from "./core/job.ts";
import type { Log } from "./core/log.ts";
import type { Dispatch } from "./events/dispatch.ts";
import type { Journal } from "./events/journal.ts";
import type { Blobs } from "./platform/blobs/blobs.ts";
import type { Database } from "./platform/db/database.ts";
import type { Inspector } from "./platform/inspector/inspector.ts";
import type { Presence } from "./platform/presence/presence.ts";
import type { PushServices } from "./platform/push/push.ts";
import type { SearchIndex } from "./platform/search/search-index.ts";
import type { SlowCrypto } from "./platform/slow-crypto/slow-crypto.ts";

/** What this program is. */
export interface Release {
  version: string;
  /** What it was built from, in git; null where that is not known. */
  commit: string | null;
}

/** The sockets that are open, as far as features may ask. */
export interface OpenSockets {
  /** How many there are. */
  readonly size: number;
  /** The sessions that have one. */
  sessionIds(): number[];
  /** Up to which message sockets of a user that look at the chat have proved it; 0 for none. */
  seenLooking(userId: number, chatId: number): number;
}

/** What a feature says of itself. */
export interface FeatureFacts {
  name: string;
  /** Words at `GET /` for what clients can do because of it. */
  offers?: readonly string[];
  /** What it says of itself at `GET /health`. */
  health?(kit: Kit): Record<string, string>;
}

/** What every feature works with: all that is opened once per server. Verbs are functions `(kit, actor, input)`. */
export interface Kit {
  readonly db: Database;
  readonly journal: Journal;
  readonly dispatch: Dispatch;
  readonly clock: Clock;
  readonly log: Log;
  readonly settings: Config;
  readonly release: Release;
  /** A key for one purpose (32 bytes), derived from the server's secret: another name is another key. */
  key(purpose: string): Uint8Array;
  readonly presence: Presence;
  readonly blobs: Blobs;
  readonly inspector: Inspector;
  readonly searchIndex: SearchIndex;
  readonly push: PushServices;
  readonly slowCrypto: SlowCrypto;
  /** For reads in the reading thread, which does one after another: people take turns. */
  readonly heavyReads: FairSlots;
  readonly sockets: OpenSockets;
  /** Aborted when the server begins to stop: whoever waits for something waits no longer. */
  readonly closing: AbortSignal;
  /** All features, as far as the server tells of them. */
  readonly features: readonly FeatureFacts[];
  /** What runs in the background, as soon as the server serves. */
  readonly jobs: readonly Job[];
}

/**
 * What a feature has once per server besides its tables, such as its budgets: made when it is first asked for, and kept
 * as long as the kit.
 */
export function perKit<K extends object, T>(make: (kit: K) => T): (kit: K) => T {
  const made = new WeakMap<K, { value: T }>();
  return (kit) => {
    const known = made.get(kit) ?? { value: make(kit) };
    made.set(kit, known);
    return known.value;
  };
}
