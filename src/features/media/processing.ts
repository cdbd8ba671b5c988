import { Background } from "../../core/background.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { describeError, type Log } from "../../core/log.ts";
import type { Journal } from "../../events/journal.ts";
import { type Blobs, newKey } from "../../platform/blobs/blobs.ts";
import type { Database, Tx } from "../../platform/db/database.ts";
import type { Findings, Inspector } from "../../platform/inspector/inspector.ts";
import { tellFiles } from "../messages/changes.ts";
import * as store from "./store.ts";

export interface ProcessingDeps {
  db: Database;
  journal: Journal;
  clock: Clock;
  log: Log;
  blobs: Blobs;
  inspector: Inspector;
  cleans: boolean;
  /** There are blobs that nothing names any more. */
  freed(): void;
}

export type Processing = ReturnType<typeof createProcessing>;

/** Pixels of the longer side: what a list of messages shows, twice as dense. */
const thumbnailSide = 320;
/** A file during which the server ended so often is not begun again. */
const mostAttempts = 3;
const retryMilliseconds = 5000;

/** Looks at what has come in, in the order in which it came, and tells the chats what it found. */
export function createProcessing(deps: ProcessingDeps) {
  const { db, journal, clock, log, blobs, inspector, cleans, freed } = deps;

  async function step(): Promise<boolean> {
    const begun = await db.transact(begin);
    if (!begun) return false;
    const { file, keys } = begun;
    if (file.attempts > mostAttempts) {
      await db.transact((tx) =>
        finish(tx, file.id, { failed: "the server ended each time it was looked at" }, {}, keys),
      );
      freed();
      return true;
    }
    const cleaned = blobs.scratch();
    const picture = blobs.scratch();
    try {
      const findings = await inspector.inspect({
        file: await blobs.path(file.key),
        type: file.type,
        ...(cleans && { clean: cleaned }),
        picture: { file: picture, side: thumbnailSide, square: false },
      });
      const made: Made = {};
      if (findings.cleaned) made.clean = { key: keys[0], size: await blobs.adopt(cleaned, keys[0]) };
      if (findings.pictured) made.thumbnail = { key: keys[1], size: await blobs.adopt(picture, keys[1]) };
      if (findings.failed)
        log.info("a file could not be looked at", {
          file: file.id,
          type: file.type,
          problem: findings.failed,
        });
      await db.transact((tx) => finish(tx, file.id, findings, made, keys));
    } catch (error) {
      await db.transact((tx) => giveBack(tx, file.id, keys));
      throw error;
    } finally {
      freed();
      await Promise.all([blobs.drop(cleaned), blobs.drop(picture)]);
    }
    return true;
  }

  /** The next file, with keys for what may be made of it. */
  async function begin(tx: Tx): Promise<{ file: store.FileRow; keys: Keys } | undefined> {
    const pending = await store.findPending(tx);
    if (!pending) return undefined;
    const file = (await store.updateFile(tx, pending.id, { attempts: pending.attempts + 1 }))!;
    const keys: Keys = [newKey("media"), newKey("thumbnails")];
    await store.insertStrays(tx, keys, false);
    return { file, keys };
  }

  /** It was not the file's fault. */
  async function giveBack(tx: Tx, id: number, keys: Keys): Promise<void> {
    const file = await store.findFile(tx, id);
    if (file) await store.updateFile(tx, id, { attempts: file.attempts - 1 });
    await store.releaseStrays(tx, keys);
  }

  async function finish(tx: Tx, id: number, found: Findings, made: Made, keys: Keys): Promise<void> {
    const file = await store.findFile(tx, id);
    if (file) {
      await store.claimStrays(
        tx,
        Object.values(made).map((one) => one.key),
      );
      await store.updateFile(tx, id, { ...toColumns(found, file), ...blobsOf(made) });
      if (made.clean) {
        await store.insertStrays(tx, [file.key], true);
        await store.addUsage(tx, store.everybody, { files: 0, bytes: made.clean.size - file.size });
      }
      for (const message of await store.findMessagesWith(tx, id)) await tellFiles(tx, journal, message);
    }
    // What was not made, or for a file that has been deleted meanwhile.
    await store.releaseStrays(tx, keys);
  }

  return new Background({
    clock,
    step,
    retryMilliseconds,
    failed: (error) => {
      const isStopping = error instanceof ChatError && error.code === "stopping";
      if (!isStopping) log.error("looking at files failed", describeError(error));
    },
  });
}

type Keys = [clean: string, thumbnail: string];
type Made = { clean?: { key: string; size: number }; thumbnail?: { key: string; size: number } };

function blobsOf({ clean, thumbnail }: Made): Partial<store.FileRow> {
  return {
    ...(clean && { key: clean.key, size: clean.size }),
    ...(thumbnail && { thumbnailKey: thumbnail.key }),
  };
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
