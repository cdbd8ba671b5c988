/** Data of a film or picture that nothing in it refers to: what was left over, or put there to be found by others. */
import type { Box } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { noPatches, type Patches, zero } from "./patches.ts";

/** Bytes that something refers to; without an end up to the next ones, or to the end of the data around them. */
export interface Place {
  from: number;
  to: number | undefined;
}

/** A film of hours has a few hundred thousand. */
const mostPlaces = 1_000_000;

/**
 * Zeroes what no place covers in the data of a file. Those of fragments stay, because their places are with them: one `mdat`
 * belongs to each. Where the places cannot be read all of the data stay, and are unknown.
 */
export function zeroUnused(
  source: Source,
  patches: Patches,
  boxes: readonly Box[],
  findPlaces: () => Iterable<Place>,
): void {
  const inner = noPatches();
  try {
    const data = boxes.filter((box) => box.type === "mdat");
    const gaps = gapsBetween(findPlaces(), data);
    let gap = 0;
    for (const { body, end } of ownData(boxes)) {
      while (gap < gaps.length && gaps[gap]!.to <= body) gap++;
      for (let i = gap; i < gaps.length && gaps[i]!.from < end; i++) {
        const from = Math.max(gaps[i]!.from, body);
        zero(source, inner, from, Math.min(gaps[i]!.to, end) - from);
      }
    }
  } catch {
    patches.hasUnknown = true;
    return;
  }
  for (const one of inner.list) patches.list.push(one);
}

/** What is not of a fragment. */
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

/** What lies between the places, up to infinity. Errors: more than any file needs, or what they are read with. */
function gapsBetween(places: Iterable<Place>, data: readonly Box[]): { from: number; to: number }[] {
  const sorted: Place[] = [];
  for (const one of places) {
    sorted.push(one);
    if (sorted.length > mostPlaces) throw new Error("too many places");
  }
  sorted.sort((a, b) => a.from - b.from);
  let following = Infinity;
  const nexts = sorted.map(() => 0);
  for (let i = sorted.length - 1; i >= 0; i--) {
    const next = sorted[i + 1]?.from ?? Infinity;
    if (next > sorted[i]!.from) following = next;
    nexts[i] = following;
  }
  const gaps: { from: number; to: number }[] = [];
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
