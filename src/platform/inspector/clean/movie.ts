import { type Box, childrenOf, findBox, topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { freeBox, type Patches, zero } from "./patches.ts";
import { chunksOf, zeroSamples } from "./samples.ts";
import { findContents } from "./user-data.ts";
import { zeroCompressorNames, zeroHandlerName } from "./track-names.ts";
import { planInsta360 } from "./insta360.ts";
import { planOther } from "./other-boxes.ts";
import { type Place, zeroUnused } from "./unused.ts";

const words = (text: string) => new Set(text.split(" "));

/** What belongs to the film in each container. What is neither this nor said to be about it stays, but is unknown. */
const keptInFile = words("ftyp styp mdat moof mfra sidx ssix emsg prft pdin");
const keptInMovie = words("mvex iods pssh ctab clip matt");
const keptInTrack = words("edts tref trgr load clip matt imap tapt txas");
const keptInMedia = words("elng");
/** Pictures, sound and time codes. Writing stays, too, but is unknown: it is how drones say where they were. */
const keptTracks = words("vide soun tmcd hint pict auxv");
/** What a camera measured while it filmed: where, how fast, by which device. */
const measuredTracks = words("meta camm fdsc djmd dbgi gpmd rtmd");

/**
 * What to overwrite in an MP4, QuickTime or 3GP file: what tells, and data that nothing plays. Fragments are left alone. Errors: boxes that do not fit into
 * each other, no `moov`, which alone says what the bytes of an `mdat` are, one that is compressed, or a track to be
 * taken out that goes on in fragments.
 */
export function planMovie(source: Source, patches: Patches): void {
  const boxes = readTop(source, patches);
  if (!boxes.some((box) => box.type === "moov")) throw new Error("a film without moov");
  for (const box of boxes) {
    if (box.type === "moov") planMoov(source, patches, box);
    else planOther(source, patches, box, keptInFile);
  }
  zeroUnused(source, patches, boxes, () => placesOf(source, boxes));
}

/** Where samples of the tracks are that stay. Errors: tables that do not fit their boxes, or other lists of places. */
export function* placesOf(source: Source, boxes: readonly Box[]): Generator<Place> {
  for (const moov of boxes) {
    if (moov.type === "meta" && hasItems(source, moov)) throw new Error("items in a film");
    if (moov.type !== "moov") continue;
    for (const track of childrenOf(source, moov)) {
      if (track.type !== "trak") continue;
      const kind = kindOf(source, track);
      if (measuredTracks.has(kind)) continue;
      // Its data may have more beside each sample, which these boxes say.
      if (findBox(source, track, "mdia", "minf", "stbl", "saio"))
        throw new Error("samples with more beside them");
      for (const { at, length, areAlike } of chunksOf(source, track)) {
        yield { from: at, to: areAlike && kind === "soun" ? undefined : at + length };
      }
    }
  }
}

function hasItems(source: Source, meta: Box): boolean {
  return childrenOf(source, meta, findContents(source, meta)).some((one) => one.type === "iloc");
}

/** By its handler. Errors: it has none. */
function kindOf(source: Source, track: Box): string {
  const handler = findBox(source, track, "mdia", "hdlr");
  if (!handler || handler.end - handler.body < 12) throw new Error("a track without handler");
  return source.text(handler.body + 8, 4);
}

/**
 * The boxes of the file. What some cameras append is no box, and stays as unknown; so does what is cut off, unless it
 * is the `mdat` of a film or picture that is not whole.
 */
export function readTop(source: Source, patches: Patches): Box[] {
  const boxes: Box[] = [];
  try {
    for (const box of topBoxes(source)) boxes.push(box);
  } catch (error) {
    const end = boxes.at(-1)?.end;
    if (end === undefined) throw error;
    const isFilm = source.size - end >= 8 && source.text(end + 4, 4) === "mdat";
    if (!isFilm) patches.hasUnknown = true;
    planInsta360(source, patches, end);
  }
  return boxes;
}

/** Errors: as `planMovie`. */
export function planMoov(source: Source, patches: Patches, moov: Box): void {
  const fragmented = findBox(source, moov, "mvex") !== undefined;
  for (const box of childrenOf(source, moov)) {
    if (box.type === "cmov") throw new Error("a compressed moov");
    if (box.type === "mvhd") zeroTimes(source, patches, box);
    else if (box.type === "trak") planTrack(source, patches, box, fragmented);
    else planOther(source, patches, box, keptInMovie);
  }
}

function planTrack(source: Source, patches: Patches, track: Box, fragmented: boolean): void {
  const kind = kindOf(source, track);
  if (measuredTracks.has(kind)) {
    if (fragmented) throw new Error("measurements in fragments");
    zeroSamples(source, patches, track);
    freeBox(source, patches, track);
    return;
  }
  patches.hasUnknown ||= !keptTracks.has(kind);
  for (const box of childrenOf(source, track)) {
    if (box.type === "tkhd") zeroTimes(source, patches, box);
    else if (box.type === "mdia") planMedia(source, patches, box);
    else planOther(source, patches, box, keptInTrack);
  }
}

function planMedia(source: Source, patches: Patches, media: Box): void {
  for (const box of childrenOf(source, media)) {
    if (box.type === "mdhd") zeroTimes(source, patches, box);
    else if (box.type === "hdlr") zeroHandlerName(source, patches, box);
    else if (box.type === "minf") zeroCompressorNames(source, patches, box);
    else planOther(source, patches, box, keptInMedia);
  }
}

/** When it was filmed and changed: after version and flags, in 32 or 64 bits each. */
function zeroTimes(source: Source, patches: Patches, box: Box): void {
  const version = box.body < box.end ? source.number(box.body, 1) : -1;
  const length = version === 0 ? 8 : 16;
  if (version < 0 || version > 1 || box.body + 4 + length > box.end)
    throw new Error("a header of unknown form");
  zero(source, patches, box.body + 4, length);
}
