import { Background } from "../../core/background.ts";
import type { Clock } from "../../core/clock.ts";
import { describeError, type Log } from "../../core/log.ts";
import type { Blobs } from "../../platform/blobs/blobs.ts";
import type { Database } from "../../platform/db/database.ts";
import { removeItems } from "./attachments.ts";
import { removeUnshown } from "./avatars.ts";
import * as store from "./store.ts";
import * as pictures from "./avatars-store.ts";
import * as strays from "./strays-store.ts";

export interface RemovalDeps {
  db: Database;
  clock: Clock;
  log: Log;
  blobs: Blobs;
}

const batch = 100;
const retryMilliseconds = 5000;
const sweepEveryMilliseconds = 3_600_000;
/** What has been sent without a message for so long will not be in one. */
const forgottenAfterMilliseconds = 86_400_000;

/** Removes from the disk what nothing in the tables names any more. */
export function createRemoval({ db, clock, log, blobs }: RemovalDeps) {
  const failed = (error: unknown) => log.error("removing files failed", describeError(error));

  async function step(): Promise<boolean> {
    const keys = await db.read((read) => strays.findDue(read, batch));
    if (keys.length === 0) return false;
    const stuck = await blobs.remove(keys);
    if (stuck.length > 0) log.error("some files cannot be removed before the next start", { keys: stuck });
    await db.transact(async (tx) => {
      await strays.forget(
        tx,
        keys.filter((key) => !stuck.includes(key)),
      );
      await strays.withhold(tx, stuck);
    });
    return true;
  }

  /** What waits for its message in vain, and pictures that nobody shows any more. */
  async function sweep(): Promise<void> {
    const before = clock.now() - forgottenAfterMilliseconds;
    for (let found = batch; found === batch;) {
      found = await db.transact(async (tx) => {
        const items = await store.findForgotten(tx, before, batch);
        await removeItems(tx, items);
        return items.length;
      });
    }
    for (let after: number | undefined = 0; after !== undefined;) after = await sweepAvatars(after);
    background.wake();
  }

  /** Answers the last one looked at; undefined after the last of all. */
  function sweepAvatars(after: number): Promise<number | undefined> {
    return db.transact(async (tx) => {
      const some = await pictures.list(tx, after, batch);
      for (const one of some) await removeUnshown(tx, one.id);
      return some.at(-1)?.id;
    });
  }

  const background = new Background({ clock, step, failed, retryMilliseconds });
  let stopSweeping = () => {};
  let sweeping: Promise<void> = Promise.resolve();
  const sweepNow = () => {
    sweeping = sweep().catch(failed);
  };

  return {
    wake: () => background.wake(),
    async settled(): Promise<void> {
      await sweeping;
      await background.settled();
    },
    /** Nothing is being made yet, so whatever is on nobody's list is left over from before. */
    async start(): Promise<void> {
      await db.transact(strays.releaseAll);
      background.start();
      sweepNow();
      stopSweeping = clock.every(sweepEveryMilliseconds, sweepNow);
    },
    async stop(): Promise<void> {
      stopSweeping();
      await sweeping;
      await background.stop();
    },
  };
}
