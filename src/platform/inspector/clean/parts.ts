/** What stands behind a picture in its file: further pictures, films, and what a maker of phones adds. */
import { topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { planInsta360 } from "./insta360.ts";
import { planMovie } from "./movie.ts";
import { type Patches, planPart, tryPart, zero } from "./patches.ts";
import { readSamsung, type SamsungBlocks, saysNothing, tells } from "./samsung.ts";

type Plan = (source: Source, patches: Patches) => void;

/** How JPEGs are cleaned: one in a block, which keeps its length, and the one that starts at a place, whose end is returned. */
export interface Jpegs {
  planJpegInPlace: Plan;
  planAt(at: number): number;
}

/** Phones write a few; more were made to take time. */
const mostParts = 100;

/** What a picture says of its file. */
export interface Named {
  /** Where further pictures start, by its directory. */
  starts: readonly number[];
  /** How many bytes behind it are further pictures and films, by its XMP. */
  bytes: number;
}

/**
 * What to overwrite behind the picture that ends at `from`: what cannot be read and is not accounted for by it belongs to
 * nothing, as between segments. `isLoose`: such a rest may be left out.
 */
export function planParts(
  source: Source,
  patches: Patches,
  { from, isLoose, named }: { from: number; isLoose: boolean; named: Named },
  jpegs: Jpegs,
): void {
  let behind = from;
  let at = afterFilling(source, behind);
  let parts = 0;
  for (; at < source.size && parts < mostParts; parts++) {
    const end =
      (isJpeg(source, at) ? planJpeg(at, jpegs) : planFilm(source, patches, at)) ??
      skip(source, patches, at, named);
    if (end === undefined) break;
    behind = end;
    at = afterFilling(source, behind);
  }
  if (at >= source.size) return;
  // They begin with zeros, too.
  const blocks = readSamsung(source, behind);
  if (blocks) return planSamsung(source, patches, blocks, { from: behind, ...jpegs });
  if (planInsta360(source, patches, at)) {
    patches.hasUnknown = true;
    return;
  }
  const rest = Math.min(Math.max(at, from + named.bytes), source.size);
  patches.hasUnknown ||= rest > at;
  // Films are found by their distance from the end.
  if (isLoose && parts === 0 && rest === at) patches.needless.push({ at, length: source.size - at });
  else zero(source, patches, rest, source.size - rest);
}

/** Returns where it has ended; undefined where it cannot be read. */
function planJpeg(at: number, { planAt }: Jpegs): number | undefined {
  try {
    return planAt(at);
  } catch {
    return undefined;
  }
}

/** Zeroes what stands before the next picture that the directory names; undefined where there is none. */
function skip(source: Source, patches: Patches, at: number, { starts }: Named): number | undefined {
  const next = starts.find((start) => start > at && isJpeg(source, start));
  if (next !== undefined) zero(source, patches, at, next - at);
  return next;
}

/**
 * What to overwrite in the blocks of a Samsung, some of which are pictures and films, and between them. Their lengths are
 * in its directory.
 */
export function planSamsung(
  source: Source,
  patches: Patches,
  { blocks, directory }: SamsungBlocks,
  { from: first, planJpegInPlace }: { from: number; planJpegInPlace: Plan },
): void {
  let end = first;
  for (const { start, to } of blocks.toSorted((a, b) => a.start - b.start)) {
    if (start > end) zero(source, patches, end, start - end);
    end = Math.max(end, to);
  }
  zero(source, patches, end, Math.max(0, directory - end));
  for (const { name, from, to } of blocks) {
    if (tells.has(name)) zero(source, patches, from, to - from);
    else if (isJpeg(source, from)) planPart(source, patches, [from, to], planJpegInPlace);
    else if (isFilm(source, from)) planPart(source, patches, [from, to], planMovie);
    else if (!saysNothing.has(name)) patches.hasUnknown = true;
  }
}

/** Returns where the film has ended that starts there; undefined where there is none, or none that can be cleaned. */
function planFilm(source: Source, patches: Patches, at: number): number | undefined {
  if (!isFilm(source, at)) return undefined;
  const end = at + filmBytes(source.part(at, source.size));
  return tryPart(source, patches, [at, end], planMovie) ? end : undefined;
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
    // What follows is something else, or cut off.
    if (end + 8 <= film.size && film.text(end + 4, 4) === "mdat") return film.size;
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
