import { constants } from "node:fs";
import { copyFile, type FileHandle, open } from "node:fs/promises";

import type { Box } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";

/** `bytes`, or where there are none zeros, over `length` bytes from `at`. */
export interface Patch {
  at: number;
  length: number;
  bytes?: Uint8Array;
}
export type Patches = Patch[];

const chunk = 64 * 1024;
const zeros = Buffer.alloc(chunk);
/** What says nothing and may stand anywhere. */
const fillers = new Set(["free", "skip", "wide"]);
/** A recording of hours has a few thousand; more is a list that was made to fill the memory. */
const mostPatches = 1_000_000;

/** Errors: past the end of the file, or so many that no file would need them. */
export function zero(source: Source, patches: Patches, at: number, length: number): void {
  if (length === 0) return;
  if (at < 0 || length < 0 || at + length > source.size) throw new Error("past the end of the file");
  const last = patches.at(-1);
  if (last && !last.bytes && last.at + last.length === at) last.length += length;
  else patches.push({ at, length });
  if (patches.length > mostPatches) throw new Error("too many places");
}

/** Leaves a box of the same size that says nothing: offsets into the file stay true. */
export function freeBox(source: Source, patches: Patches, box: Box): void {
  if (!fillers.has(box.type)) {
    patches.push({ at: box.start + 4, length: 4, bytes: Buffer.from("free") });
  }
  zero(source, patches, box.body, box.end - box.body);
}

/** Without what would change nothing. Errors: bytes are overwritten so often that lists must overlap on purpose. */
export function changing(source: Source, patches: readonly Patch[]): Patches {
  const total = patches.reduce((sum, one) => sum + one.length, 0);
  // Two lists may name the same bytes, a payload and what it holds for example.
  if (total > 4 * source.size) throw new Error("places overlap");
  return patches.filter((one) => changes(source, one));
}

function changes(source: Source, { at, length, bytes }: Patch): boolean {
  if (bytes) return !source.view(at, length).equals(bytes);
  for (let done = 0; done < length; done += chunk) {
    const part = Math.min(chunk, length - done);
    if (!source.view(at + done, part).equals(zeros.subarray(0, part))) return true;
  }
  return false;
}

export async function writePatched(from: string, to: string, patches: readonly Patch[]): Promise<void> {
  await copyFile(from, to, constants.COPYFILE_FICLONE);
  await using file = await open(to, "r+");
  for (const one of patches) await writePatch(file, one);
}

async function writePatch(file: FileHandle, { at, length, bytes }: Patch): Promise<void> {
  for (let done = 0; done < length; done += chunk) {
    const part = Math.min(chunk, length - done);
    await file.write(
      (bytes ?? zeros).subarray(bytes ? done : 0, bytes ? done + part : part),
      0,
      part,
      at + done,
    );
  }
}
