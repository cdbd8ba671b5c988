/**
 * Whether a container holds a film or sound alone, by the kinds of its tracks: the answer to an upload says it, before
 * anybody has looked into the file.
 */
import type { Contents } from "./contents.ts";
import { text } from "./signatures.ts";
import { type FileType, known } from "./types.ts";

export type Heard = "audio" | "video";

/** Reads the kinds of the tracks; undefined where they are not where they should be. */
type TrackReader = (file: Contents) => Promise<Heard | undefined>;

const readers = new Map<FileType, TrackReader>([
  [known.mp4, ofMovie],
  [known.m4a, ofMovie],
  [known.quicktime, ofMovie],
  [known.threeGpp, ofMovie],
  [known.webm, ofMatroska],
  [known.matroska, ofMatroska],
]);

/** It may turn out to be either. */
export function isContainer(type: FileType): boolean {
  return readers.has(type);
}

/** The type with the kind of what is in it. What cannot be told is for the process that looks into files. */
export async function withTracks(type: FileType, file: Contents): Promise<FileType> {
  const kind = await readers.get(type)?.(file);
  return kind === undefined ? type : { ...type, kind };
}

/** A part of a container, that has parts itself or not. */
interface Part {
  id: string;
  /** Where what is in it begins. */
  body: number;
  end: number;
}

/** The part that begins at `at` and ends at `to` at the latest; undefined where there is none. */
type PartReader = (file: Contents, at: number, to: number) => Promise<Part | undefined>;

/** The parts that lie at this path, in their order. */
async function* partsAt(
  read: PartReader,
  file: Contents,
  [id, ...deeper]: string[],
  { body, end }: Omit<Part, "id">,
): AsyncGenerator<Part> {
  for (let at = body; at < end;) {
    const part = await read(file, at, end);
    if (!part) return;
    at = part.end;
    if (part.id !== id) continue;
    if (deeper.length > 0) yield* partsAt(read, file, deeper, part);
    else yield part;
  }
}

const whole = (file: Contents) => ({ body: 0, end: file.size });

/** One film among them makes it one; there may be neither. */
async function kindOf(tracks: AsyncIterable<Heard | undefined>): Promise<Heard | undefined> {
  let kind: Heard | undefined;
  for await (const one of tracks) {
    if (one === "video") return one;
    kind ??= one;
  }
  return kind;
}

// ISO base media (ISO/IEC 14496-12) and QuickTime: boxes

/** The index may stand behind everything else. */
async function ofMovie(file: Contents): Promise<Heard | undefined> {
  for await (const moov of partsAt(readBox, file, ["moov"], whole(file))) {
    return kindOf(handlersIn(file, moov));
  }
  return undefined;
}

/** 8.4.3. */
const handlers: Record<string, Heard> = { vide: "video", soun: "audio" };

async function* handlersIn(file: Contents, moov: Part): AsyncGenerator<Heard | undefined> {
  for await (const { body } of partsAt(readBox, file, ["trak", "mdia", "hdlr"], moov)) {
    yield handlers[text(await file.at(body + 8, 4), 0, 4)];
  }
}

/** 4.2. */
async function readBox(file: Contents, at: number, to: number): Promise<Part | undefined> {
  const header = await file.at(at, 16);
  if (header.length < 8) return undefined;
  const short = number(header.subarray(0, 4));
  const size = short === 0 ? to - at : short === 1 ? number(header.subarray(8)) : short;
  const body = at + (short === 1 ? 16 : 8);
  return { id: text(header, 4, 8), body, end: Math.min(at + size, to) };
}

// Matroska and WebM: elements (RFC 8794), by their ids (RFC 9559)

/** 5.1.4.1.3. */
const trackTypes: Record<number, Heard> = { 1: "video", 2: "audio" };
const toTracks = ["18538067", "1654ae6b"];
const toType = ["ae", "83"];

/** The tracks stand before what is in them. */
async function ofMatroska(file: Contents): Promise<Heard | undefined> {
  for await (const tracks of partsAt(readElement, file, toTracks, whole(file))) {
    return kindOf(typesIn(file, tracks));
  }
  return undefined;
}

async function* typesIn(file: Contents, tracks: Part): AsyncGenerator<Heard | undefined> {
  for await (const { body } of partsAt(readElement, file, toType, tracks)) {
    yield trackTypes[(await file.at(body, 1))[0] ?? 0];
  }
}

/** One whose size is not known (RFC 8794, 6.2) goes on to the end. */
async function readElement(file: Contents, at: number, to: number): Promise<Part | undefined> {
  const header = await file.at(at, 12);
  const id = header.subarray(0, lengthOf(header[0]));
  const size = header.slice(id.length, id.length + lengthOf(header[id.length]));
  if (id.length === 0 || size.length === 0) return undefined;
  // Its length stands before it as zeros and a one.
  size[0] = (size[0] ?? 0) & (0xff >> size.length);
  const body = at + id.length + size.length;
  const isUnknown = number(size) === 2 ** (7 * size.length) - 1;
  const end = isUnknown ? to : Math.min(body + number(size), to);
  return { id: Buffer.from(id).toString("hex"), body, end };
}

/** Of a number of variable size (RFC 8794, 4), 1 to 8 bytes by its leading zeros; 0 for none. */
function lengthOf(first: number | undefined): number {
  return first ? Math.clz32(first) - 23 : 0;
}

/** Big-endian. */
function number(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}
