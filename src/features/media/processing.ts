import { Background } from "../../core/background.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { describeError, type Log } from "../../core/log.ts";
import type { Journal } from "../../events/journal.ts";
import { type Blobs, newKey } from "../../platform/blobs/blobs.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import {
  type Allowance,
  type Findings,
  type Inspector,
  type Job,
  TooShort,
} from "../../platform/inspector/inspector.ts";
import { tellFiles } from "../messages/changes.ts";
import { type AskedPicture, AskedPictures } from "./asked.ts";
import { Schedule } from "./schedule.ts";
import * as store from "./store.ts";
import * as strays from "./strays-store.ts";

export interface ProcessingDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  log: Log;
  blobs: Blobs;
  inspector: Inspector;
  cleans: boolean;
  /** How long a file is looked at before it is known to need more. */
  firstMilliseconds: number;
  /** There are blobs that nothing names any more. */
  freed(): void;
}

/** Pixels of the longer side: what a list of messages shows, twice as dense. */
const thumbnailSide = 320;
/** A file that was begun so often without an end is not begun again. */
const mostAttempts = 3;
const retryMilliseconds = 5000;
/** Messages whose chats are told in one transaction. */
const tellBatch = 50;

type Keys = [clean: string, thumbnail: string];
type Made = { clean?: { key: string; size: number }; thumbnail?: { key: string; size: number } };

