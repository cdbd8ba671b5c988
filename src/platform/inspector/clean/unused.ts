/** Data of a film or picture that nothing in it refers to: what was left over, or put there to be found by others. */
import { type Box, findBox, isZero } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { noPatches, type Patches, zero } from "./patches.ts";

/** Bytes that something refers to; without an end up to the next ones, or to the end of the data around them. */
export interface Place {
  from: number;
  to: number | undefined;
}

interface Gap {
  from: number;
  to: number;
}

/** A film of hours has a few hundred thousand. */
const mostPlaces = 1_000_000;
const fragmentBoxes = new Set(["moof", "styp", "sidx", "ssix", "mfra"]);

/**
 * Zeroes what no place covers in the data of a file, where all is known that may refer to them. Otherwise they stay, because
 * they may be its picture or sound, and are unknown: in fragments, beside what is unknown itself, and where places
 * cannot be read or are not in data.
 */
export function zeroUnused(
  source: Source,
  patches: Patches,
  boxes: readonly Box[],
  findPlaces: () => Iterable<Place>,
): void {
  const inner = noPatches();
  try {
    requireSingle(boxes);
    const data = boxes.filter((box) => box.type === "mdat");
    const places = sortPlaces(findPlaces());
    const isWhole = areIn(places, data, isCutOff(source, boxes) ? boxes.at(-1)!.end : Infinity);
    const inFragments = isFragmented(source, boxes);
    const gaps = gapsIn(gapsBetween(places, data), inFragments ? ownData(boxes) : data);
    if (patches.hasUnknown || !isWhole || inFragments) {
      patches.hasUnknown ||= gaps.some(({ from, to }) => !isZero(source, from, to));
      return;
    }
    for (const { from, to } of gaps) zero(source, inner, from, to - from);
  } catch {
    patches.hasUnknown = true;
    return;
  }
  for (const one of inner.list) patches.list.push(one);
}

/** Errors: there are several films one behind the other, each of which counts its places from its own start. */
function requireSingle(boxes: readonly Box[]): void {
  for (const name of ["ftyp", "moov"]) {
    if (boxes.filter(({ type }) => type === name).length > 1) throw new Error("several films");
  }
}

/** Whether its places, or some, are with parts of it. */
function isFragmented(source: Source, boxes: readonly Box[]): boolean {
  return boxes.some(
    (box) =>
      fragmentBoxes.has(box.type) || (box.type === "moov" && findBox(source, box, "mvex") !== undefined),
  );
}

/** Whether the last thing in it is an `mdat` of which the end is missing. */
export function isCutOff(source: Source, boxes: readonly Box[]): boolean {
  const end = boxes.at(-1)?.end ?? 0;
  return source.size - end >= 8 && source.text(end + 4, 4) === "mdat";
}

/** All but the first one behind each `moof`, which says where in it its samples are. */
function ownData(boxes: readonly Box[]): Box[] {
  let isOfFragment = false;
  return boxes.filter(({ type }) => {
    if (type === "moof") isOfFragment = true;
    if (type !== "mdat") return false;
    const isOwn = !isOfFragment;
    isOfFragment = false;
    return isOwn;
  });
}

/** In their order. Errors: more than any file needs, or what they are read with. */
function sortPlaces(places: Iterable<Place>): Place[] {
  const sorted: Place[] = [];
  for (const one of places) {
    if (one.to !== one.from) sorted.push(one);
    if (sorted.length > mostPlaces) throw new Error("too many places");
  }
  return sorted.sort((a, b) => a.from - b.from);
}

/** Whether they are all in the data; false where some are behind `cutAt`, and missing. Errors: one is elsewhere. */
function areIn(places: readonly Place[], data: readonly Box[], cutAt: number): boolean {
  let around = 0;
  for (const { from, to } of places) {
    if (from >= cutAt) return false;
    while (around < data.length && data[around]!.end <= from) around++;
    const box = data[around];
    if (!box || from < box.body || (to ?? from) > box.end) throw new Error("a place outside the data");
  }
  return true;
}

/** What lies between the places, up to infinity. */
function gapsBetween(sorted: readonly Place[], data: readonly Box[]): Gap[] {
  let following = Infinity;
  const nexts = sorted.map(() => 0);
  for (let i = sorted.length - 1; i >= 0; i--) {
    const next = sorted[i + 1]?.from ?? Infinity;
    if (next > sorted[i]!.from) following = next;
    nexts[i] = following;
  }
  const gaps: Gap[] = [];
  let at = 0;
  let around = 0;
  for (const [i, { from, to }] of sorted.entries()) {
    if (from > at) gaps.push({ from: at, to: from });
    while (around < data.length && data[around]!.end <= from) around++;
    const end = to ?? Math.min(nexts[i]!, data[around]?.end ?? from);
    at = Math.max(at, end);
  }
  return [...gaps, { from: at, to: Infinity }];
}

/** What of the gaps is in the data. */
function gapsIn(gaps: readonly Gap[], data: readonly Box[]): Gap[] {
  const found: Gap[] = [];
  let gap = 0;
  for (const { body, end } of data) {
    while (gap < gaps.length && gaps[gap]!.to <= body) gap++;
    for (let i = gap; i < gaps.length && gaps[i]!.from < end; i++) {
      found.push({ from: Math.max(gaps[i]!.from, body), to: Math.min(gaps[i]!.to, end) });
    }
  }
  return found.filter(({ from, to }) => to > from);
}
