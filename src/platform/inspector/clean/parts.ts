/** What stands behind a picture in its file: further pictures, films, and what a maker of phones adds. */
import { topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { planInsta360 } from "./insta360.ts";
import { planMovie } from "./movie.ts";
import { type Patches, planPart, zero } from "./patches.ts";
import { readSamsung, type SamsungBlock, saysNothing, tells } from "./samsung.ts";

type Plan = (source: Source, patches: Patches) => void;

/** How JPEGs are cleaned: one in a block, which keeps its length, and the one that starts at a place, whose end is returned. */
export interface Jpegs {
  planInPlace: Plan;
  planAt(at: number): number;
}

/** Phones write a few; more were made to take time. */
const mostParts = 100;

/** What to overwrite behind `from`. What nobody here knows stays. */
export function planParts(source: Source, patches: Patches, from: number, jpegs: Jpegs): void {
  let at = afterFilling(source, from);
  for (let parts = 0; at < source.size && parts < mostParts; parts++) {
    const end = isJpeg(source, at) ? planJpeg(patches, at, jpegs) : planFilm(source, patches, at);
    if (end === undefined) break;
    at = afterFilling(source, end);
  }
  if (at === source.size) return;
  const blocks = readSamsung(source, at);
  if (blocks) return planSamsung(source, patches, blocks, jpegs.planInPlace);
  patches.hasUnknown = true;
  planInsta360(source, patches, at);
}

/** Returns where it has ended; undefined where it cannot be read. */
function planJpeg(patches: Patches, at: number, { planAt }: Jpegs): number | undefined {
  try {
    return planAt(at);
  } catch {
    patches.hasUnknown = true;
    return undefined;
  }
}

/** What to overwrite in the blocks of a Samsung, some of which are pictures and films. Their lengths are in its directory. */
export function planSamsung(
  source: Source,
  patches: Patches,
  blocks: readonly SamsungBlock[],
  planJpegInPlace: Plan,
): void {
  for (const { name, from, to } of blocks) {
    if (tells.has(name)) zero(source, patches, from, to - from);
    else if (isJpeg(source, from)) planPart(source, patches, [from, to], planJpegInPlace);
    else if (isFilm(source, from)) planPart(source, patches, [from, to], planMovie);
    else if (!saysNothing.has(name)) patches.hasUnknown = true;
  }
}

/** Returns where the film has ended that starts there; undefined where there is none. */
function planFilm(source: Source, patches: Patches, at: number): number | undefined {
  if (!isFilm(source, at)) return undefined;
  const end = at + filmBytes(source.part(at, source.size));
  planPart(source, patches, [at, end], planMovie);
  return end;
}

/** Up to the last thing that can be a box. */
function filmBytes(film: Source): number {
  let end = 0;
  try {
    for (const box of topBoxes(film)) {
      if (!/^[\x20-\x7e]{4}$/.test(box.type)) break;
      end = box.end;
    }
  } catch {
    // What follows is something else.
  }
  return end;
}

function isJpeg(source: Source, at: number): boolean {
  return at + 3 <= source.size && source.number(at, 3) === 0xffd8ff;
}

function isFilm(source: Source, at: number): boolean {
  return at + 8 <= source.size && source.text(at + 4, 4) === "ftyp";
}

/** Zeros and fill bytes put the next part to an even place. */
function afterFilling(source: Source, from: number): number {
  const at = firstOther(source, from);
  if (at > from && isJpeg(source, at - 1)) return at - 1;
  // A length begins with zeros, too.
  return [4, 3, 2, 1].map((back) => at - back).find((one) => one >= from && isFilm(source, one)) ?? at;
}

function firstOther(source: Source, from: number): number {
  const chunk = 4096;
  for (let at = from; at < source.size; at += chunk) {
    const found = source
      .view(at, Math.min(chunk, source.size - at))
      .findIndex((byte) => byte !== 0 && byte !== 0xff);
    if (found >= 0) return at + found;
  }
  return source.size;
}
