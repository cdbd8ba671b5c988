import { open, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";

import type { Media, Session } from "../../sdk/index.ts";
import { exitCodes, Failure } from "../exit-codes.ts";
import { visibleLine } from "../text/visible.ts";

export interface SaveOptions {
  /** A directory, or the name that the file is to have. */
  to: string;
  onProgress(share: number): void;
  signal: AbortSignal;
}

/**
 * Saves a file, whole or not at all, and never over another one: `photo (1).jpg` where `photo.jpg` is there. Answers its
 * path. Errors: Failure, ParleyError.
 */
export async function saveFile(session: Session, media: Media, options: SaveOptions): Promise<string> {
  const { to, signal } = options;
  const isDirectory = await stat(to).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const path = isDirectory ? join(to, safeName(media.filename)) : to;
  const partial = join(dirname(path), `.parley-${crypto.randomUUID()}.part`);
  try {
    const onProgress = (bytes: number, of: number) => options.onProgress(bytes / of);
    await write(partial, session.download(media, { onProgress, signal }));
    return await nameFreely(partial, path);
  } catch (error) {
    throw inWords(error, path);
  } finally {
    await rm(partial, { force: true });
  }
}

/** The server's names are safe already; this is for a server that is none of ours. */
export function safeName(filename: string): string {
  const name = visibleLine(filename).replace(/[/\\]/g, "_").replace(/^\.+/, "_");
  return name.trim() === "" ? "file" : name;
}

async function write(path: string, content: ReadableStream<Uint8Array>): Promise<void> {
  await using file = await open(path, "wx");
  for await (const chunk of content) await file.writeFile(chunk);
}

/** Gives it the first name of `path`, `path (1)` … that is free. */
async function nameFreely(partial: string, path: string): Promise<string> {
  const extension = extname(path);
  const start = join(dirname(path), basename(path, extension));
  for (let number = 0; ; number++) {
    const name = number === 0 ? path : `${start} (${number})${extension}`;
    if (await isMade(name)) {
      await rename(partial, name);
      return name;
    }
  }
}

/** Makes an empty file, which a rename may replace: that works where there are no hard links, too. False: there is one. */
async function isMade(name: string): Promise<boolean> {
  try {
    await (await open(name, "wx")).close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

function inWords(error: unknown, path: string): unknown {
  const isOfSystem = error instanceof Error && "syscall" in error;
  // Behind the comma it names the part, which people do not know.
  return isOfSystem ? new Failure(exitCodes.refused, `${path}: ${error.message.replace(/, .*/, "")}`) : error;
}
