/** Sound in RIFF (Microsoft and IBM, Multimedia Programming Interface and Data Specifications 1.0; EBU Tech 3285). */
import { isZero } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { overwrite, type Patches, zero } from "./patches.ts";

const words = (text: string) => new Set(text.split(" "));
/** The sound, how it is coded, where to loop and to cut it. */
const shows = new Set([
  "fmt ",
  "data",
  "fact",
  "cue ",
  "plst",
  "smpl",
  "inst",
  "PEAK",
  "peak",
  "chna",
  "levl",
  "wavl",
]);
/** Where, when, with what and by whom it was recorded: of broadcasters, recorders and programs. */
const tells = new Set([
  "iXML",
  "bext",
  "axml",
  "aXML",
  "_PMX",
  "XMP ",
  "id3 ",
  "ID3 ",
  "cart",
  "umid",
  "DISP",
  "GPS ",
  "C2PA",
]);
/** Padding that was left, or that was made by this program. */
const fillers = new Set(["JUNK", "junk", "PAD ", "FLLR", "filr"]);
const filler = "JUNK";
/** Lists of labels for positions in the sound; and of what is said of it, with titles, artists and genres as songs have them. */
const labels = "adtl";
const information = "INFO";
const keptInformation = words("INAM IART IPRD IGNR ITRK IPRT");
/** Recorders write a dozen; more were made to take time. */
const mostChunks = 100_000;
/** Of a recording that goes on until it ends (ffmpeg to a pipe). */
const endless = 0xffffffff;

interface Chunk {
  type: string;
  start: number;
  body: number;
  end: number;
}

/**
 * What to overwrite in a WAV; nothing moves, because recordings are large. One that is cut off is cleaned up to its end.
 * Errors: no WAV, or more chunks than any has.
 */
export function planWav(source: Source, patches: Patches): void {
  if (source.size < 12 || source.text(0, 4) !== "RIFF" || source.text(8, 4) !== "WAVE")
    throw new Error("no WAV");
  const end = planChunks(source, patches, { from: 12, to: source.size }, planChunk);
  patches.hasUnknown ||= end < source.size;
}

/** Returns where what can be read has ended. */
function planChunks(
  source: Source,
  patches: Patches,
  { from, to }: { from: number; to: number },
  plan: (source: Source, patches: Patches, chunk: Chunk) => void,
): number {
  let at = from;
  for (let chunks = 0; at + 8 <= to; chunks++) {
    if (chunks === mostChunks) throw new Error("too many chunks");
    const type = source.text(at, 4);
    if (!/^[\x20-\x7e]{4}$/.test(type)) break;
    const length = source.view(at + 4, 4).readUInt32LE();
    const body = at + 8;
    // What is longer than the file is cut off, and a recorder that was switched off has left the length of its data open.
    const isOpen = type === "data" && (length === endless || (length === 0 && !isKnownAt(source, body)));
    const end = isOpen ? to : Math.min(body + length, to);
    plan(source, patches, { type, start: at, body, end });
    // Padded to an even offset.
    at = Math.min(end + (length % 2), to);
  }
  return isZero(source, at, to) ? to : at;
}

function isKnownAt(source: Source, at: number): boolean {
  const type = at + 8 > source.size ? "" : source.text(at, 4);
  return type === "LIST" || [shows, tells, fillers].some((some) => some.has(type));
}

function planChunk(source: Source, patches: Patches, chunk: Chunk): void {
  const { type } = chunk;
  if (type === "LIST") planList(source, patches, chunk);
  else if (tells.has(type) || fillers.has(type)) empty(source, patches, chunk);
  else if (!shows.has(type)) patches.hasUnknown = true;
}

function planList(source: Source, patches: Patches, chunk: Chunk): void {
  const { body, end } = chunk;
  const kind = end - body < 4 ? "" : source.text(body, 4);
  if (kind !== information) {
    patches.hasUnknown ||= kind !== labels;
    return;
  }
  const read = planChunks(source, patches, { from: body + 4, to: end }, planInformation);
  zero(source, patches, read, end - read);
}

function planInformation(source: Source, patches: Patches, chunk: Chunk): void {
  if (!keptInformation.has(chunk.type)) empty(source, patches, chunk);
}

/** Leaves a chunk of the same size that says nothing. */
function empty(source: Source, patches: Patches, { type, start, body, end }: Chunk): void {
  if (!fillers.has(type)) overwrite(patches, start, Buffer.from(filler));
  zero(source, patches, body, end - body);
}