/** Looks at what has come in, first what costs little, and tells the chats what it found. */
export function createProcessing(deps: ProcessingDeps) {
  const { db, journal, clock, log, blobs, inspector, cleans, freed } = deps;
  const schedule = new Schedule(clock, deps.firstMilliseconds);
  const asked = new AskedPictures((userId) => schedule.rankOf(userId));
  /** Files that have to wait for room on the disk. */
  const resting = new Set<number>();

  async function step(): Promise<boolean> {
    if (await tellMore()) return true;
    const pending = await db.read((read) => store.findPending(read, resting));
    const { picture, file: next } = schedule.next(asked.waiting, pending);
    if (picture) await answer(picture);
    if (!next) return picture !== undefined;
    const begun = await db.transact((tx) => begin(tx, next.id));
    if (!begun) return true;
    const { file, keys } = begun;
    if (file.attempts > mostAttempts) {
      const failed = "it could not be looked at to its end";
      await db.transact((tx) => finish(tx, file.id, { failed }, {}, keys));
      freed();
      return true;
    }
    await look(file, keys);
    return true;
  }

  /** Whatever ails it, somebody waits for it and is told. */
  async function answer(picture: AskedPicture): Promise<void> {
    asked.take(picture);
    try {
      picture.resolve(await inspector.inspect(picture.job, schedule.allowanceFor(picture)));
    } catch (error) {
      if (!(error instanceof TooShort)) return picture.reject(error);
      schedule.askMore(picture);
      asked.giveBack(picture);
    }
  }

  /** The file, unless it has been deleted meanwhile, with keys for what may be made of it. */
  async function begin(tx: Tx, id: number): Promise<{ file: store.FileRow; keys: Keys } | undefined> {
    const before = await store.findFile(tx, id);
    if (!before) return undefined;
    const file = (await store.updateFile(tx, id, { attempts: before.attempts + 1 }))!;
    const keys: Keys = [newKey("media"), newKey("thumbnails")];
    await strays.insert(tx, keys, false);
    return { file, keys };
  }

  async function look(file: store.FileRow, keys: Keys): Promise<void> {
    const into = { clean: blobs.scratch(), picture: blobs.scratch() };
    try {
      if (!(await hasRoom(file))) return await giveBack(file.id, keys);
      const found = await inspect(file, into, schedule.allowanceFor(file));
      const { findings, made } = await adopt(found, into, keys);
      if (findings.failed !== undefined) {
        const { id, type } = file;
        log.info("a file could not be looked at", { files_row: id, type, problem: findings.failed });
      }
      await db.transact((tx) => finish(tx, file.id, findings, made, keys));
    } catch (error) {
      // It has another turn, or it was not its fault, and on a full disk what has been made of it would be in everybody's way.
      await giveBack(file.id, keys).catch(() => {});
      if (!(error instanceof TooShort)) throw error;
      schedule.askMore(file);
    } finally {
      freed();
      await Promise.all([blobs.drop(into.clean), blobs.drop(into.picture)]);
    }
  }

  /** Whether its clean form has a place on the disk. Where not, it rests: others may be smaller. */
  async function hasRoom(file: store.FileRow): Promise<boolean> {
    if (!cleans) return true;
    try {
      await blobs.requireRoom(file.size);
      return true;
    } catch (error) {
      if (!(error instanceof ChatError && error.code === "storage_full")) throw error;
      log.error("no room to look at a file", { files_row: file.id, size: file.size });
      resting.add(file.id);
      clock.after(retryMilliseconds, () => {
        resting.delete(file.id);
        background.wake();
      });
      return false;
    }
  }

  async function inspect(
    file: store.FileRow,
    into: { clean: string; picture: string },
    allowance: Allowance,
  ): Promise<Findings> {
    const job = {
      file: await blobs.path(file.key),
      type: file.type,
      ...(cleans && { clean: into.clean }),
      picture: { file: into.picture, side: thumbnailSide, square: false },
    };
    return inspector.inspect(job, allowance);
  }

  /** It has not been looked at, and nothing has been made of it. */
  async function giveBack(id: number, keys: Keys): Promise<void> {
    await blobs.remove(keys).catch(() => {});
    await db.transact(async (tx) => {
      const file = await store.findFile(tx, id);
      if (file) await store.updateFile(tx, id, { attempts: file.attempts - 1 });
      await strays.release(tx, keys);
    });
  }

  /** What has been found, and made of it. A file that brought the process to say what is not so has failed. */
  async function adopt(
    found: Findings,
    into: { clean: string; picture: string },
    [clean, thumbnail]: Keys,
  ): Promise<{ findings: Findings; made: Made }> {
    const made: Made = {};
    const sizes = {
      clean: found.cleaned ? await blobs.adopt(into.clean, clean) : 0,
      thumbnail: found.pictured ? await blobs.adopt(into.picture, thumbnail) : 0,
    };
    if (sizes.clean === undefined || sizes.thumbnail === undefined) {
      return { findings: { failed: "the decoder has not made what it said" }, made };
    }
    if (found.cleaned) made.clean = { key: clean, size: sizes.clean };
    if (found.pictured) made.thumbnail = { key: thumbnail, size: sizes.thumbnail };
    return { findings: found, made };
  }

  async function finish(tx: Tx, id: number, found: Findings, made: Made, keys: Keys): Promise<void> {
    const before = await store.findFile(tx, id);
    if (before) {
      // Browsers keep the one that there is: at its address there is never another.
      if (before.thumbnailKey !== null) delete made.thumbnail;
      const named = Object.values(made).map((one) => one.key);
      await strays.forget(tx, named);
      const file = (await store.updateFile(tx, id, {
        ...toColumns(found, before),
        isClean: before.isClean || isClean(found) || (cleans ? false : null),
        ...blobsOf(made),
        toldTo: 0,
      }))!;
      await strays.insert(tx, replaced(before, file), true);
      await store.addUsage(tx, store.everybody, { files: 0, bytes: file.size - before.size });
      await tell(tx, file);
    }
    // What was not made, or for a file that has been deleted meanwhile.
    await strays.release(tx, keys);
  }

  // Telling

  /** Goes on where there are many chats to be told, also after a stop. */
  async function tellMore(): Promise<boolean> {
    if (!(await db.read(store.findUntold))) return false;
    await db.transact(async (tx) => {
      const file = await store.findUntold(tx);
      if (file) await tell(tx, file);
    });
    return true;
  }

  async function tell(tx: Tx, file: store.FileRow): Promise<void> {
    const messages = await store.findMessagesWith(tx, file.id, file.toldTo!, tellBatch);
    for (const message of messages) await tellFiles(tx, journal, message);
    await store.updateFile(tx, file.id, { toldTo: messages.length < tellBatch ? null : messages.at(-1)! });
  }

  const background = new Background({
    clock,
    step,
    retryMilliseconds,
    failed: (error) => {
      const isStopping = error instanceof ChatError && error.code === "stopping";
      if (!isStopping) log.error("looking at files failed", describeError(error));
    },
  });

  return {
    wake: () => background.wake(),
    settled: () => background.settled(),
    async stop(): Promise<void> {
      await background.stop();
      asked.close();
    },
    /** For one who waits for it. Errors: `overloaded` when too many do who cost less, and as `Inspector.inspect`. */
    ask(userId: number, job: Job): Promise<Findings> {
      const found = asked.ask(userId, job);
      background.wake();
      return found;
    },
    /** What was let through as it was, while that was allowed, is looked at once more. */
    async start(): Promise<void> {
      if (cleans) await db.transact(store.reopenUnclean);
      background.start();
    },
  };
}

/** Keys that the file had before, and has no more. */
function replaced(before: store.FileRow, after: store.FileRow): string[] {
  const keys = [before.key, before.thumbnailKey];
  return keys.filter((key) => key !== null && key !== after.key && key !== after.thumbnailKey) as string[];
}

function blobsOf({ clean, thumbnail }: Made): Partial<store.FileRow> {
  return {
    ...(thumbnail && { thumbnailKey: thumbnail.key }),
    ...(clean && { key: clean.key, size: clean.size }),
  };
}

/** What is known of in it is out; where that may not be all, a ready one says so. */
function isClean({ cleaned, hasUnknown, failed }: Findings): boolean {
  return cleaned !== undefined && (!hasUnknown || failed !== undefined);
}

function toColumns(found: Findings, file: store.FileRow): Partial<store.FileRow> {
  return {
    state: found.failed === undefined ? "ready" : "failed",
    problem: found.failed ?? null,
    kind: found.kind ?? file.kind,
    width: found.width ?? null,
    height: found.height ?? null,
    duration: found.duration ?? null,
    waveform: found.waveform ?? null,
  };
}
