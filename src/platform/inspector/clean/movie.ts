import { type Box, childrenOf, findBox, topBoxes } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { freeBox, type Patches, zero } from "./patches.ts";
import { zeroSamples } from "./samples.ts";
import { zeroCompressorNames, zeroHandlerName } from "./track-names.ts";
import { planMeta, planUserData } from "./user-data.ts";

const words = (text: string) => new Set(text.split(" "));

/** What may stay of each container; everything else becomes `free`, and what is `free` already is emptied. */
const keptInFile = words("ftyp styp mdat moof mfra sidx ssix emsg prft pdin");
const keptInMovie = words("mvex iods pssh ctab clip matt");
const keptInTrack = words("edts tref trgr load clip matt imap tapt txas");
const keptInMedia = words("elng");
/** Pictures, sound, writing and time codes. Others are what a camera measured while it filmed: where, how fast. */
const keptTracks = words("vide soun sbtl subt text clcp tmcd hint pict auxv");

/**
 * What to overwrite in an MP4, QuickTime or 3GP file. Fragments are left alone. Errors: boxes that do not fit into
 * each other, no `moov`, which alone says what the bytes of an `mdat` are, one that is compressed, or a track to be taken out that goes on in fragments.
 */
export function planMovie(source: Source, patches: Patches): void {
  const boxes = readTop(source, patches);
  if (!boxes.some((box) => box.type === "moov")) throw new Error("a film without moov");
  for (const box of boxes) {
    if (box.type === "moov") planMoov(source, patches, box);
    else if (!keptInFile.has(box.type)) freeBox(source, patches, box);
  }
}

/**
 * The boxes of the file. Some cameras append what is no box, and where the device has been, after the film: that is
 * zeroed, and so is a box that is cut off, but for the `mdat` of a film or picture that is not whole.
 */
export function readTop(source: Source, patches: Patches): Box[] {
  const boxes: Box[] = [];
  try {
    for (const box of topBoxes(source)) boxes.push(box);
  } catch (error) {
    const end = boxes.at(-1)?.end;
    if (end === undefined) throw error;
    const isFilm = source.size - end >= 8 && source.text(end + 4, 4) === "mdat";
    if (!isFilm) zero(source, patches, end, source.size - end);
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
  const handler = findBox(source, track, "mdia", "hdlr");
  if (!handler || handler.end - handler.body < 12) throw new Error("a track without handler");
  if (!keptTracks.has(source.text(handler.body + 8, 4))) {
    if (fragmented) throw new Error("measurements in fragments");
    zeroSamples(source, patches, track);
    freeBox(source, patches, track);
    return;
  }
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

function planOther(source: Source, patches: Patches, box: Box, kept: ReadonlySet<string>): void {
  if (box.type === "udta") planUserData(source, patches, box);
  else if (box.type === "meta") planMeta(source, patches, box);
  else if (!kept.has(box.type)) freeBox(source, patches, box);
}

/** When it was filmed and changed: after version and flags, in 32 or 64 bits each. */
function zeroTimes(source: Source, patches: Patches, box: Box): void {
  const version = box.body < box.end ? source.number(box.body, 1) : -1;
  const length = version === 0 ? 8 : 16;
  if (version < 0 || version > 1 || box.body + 4 + length > box.end)
    throw new Error("a header of unknown form");
  zero(source, patches, box.body + 4, length);
}
