import { mkdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { ChatError } from "../../core/errors.ts";
import { Asker, RemoteError, startWorker } from "../worker.ts";
import type { Blobs, Incoming, Shelf } from "./blobs.ts";
import { Pieces } from "./pieces.ts";
import type { WriterQuestion } from "./writer.ts";

export interface DiskOptions {
  /** `media/` and `thumbnails/` are made below it. Nobody else writes there. */
  directory: string;
  /** Uploads leave so many bytes of the disk free, for the messages. */
  reserve: number;
  /** The thread that writes has died; nothing is taken any more. */
  onFatal(error: Error): void;
}

const shelves: Shelf[] = ["media", "thumbnails"];
/** A dot: no key begins with one. */
const unfinished = "media/.incoming";

/** Blobs as files of this machine, named by their keys. */
export function openDisk({ directory, reserve, onFatal }: DiskOptions): Blobs {
  const incoming = join(directory, unfinished);
  rmSync(incoming, { recursive: true, force: true });
  for (const one of [...shelves, unfinished])
    mkdirSync(join(directory, one), { recursive: true, mode: 0o700 });
  let writer: Asker | undefined;
  const placeOf = (key: string) => join(directory, key);
  const scratch = () => join(incoming, crypto.randomUUID());

  async function ask<T>(question: WriterQuestion, transfer: ArrayBuffer[] = []): Promise<T> {
    try {
      // Started by the first upload: most starts of a server are followed by none for a while.
      writer ??= new Asker(startWorker("blobs/writer"), onFatal);
      return await writer.ask<T>(question, transfer);
    } catch (error) {
      throw isFull(error) ? new ChatError("storage_full") : error;
    }
  }

  async function receive(): Promise<Incoming> {
    const file = scratch();
    const id = await ask<number>({ open: file, reserve });
    const pieces = new Pieces((piece) => ask({ write: id, piece }, [piece.bytes.buffer]));
    return {
      write: (bytes) => pieces.add(bytes),
      async finish() {
        await pieces.flush();
        return ask({ finish: id });
      },
      read: (from, to) => Bun.file(file).slice(from, to).bytes(),
      async keep(key) {
        if ((await adopt(file, key)) === undefined) throw new Error("an upload is no longer there");
      },
      async discard() {
        await ask({ discard: id }).catch(() => {});
        await drop(file);
      },
    };
  }

  function adopt(file: string, key: string): Promise<number | undefined> {
    return ask<number | undefined>({ keep: file, as: placeOf(key) });
  }

  /** What cannot be removed now is at the next start. */
  async function drop(file: string): Promise<void> {
    await rm(file, { force: true }).catch(() => {});
  }

  async function remove(keys: readonly string[]): Promise<string[]> {
    const outcomes = await Promise.allSettled(keys.map((key) => rm(placeOf(key), { force: true })));
    await ask<void>({ sync: [...new Set(keys.map((key) => dirname(placeOf(key))))] });
    return keys.filter((_, i) => outcomes[i]!.status === "rejected");
  }

  async function open(key: string): Promise<Blob | undefined> {
    const file = Bun.file(placeOf(key));
    return (await file.exists()) ? file : undefined;
  }

  return {
    receive,
    scratch,
    drop,
    adopt,
    path: async (key) => placeOf(key),
    open,
    remove,
    requireRoom: (bytes) => ask<void>({ room: directory, bytes: reserve + bytes }),
    async close() {
      writer?.close();
    },
  };
}

function isFull(error: unknown): boolean {
  return error instanceof RemoteError && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
