/** Data of a film or picture that nothing in it refers to: what was left over, or put there to be found by others. */
import { type Box, findBox, isZero } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { noPatches, type Patches, zero } from "./patches.ts";

/** Bytes that something refers to; without an end up to the next ones, or to the end of the data around them. */
export interface DataRange {
  from: number;
  to: number | undefined;
}

interface Gap {
  from: number;
  to: number;
}

/** A film of hours has a few hundred thousand. */
const mostRanges = 1_000_000;
const fragmentBoxes = new Set(["moof", "styp", "sidx", "ssix", "mfra"]);

/**
 * Zeroes what no range covers in the data of a file, where all is known that may refer to them. Otherwise they stay, because
 * they may be its picture or sound, and are unknown: in fragments, beside what is unknown itself, and where ranges
 * cannot be read or are not in data.
 */
export function zeroUnused(
  source: Source,
  patches: Patches,
  boxes: readonly Box[],
  findRanges: () => Iterable<DataRange>,
): void {
  const inner = noPatches();
  try {
    requireSingle(boxes);
    const data = boxes.filter((box) => box.type === "mdat");
    const ranges = sortRanges(findRanges());
    const isWhole = areIn(ranges, data, isCutOff(source, boxes) ? endOf(boxes) : Infinity);
    const inFragments = isFragmented(source, boxes);
    const gaps = gapsIn(gapsBetween(ranges, data), inFragments ? ownData(boxes) : data);
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

/** Errors: there are several films one behind the other, each of which counts its offsets from its own start. */
function requireSingle(boxes: readonly Box[]): void {
  for (const name of ["ftyp", "moov"]) {
    if (boxes.filter(({ type }) => type === name).length > 1) throw new Error("several films");
  }
}

/** Whether its ranges, or some, are with parts of it. */
function isFragmented(source: Source, boxes: readonly Box[]): boolean {
  return boxes.some(
    (box) =>
      fragmentBoxes.has(box.type) || (box.type === "moov" && findBox(source, box, "mvex") !== undefined),
  );
}

/** Whether the last thing in it is an `mdat` of which the end is missing. */
export function isCutOff(source: Source, boxes: readonly Box[]): boolean {
  const end = endOf(boxes);
  return source.size - end >= 8 && source.text(end + 4, 4) === "mdat";
}

function endOf(boxes: readonly Box[]): number {
  return boxes.at(-1)?.end ?? 0;
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
function sortRanges(ranges: Iterable<DataRange>): DataRange[] {
  const sorted: DataRange[] = [];
  for (const one of ranges) {
    if (one.to !== one.from) sorted.push(one);
    if (sorted.length > mostRanges) throw new Error("too many ranges");
  }
  return sorted.sort((a, b) => a.from - b.from);
}

/** Whether they are all in the data; false where some are behind `cutAt`, and missing. Errors: one is elsewhere. */
function areIn(ranges: readonly DataRange[], data: readonly Box[], cutAt: number): boolean {
  const boxAround = rising(data, (box, from) => box.end > from);
  for (const { from, to } of ranges) {
    if (from >= cutAt) return false;
    const box = boxAround(from);
    if (!box || from < box.body || (to ?? from) > box.end) throw new Error("a range outside the data");
  }
  return true;
}

/** What lies between the ranges, up to infinity. */
function gapsBetween(sorted: readonly DataRange[], data: readonly Box[]): Gap[] {
  const boxAround = rising(data, (box, from) => box.end > from);
  const nextAfter = rising(sorted, (range, from) => range.from > from);
  const gaps: Gap[] = [];
  let at = 0;
  for (const { from, to } of sorted) {
    if (from > at) gaps.push({ from: at, to: from });
    const end = to ?? Math.min(nextAfter(from)?.from ?? Infinity, boxAround(from)?.end ?? from);
    at = Math.max(at, end);
  }
  return [...gaps, { from: at, to: Infinity }];
}

/** What of the gaps is in the data. */
function gapsIn(gaps: readonly Gap[], data: readonly Box[]): Gap[] {
  const found: Gap[] = [];
  let first = 0;
  for (const { body, end } of data) {
    let gap = gaps[first];
    while (gap && gap.to <= body) gap = gaps[++first];
    for (let i = first; gap && gap.from < end; gap = gaps[++i]) {
      found.push({ from: Math.max(gap.from, body), to: Math.min(gap.to, end) });
    }
  }
  return found.filter(({ from, to }) => to > from);
}

/** The first of a sorted list that is behind an offset, which may only rise from call to call. */
function rising<T>(sorted: readonly T[], isBehind: (one: T, offset: number) => boolean) {
  let i = 0;
  let one = sorted[0];
  return (offset: number): T | undefined => {
    while (one && !isBehind(one, offset)) one = sorted[++i];
    return one;
  };
}
