import { mkdirSync, rmSync } from "node:fs";
import { rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { ChatError } from "../../core/errors.ts";
import { Asker, RemoteError, startWorker } from "../worker.ts";
import type { Blobs, Bucket, Incoming } from "./blobs.ts";
import { ChunkBuffer } from "./chunk-buffer.ts";
import type { WriterQuestion } from "./writer.ts";

export interface DiskOptions {
  /** `media/` and `thumbnails/` are made below it. Nobody else writes there. */
  directory: string;
  /** Uploads leave so many bytes of the disk free, for the messages. */
  reserve: number;
  /** Called when the writing thread has died: no upload is possible any more. */
  onFatal(error: Error): void;
}

const buckets: Bucket[] = ["media", "thumbnails"];
/** A dot: no key begins with one. */
const unfinished = "media/.incoming";

/** Blobs as files of this machine, named by their keys. */
export function openDisk(options: DiskOptions): Blobs {
  const { directory } = options;
  rmSync(join(directory, unfinished), { recursive: true, force: true });
  for (const one of [...buckets, unfinished])
    mkdirSync(join(directory, one), { recursive: true, mode: 0o700 });
  return new DiskBlobs(options);
}

class DiskBlobs implements Blobs {
  #writer: Asker | undefined;

  constructor(private readonly options: DiskOptions) {}

  async receive(): Promise<Incoming> {
    const file = this.scratch();
    const id = await this.#ask<number>({ open: file, reserve: this.options.reserve });
    const buffer = new ChunkBuffer((chunk) => this.#ask({ write: id, chunk }, [chunk.bytes.buffer]));
    return {
      write: (bytes) => buffer.add(bytes),
      finish: async () => {
        await buffer.flush();
        return this.#ask({ finish: id });
      },
      read: (from, to) => Bun.file(file).slice(from, to).bytes(),
      keep: async (key) => {
        if ((await this.adopt(file, key)) === undefined) throw new Error("an upload is no longer there");
      },
      discard: async () => {
        await this.#ask({ discard: id }).catch(() => {});
        await this.drop(file);
      },
    };
  }

  scratch(): string {
    return join(this.options.directory, unfinished, crypto.randomUUID());
  }

  /** A file that cannot be removed now is removed at the next start. */
  async drop(file: string): Promise<void> {
    await rm(file, { force: true }).catch(() => {});
  }

  adopt(file: string, key: string): Promise<number | undefined> {
    return this.#ask<number | undefined>({ keep: file, as: this.#pathOf(key) });
  }

  async path(key: string): Promise<string> {
    return this.#pathOf(key);
  }

  async open(key: string): Promise<Blob | undefined> {
    const file = Bun.file(this.#pathOf(key));
    return (await file.exists()) ? file : undefined;
  }

  async remove(keys: readonly string[]): Promise<string[]> {
    const paths = keys.map((key) => this.#pathOf(key));
    const isRemoved = await Promise.all(paths.map(removeFile));
    await this.#ask<void>({ sync: [...new Set(paths.map(dirname))] });
    return keys.filter((_, i) => !isRemoved[i]);
  }

  requireRoom(bytes: number): Promise<void> {
    return this.#ask<void>({ space: this.options.directory, bytes: this.options.reserve + bytes });
  }

  async close(): Promise<void> {
    this.#writer?.close();
  }

  #pathOf(key: string): string {
    return join(this.options.directory, key);
  }

  async #ask<T>(question: WriterQuestion, transfer: ArrayBuffer[] = []): Promise<T> {
    try {
      // Started by the first upload: most starts of a server are followed by none for a while.
      this.#writer ??= new Asker(startWorker("blobs/writer"), this.options.onFatal);
      return await this.#writer.ask<T>(question, transfer);
    } catch (error) {
      throw isFull(error) ? new ChatError("storage_full") : error;
    }
  }
}

function removeFile(path: string): Promise<boolean> {
  return rm(path, { force: true }).then(
    () => true,
    () => false,
  );
}

function isFull(error: unknown): boolean {
  return error instanceof RemoteError && (error.code === "ENOSPC" || error.code === "EDQUOT");
}
