import { type Box, findBox } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { type Patches, zero } from "./patches.ts";

/** A table of a track's samples (ISO/IEC 14496-12, 8.7): how many rows, and the number in one of them. */
interface Table {
  count: number;
  at(row: number): number;
}

/** Samples of a track that stand together in the file. */
export interface Chunk {
  at: number;
  length: number;
  /** They are said to be of one size: what QuickTime says of sound is not that of its samples then. */
  areAlike: boolean;
}

/** Zeroes what a track has in the file. Errors: as `chunksOf`, or what is named is not there. */
export function zeroSamples(source: Source, patches: Patches, track: Box): void {
  for (const { at, length } of chunksOf(source, track)) zero(source, patches, at, length);
}

/** Where in the file a track is. Errors: tables that do not fit their boxes. */
export function* chunksOf(source: Source, track: Box): Generator<Chunk> {
  const boxes = findBox(source, track, "mdia", "minf", "stbl");
  if (!boxes) return;
  const offsets = readOffsets(source, boxes);
  const perChunk = readRuns(source, boxes);
  const sizes = readSizes(source, boxes);
  if (!offsets || !perChunk || !sizes) return;
  let sample = 0;
  for (let chunk = 0; chunk < offsets.count && sample < sizes.count; chunk++) {
    const count = Math.min(perChunk(chunk), sizes.count - sample);
    yield { at: offsets.at(chunk), length: sizes.sum(sample, count), areAlike: sizes.areAlike };
    sample += count;
  }
}

/** Whether the chunks of a track have as many samples as there are sizes. Errors: as `chunksOf`, or a table is not there. */
export function areAllInChunks(source: Source, track: Box): boolean {
  const boxes = findBox(source, track, "mdia", "minf", "stbl");
  const offsets = boxes && readOffsets(source, boxes);
  const perChunk = boxes && readRuns(source, boxes);
  const sizes = boxes && readSizes(source, boxes);
  if (!offsets || !perChunk || !sizes) throw new Error("a track without tables");
  let samples = 0;
  for (let chunk = 0; chunk < offsets.count; chunk++) samples += perChunk(chunk);
  return samples === sizes.count;
}

function readOffsets(source: Source, boxes: Box): Table | undefined {
  const short = findBox(source, boxes, "stco");
  if (short) return readTable(source, short, 4, 4);
  const long = findBox(source, boxes, "co64");
  return long && readTable(source, long, 4, 8);
}

/** The samples in the chunk of that number, which may only rise from call to call; a run lasts until the next. */
function readRuns(source: Source, boxes: Box): ((chunk: number) => number) | undefined {
  const box = findBox(source, boxes, "stsc");
  if (!box) return undefined;
  const { count } = readTable(source, box, 4, 12);
  const row = (run: number) => box.body + 8 + 12 * run;
  let run = 0;
  return (chunk) => {
    while (run + 1 < count && source.number(row(run + 1), 4) <= chunk + 1) run++;
    return run < count ? source.number(row(run) + 4, 4) : 0;
  };
}

interface Sizes {
  count: number;
  areAlike: boolean;
  /** The bytes of `count` samples from `first`. */
  sum(first: number, count: number): number;
}

function readSizes(source: Source, boxes: Box): Sizes | undefined {
  const box = findBox(source, boxes, "stsz");
  if (!box) {
    if (findBox(source, boxes, "stz2")) throw new Error("sizes of samples in a form that no camera writes");
    return undefined;
  }
  const every = source.number(box.body + 4, 4);
  if (every > 0) {
    return { count: source.number(box.body + 8, 4), areAlike: true, sum: (_, count) => every * count };
  }
  const table = readTable(source, box, 8, 4);
  const sum = (first: number, count: number) => {
    let bytes = 0;
    for (let i = 0; i < count; i++) bytes += table.at(first + i);
    return bytes;
  };
  return { count: table.count, areAlike: false, sum };
}

/** Rows of `width` bytes behind their count, which stands at `countAt` in the body. */
function readTable(source: Source, box: Box, countAt: number, width: number): Table {
  const first = box.body + countAt + 4;
  if (first > box.end) throw new Error("a table without count");
  const count = source.number(first - 4, 4);
  if (first + count * width > box.end) throw new Error("a table that is larger than its box");
  return { count, at: (row) => source.number(first + row * width, Math.min(width, 8)) };
}
