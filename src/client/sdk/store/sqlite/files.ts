import { createWriteStream, openAsBlob } from "node:fs";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";

import { randomId } from "../../environment.ts";

/** Files that nobody else of the machine may read. */
export class Files {
  constructor(readonly directory: string) {}

  /** The ids of those that are kept, and names of what has been left unfinished. */
  async list(): Promise<Set<string>> {
    return new Set(await readdir(this.directory));
  }

  keep(id: string, file: Blob): Promise<void> {
    return this.replace(this.#path(id), file.stream());
  }

  async open(id: string): Promise<Blob | undefined> {
    const path = this.#path(id);
    const found = await stat(path).catch(() => undefined);
    return found && openAsBlob(path);
  }

  async drop(ids: Iterable<string>): Promise<void> {
    for (const id of ids) await rm(this.#path(id), { force: true });
  }

  /** Whoever opens the file sees all of the old bytes or all of the new ones, after a power cut too. */
  async replace(file: string, bytes: AsyncIterable<Uint8Array> | Iterable<string>): Promise<void> {
    const beside = this.#path(randomId());
    try {
      await pipeline(bytes, createWriteStream(beside, { mode: 0o600, flush: true }));
      await rename(beside, file);
    } catch (error) {
      await rm(beside, { force: true });
      throw error;
    }
    await sync(dirname(file));
  }

  #path(id: string): string {
    return join(this.directory, id);
  }
}

/** What a directory has survives a power cut only after this. */
async function sync(directory: string): Promise<void> {
  const handle = await open(directory);
  await handle.sync().finally(() => handle.close());
}
