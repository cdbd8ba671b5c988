/** What stands behind a picture in its file: further pictures, films, and what a maker of phones adds. */
import { isZero, topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { planInsta360 } from "./insta360.ts";
import { planMovie } from "./movie.ts";
import { type Patches, planPart, tryPart, zero } from "./patches.ts";
import { readSamsung, type SamsungBlocks, saysNothing, tells } from "./samsung.ts";

type Plan = (source: Source, patches: Patches) => void;

/** How JPEGs are cleaned: one in a block, which keeps its length, and the one that starts at an offset, whose end is returned. */
export interface Jpegs {
  planJpegInPlace: Plan;
  planAt(at: number): number;
}

/** Phones write a few; more were made to take time. */
const mostParts = 100;

/** What a picture says of its file. */
export interface Named {
  /** Where further pictures and films start, in their order. */
  starts: readonly number[];
  /** How many bytes behind it are further pictures and films. */
  bytes: number;
}

/**
 * What to overwrite behind the picture that ends at `from`: what cannot be read and is not accounted for by it belongs to
 * nothing, as between segments. Behind a film that is not known as a whole everything may belong to it, and stays. `isLoose`: such a
 * rest may be left out.
 */
export function planParts(
  source: Source,
  patches: Patches,
  { from, isLoose, named }: { from: number; isLoose: boolean; named: Named },
  jpegs: Jpegs,
): void {
  let behind = from;
  let at = afterPadding(source, behind);
  let accounted = from + named.bytes;
  let parts = 0;
  for (; at < source.size && parts < mostParts; parts++) {
    const film = isFilm(source, at) ? planFilm(source, patches, at) : undefined;
    if (film && !film.isKnown) accounted = Infinity;
    const end =
      (isJpeg(source, at) ? planJpeg(at, jpegs) : film?.end) ??
      skip(source, patches, at, { starts: named.starts, accounted });
    if (end === undefined) break;
    behind = end;
    at = afterPadding(source, behind);
  }
  if (at >= source.size) return;
  // What was not looked at may be a picture or film.
  if (parts === mostParts) accounted = Infinity;
  // They begin with zeros, too.
  const blocks = readSamsung(source, behind);
  if (blocks) return planSamsung(source, patches, blocks, { from: behind, accounted, ...jpegs });
  if (planInsta360(source, patches, at)) {
    patches.hasUnknown = true;
    return;
  }
  const rest = Math.min(Math.max(at, accounted), source.size);
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

/** Zeroes what stands before the next part that is named, and is not accounted for; undefined where there is none. */
function skip(
  source: Source,
  patches: Patches,
  at: number,
  { starts, accounted }: { starts: readonly number[]; accounted: number },
): number | undefined {
  const next = starts.find((start) => start > at && (isJpeg(source, start) || isFilm(source, start)));
  if (next === undefined) return undefined;
  const rest = Math.min(Math.max(at, accounted), next);
  patches.hasUnknown ||= rest > at;
  zero(source, patches, rest, next - rest);
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
  {
    from: first,
    accounted = 0,
    planJpegInPlace,
  }: { from: number; accounted?: number; planJpegInPlace: Plan },
): void {
  const next = Math.min(...blocks.map(({ start }) => start), directory);
  let end = Math.min(Math.max(first, accounted), next);
  patches.hasUnknown ||= !isZero(source, first, Math.max(first, end));
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

/** Returns where the film has ended that starts there, and whether all of it is known; one that cannot be cleaned stays, unknown. */
function planFilm(source: Source, patches: Patches, at: number): { end: number; isKnown: boolean } {
  const end = at + filmBytes(source.part(at, source.size));
  const inner = tryPart(source, patches, [at, end], planMovie);
  if (!inner) patches.hasUnknown = true;
  return { end: Math.max(end, at + 8), isKnown: inner?.hasUnknown === false };
}

/** Up to the last thing that can be a box of it, or to the next film. */
function filmBytes(film: Source): number {
  let end = 0;
  try {
    for (const box of topBoxes(film)) {
      if (!/^[\x20-\x7e]{4}$/.test(box.type) || (box.type === "ftyp" && box.start > 0)) break;
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

/** Padding: zeros and fill bytes put the next part to an even offset. */
function afterPadding(source: Source, from: number): number {
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
