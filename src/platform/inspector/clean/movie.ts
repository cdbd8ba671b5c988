import { type Box, childrenOf, findBox, topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { freeBox, type Patches, zero } from "./patches.ts";
import { isElsewhere, sampleRanges } from "./sample-ranges.ts";
import { zeroSamples } from "./samples.ts";
import { keptTracks, kindOf, measuredTracks } from "./track-kinds.ts";
import { zeroCompressorNames, zeroHandlerName } from "./track-names.ts";
import { planInsta360 } from "./insta360.ts";
import { planOther } from "./other-boxes.ts";
import { isCutOff, zeroUnused } from "./unused.ts";

const words = (text: string) => new Set(text.split(" "));

/** What belongs to the film in each container. What is neither this nor said to be about it stays, but is unknown. */
const keptInFile = words("ftyp styp mdat moof mfra sidx ssix emsg prft pdin");
const keptInMovie = words("mvex iods pssh ctab clip matt");
const keptInTrack = words("edts tref trgr load clip matt imap tapt txas");
const keptInMedia = words("elng");

/**
 * What to overwrite in an MP4, QuickTime or 3GP file: what tells, and data that nothing plays. Fragments are left alone.
 * Errors: boxes that do not fit into each other, no `moov`, which alone says what the bytes of an `mdat` are, one that is
 * compressed, or a track to be taken out that goes on in fragments.
 */
export function planMovie(source: Source, patches: Patches): void {
  const boxes = readTop(source, patches);
  if (!boxes.some((box) => box.type === "moov")) throw new Error("a film without moov");
  for (const box of boxes) {
    if (box.type === "moov") planMoov(source, patches, box);
    else planOther(source, patches, box, keptInFile);
  }
  zeroUnused(source, patches, boxes, () => sampleRanges(source, boxes));
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
    if (!isCutOff(source, boxes)) patches.hasUnknown = true;
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
    if (!isElsewhere(source, track)) zeroSamples(source, patches, track);
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
