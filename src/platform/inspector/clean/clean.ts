import { readFile, writeFile } from "node:fs/promises";

import { type CleanedType, isCleaned } from "../inspector.ts";
import { Source } from "../source.ts";
import { cleanGif } from "./gif.ts";
import { planImage } from "./heif.ts";
import { planJpeg } from "./jpeg.ts";
import type { Kept } from "./kept.ts";
import { planMatroska } from "./matroska.ts";
import { planMovie } from "./movie.ts";
import { changing, noPatches, type Patches, writePatched, writeShortened } from "./patches.ts";
import { cleanPng } from "./png.ts";
import { planWav } from "./wav.ts";
import { cleanWebp } from "./webp.ts";

/** Small files in which nothing is found by its offset: what to keep. */
type Rebuild = (file: Buffer) => Kept;
/** Large files, or such as point into themselves: what to overwrite, so that nothing moves that has to be found. */
type Plan = (source: Source, patches: Patches) => void;

const cleaners: Record<CleanedType, (from: string, to: string) => Promise<Cleaning>> = {
  "image/jpeg": overwriting(planJpeg),
  "image/png": rebuilding(cleanPng),
  "image/webp": rebuilding(cleanWebp),
  "image/gif": rebuilding(cleanGif),
  "image/avif": overwriting(planImage),
  "image/heic": overwriting(planImage),
  "video/mp4": overwriting(planMovie),
  "video/quicktime": overwriting(planMovie),
  "video/3gpp": overwriting(planMovie),
  "audio/mp4": overwriting(planMovie),
  "audio/wav": overwriting(planWav),
  "video/webm": overwriting(planMatroska),
  "video/x-matroska": overwriting(planMatroska),
};

/** How a file was cleaned. */
export interface Cleaning {
  /** Whether it was written; not where there was nothing to take out, so that the file can stay as it is. */
  written: boolean;
  /** There is something in it that nobody here knows: that stayed, whatever it tells. */
  hasUnknown: boolean;
}

/**
 * Writes `from` without location and camera data to `to`. Whatever is not known to be such stays bit for bit: pixels,
 * sound, timing, further pictures, layers, what nobody here knows. All of a type that is not known.
 * Errors: Error where the file is not what `type` says (`to` is not written either), or what the system says about
 * reading and writing (`to` may then be half written).
 */
export async function clean(from: string, to: string, type: string): Promise<Cleaning> {
  return isCleaned(type) ? cleaners[type](from, to) : { written: false, hasUnknown: false };
}

function rebuilding(rebuild: Rebuild) {
  return async (from: string, to: string): Promise<Cleaning> => {
    const file = await readFile(from);
    const { slices, hasUnknown } = rebuild(file);
    const written = !isMadeOf(file, slices);
    if (written) await writeFile(to, Buffer.concat(slices));
    return { written, hasUnknown };
  };
}

function isMadeOf(file: Buffer, slices: readonly Uint8Array[]): boolean {
  let at = 0;
  for (const one of slices) {
    if (!file.subarray(at, at + one.length).equals(one)) return false;
    at += one.length;
  }
  return at === file.length;
}

function overwriting(plan: Plan) {
  return async (from: string, to: string): Promise<Cleaning> => {
    using source = Source.open(from);
    const patches = noPatches();
    plan(source, patches);
    const { hasUnknown, needless } = patches;
    const needed = changing(source, patches.list);
    if (needless.length > 0) await writeShortened(from, to, { list: needed, needless });
    else if (needed.length > 0) await writePatched(from, to, needed);
    return { written: needed.length + needless.length > 0, hasUnknown };
  };
}
