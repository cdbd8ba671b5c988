import { constants } from "node:fs";
import { copyFile, type FileHandle, open, readFile, writeFile } from "node:fs/promises";

import type { Box } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";

/** `bytes`, or where there are none zeros, over `length` bytes from `at`. */
export interface Patch {
  at: number;
  length: number;
  bytes?: Uint8Array;
}

/** What is to be done to a file. */
export interface Patches {
  list: Patch[];
  /** There is something in it that nobody here knows: it stays, and may say more than its sender thinks. */
  hasUnknown: boolean;
  /** Ranges that may go altogether where nothing in the file is found by its offset; in their order. */
  needless: { at: number; length: number }[];
}

const chunk = 64 * 1024;
const zeros = Buffer.alloc(chunk);
/** What says nothing and may stand anywhere. */
export const fillers = new Set(["free", "skip", "wide"]);
/** A recording of hours has a few thousand; more is a list that was made to fill the memory. */
const mostPatches = 1_000_000;

export function noPatches(): Patches {
  return { list: [], hasUnknown: false, needless: [] };
}

/**
 * Plans for a part of the file that is a file of its own, and keeps its length. One that cannot be read, or cannot be
 * cleaned without getting shorter, is unknown.
 */
export function planPart(
  source: Source,
  patches: Patches,
  [from, to]: readonly [number, number],
  plan: (part: Source, inner: Patches) => void,
): void {
  if (!tryPart(source, patches, [from, to], plan)) patches.hasUnknown = true;
}

/** The same; returns what is planned for it, and undefined, with nothing planned, for one that cannot be read or would get shorter. */
export function tryPart(
  source: Source,
  patches: Patches,
  [from, to]: readonly [number, number],
  plan: (part: Source, inner: Patches) => void,
): Patches | undefined {
  const inner = noPatches();
  try {
    plan(source.part(from, to), inner);
  } catch {
    return undefined;
  }
  if (inner.needless.length > 0) return undefined;
  for (const one of inner.list) patches.list.push({ ...one, at: from + one.at });
  patches.hasUnknown ||= inner.hasUnknown;
  return inner;
}

/** Errors: past the end of the file, or so many that no file would need them. */
export function zero(source: Source, patches: Patches, at: number, length: number): void {
  if (length === 0) return;
  if (at < 0 || length < 0 || at + length > source.size) throw new Error("past the end of the file");
  const last = patches.list.at(-1);
  if (last && !last.bytes && last.at + last.length === at) last.length += length;
  else patches.list.push({ at, length });
  if (patches.list.length > mostPatches) throw new Error("too many patches");
}

/** Writes these bytes over as many. */
export function overwrite(patches: Patches, at: number, bytes: Uint8Array): void {
  patches.list.push({ at, length: bytes.length, bytes });
}

/** Leaves a box of the same size that says nothing: offsets into the file stay true. */
export function freeBox(source: Source, patches: Patches, box: Box): void {
  if (!fillers.has(box.type)) {
    overwrite(patches, box.start + 4, Buffer.from("free"));
  }
  zero(source, patches, box.body, box.end - box.body);
}

/** Without what would change nothing. Errors: bytes are overwritten so often that lists must overlap on purpose. */
export function changing(source: Source, patches: readonly Patch[]): Patch[] {
  const total = patches.reduce((sum, one) => sum + one.length, 0);
  // Two lists may name the same bytes, a payload and what it holds for example.
  if (total > 4 * source.size) throw new Error("patches overlap");
  return patches.filter((one) => changes(source, one));
}

function changes(source: Source, { at, length, bytes }: Patch): boolean {
  if (bytes) return !source.bytes(at, length).equals(bytes);
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

/** The same without these ranges. The file is in memory for that. */
export async function writeShortened(
  from: string,
  to: string,
  { list, needless }: Pick<Patches, "list" | "needless">,
): Promise<void> {
  const file = await readFile(from);
  for (const { at, length, bytes } of list) {
    if (bytes) file.set(bytes, at);
    else file.fill(0, at, at + length);
  }
  const slices: Buffer[] = [];
  let at = 0;
  for (const one of needless) {
    slices.push(file.subarray(at, one.at));
    at = one.at + one.length;
  }
  await writeFile(to, Buffer.concat([...slices, file.subarray(at)]));
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
