import type { Server } from "bun";

import { commit } from "./commit.ts";
import type { Config } from "./config.ts";
import type { Operations } from "./control.ts";
import { type Clock, systemClock } from "./core/clock.ts";
import { slotsOfThread } from "./core/fair-slots.ts";
import { hourly, type Job, JobGroup } from "./core/job.ts";
import { describeError, type Log } from "./core/log.ts";
import { type Doors, openDoors } from "./doors.ts";
import { Following } from "./events/followers.ts";
import { features } from "./features.ts";
import type { Connection } from "./gateway/connection.ts";
import { Sockets } from "./gateway/sockets.ts";
import type { Kit } from "./kit.ts";
import { operationsWith } from "./operator.ts";
import { openPlatform } from "./platform.ts";
import { type Decoders, decodersHere } from "./platform/inspector/decoders.ts";
import type { PushNetwork } from "./platform/push/services.ts";
import { deriveKey } from "./platform/secret-key.ts";
import { openSecret } from "./secret.ts";
import { version } from "./version.ts";

export interface AppOptions {
  config: Config;
  log: Log;
  clock?: Clock;
  /** Everybody has to sign in again, and where no SECRET_KEY is given a new one is made. */
  rotateSecret?: boolean;
  /** What decodes films, sounds and HEIC pictures, where not all that this machine has is wanted. */
  decoders?: Decoders;
  /** Where push services are, where those of the world are not wanted. */
  pushNetwork?: PushNetwork;
  /** Called when the process has to end, because what was written cannot be made durable. */
  onFatal(error: unknown): void;
}

/** Puts the server together; nothing runs before `serve`. Errors: DatabaseError, SecretKeyError; then nothing stays open. */
export async function openApp(options: AppOptions): Promise<App> {
  const { config: settings, log, clock = systemClock, onFatal, pushNetwork } = options;
  // Closed in the reverse order, all of it even when a part of it fails.
  await using opened = new AsyncDisposableStack();
  const decoders = options.decoders ?? decodersHere();
  const platform = await openPlatform({ settings, clock, log, decoders, pushNetwork, onFatal }, opened);
  const { dataDir, secretKey: given } = settings;
  const rotate = options.rotateSecret ?? false;
  const secret = await openSecret({ ...platform, clock, log, dataDir, given, rotate });
  const closing = new AbortController();
  const sockets = new Sockets(platform.presence, settings.socketsPerUser);
  const jobs: Job[] = [];
  const kit: Kit = {
    ...platform,
    clock,
    log,
    settings,
    release: { version, commit },
    key: (purpose) => deriveKey(secret, purpose),
    heavyReads: slotsOfThread({
      waitingPerPerson: settings.searchesPerUser,
      waitingInAll: settings.searchesWaiting,
    }),
    sockets,
    closing: closing.signal,
    features,
    jobs,
  };
  for (const one of features) one.listen?.(kit);
  jobs.push(...jobsOf(kit));
  const doors = openDoors(kit, features, sockets, platform.fanout);
  return new App(kit, doors, closing, opened.move());
}

/** In the order in which they begin. What follows the journal begins first and ends last: all others add to it. */
function jobsOf(kit: Kit): Job[] {
  const followers = features.flatMap((one) => one.followers?.(kit) ?? []);
  const following = followers.map((one) => new Following(kit, one));
  const { journal, clock, log, settings } = kit;
  // What somebody has not followed yet stays.
  const needed = () => Math.min(Number.MAX_SAFE_INTEGER, ...following.map((one) => one.position));
  const step = () => journal.forgetOlder(settings.journalDays, needed());
  return [
    // Together they have no longer to finish at the stop than one of them has.
    new JobGroup("followers", following),
    ...features.flatMap((one) => one.jobs?.(kit) ?? []),
    hourly({ name: "journal pruning", clock, log, step }),
  ];
}

/** The server: put together, serving, and closed again. */
export class App {
  /** What the operator may do. */
  readonly operations: Operations;

  constructor(
    private readonly kit: Kit,
    private readonly doors: Doors,
    private readonly closing: AbortController,
    /** Closes all that is open, in the reverse order of opening. */
    private readonly opened: AsyncDisposableStack,
  ) {
    this.operations = operationsWith(kit);
  }

  /** Starts what runs in the background, then takes calls and sockets. What fails on the way closes everything. */
  async serve(): Promise<Server<Connection>> {
    const { kit, doors, closing, opened } = this;
    try {
      for (const job of kit.jobs) {
        await job.start();
        opened.defer(() => job.stop());
      }
      // Before the jobs, one of which may be waiting for it.
      opened.defer(() => kit.inspector.close());
      const server = doors.listen();
      opened.defer(() => doors.close());
      opened.defer(() => closing.abort());
      return server;
    } catch (error) {
      // Why it does not serve matters more than what fails on the way back.
      await opened
        .disposeAsync()
        .catch((failed: unknown) => kit.log.error("closing failed", describeError(failed)));
      throw error;
    }
  }

  /** What may take a while and makes the first calls quicker. Never fails. */
  async warmUp(): Promise<void> {
    for (const one of features) await one.warmUp?.(this.kit);
  }

  /** Settles when everything that what has been told leads to (notifications, for one) has happened. */
  async settled(): Promise<void> {
    // What one job has done may be work for one before it.
    for (let round = 0; round < 2; round++) for (const job of this.kit.jobs) await job.settled();
  }

  /**
   * Sends everybody away with 1012, finishes what was accepted and lets go of the data. Errors: what failed to close,
   * once all the rest has.
   */
  stop(): Promise<void> {
    return this.opened.disposeAsync();
  }
}
