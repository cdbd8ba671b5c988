import { type Box, childrenOf, findBox } from "../isobmff/boxes.ts";
import { extentsOf } from "../isobmff/items.ts";
import type { Source } from "../source.ts";
import { planDescriptions } from "./items.ts";
import { planJpegInPlace } from "./jpeg.ts";
import { planMoov, planMovie, readTop } from "./movie.ts";
import { planOther } from "./other-boxes.ts";
import { planSamsung } from "./parts.ts";
import { freeBox, type Patches, planPart } from "./patches.ts";
import { sampleRanges } from "./sample-ranges.ts";
import { readSamsung } from "./samsung.ts";
import { type DataRange, zeroUnused } from "./unused.ts";

const words = (text: string) => new Set(text.split(" "));
const keptInFile = words("ftyp styp mdat moof mfra sidx");
const keptInMeta = words("hdlr pitm iloc iinf iref iprp idat dinf ipro grpl");

/**
 * What to overwrite in an AVIF or HEIC file, with what phones add to it: a film, further descriptions. Turning is a
 * property of the picture there, not of EXIF. Errors: boxes that do not fit into each other, or none that
 * says what the bytes of an `mdat` are.
 */
export function planImage(source: Source, patches: Patches): void {
  const boxes = readTop(source, patches);
  if (!boxes.some(({ type }) => type === "meta" || type === "moov"))
    throw new Error("a file without picture");
  for (const box of boxes) {
    if (box.type === "meta") planItems(source, patches, box);
    else if (box.type === "moov") planMoov(source, patches, box);
    else if (box.type === "mpvd") planPart(source, patches, [box.body, box.end], planMovie);
    else if (box.type === "sefd") planPart(source, patches, [box.body, box.end], planBlocks);
    else planOther(source, patches, box, keptInFile);
  }
  zeroUnused(source, patches, boxes, () => dataRanges(source, boxes));
}

/** Where pictures are, and samples of moving ones. Errors: lists that do not fit their boxes, or say no length. */
function* dataRanges(source: Source, boxes: readonly Box[]): Generator<DataRange> {
  yield* sampleRanges(source, boxes);
  for (const meta of boxes) {
    if (meta.type !== "meta") continue;
    for (const list of childrenOf(source, meta, Math.min(meta.body + 4, meta.end))) {
      if (list.type !== "iloc") continue;
      for (const { method, from, length } of extentsOf(source, list)) {
        if (length === 0) throw new Error("an extent without length");
        if (method === 0) yield { from, to: from + length };
      }
    }
  }
}

/** Errors: they are none. */
function planBlocks(source: Source, patches: Patches): void {
  const found = readSamsung(source, 0);
  if (!found) throw new Error("blocks of unknown form");
  planSamsung(source, patches, found, { from: 0, planJpegInPlace });
}

function planItems(source: Source, patches: Patches, meta: Box): void {
  const children = new Map<string, Box>();
  for (const box of childrenOf(source, meta, Math.min(meta.body + 4, meta.end))) {
    if (!keptInMeta.has(box.type)) planOther(source, patches, box, keptInMeta);
    else if (children.has(box.type)) throw new Error("two boxes where one belongs");
    else children.set(box.type, box);
  }
  const properties = children.get("iprp");
  if (properties) planProperties(source, patches, properties);
  planDescriptions(source, patches, {
    infos: children.get("iinf"),
    locations: children.get("iloc"),
    inner: children.get("idat"),
  });
}

/** Descriptions by users, and when it was made and changed (ISO/IEC 23008-12, 6.5.20, and its amendments). */
const tellingProperties = words("udes crtt mdft altt");
/** How it is coded and shown: sizes, colours, turning, what belongs together (ISO/IEC 23008-12, 6.5; AV1 in HEIF; 23001-17). */
const shownProperties = words(
  "hvcC lhvC av1C avcC vvcC evcC jpgC j2kH uncC cmpd a1op a1lx lsel tols oinf ispe pixi colr pasp rloc clap irot imir " +
    "auxC clli mdcv cclv amve ndwt reve rref iscl pano ster cmin aebr afbr wbbr fobr dobr",
);

function planProperties(source: Source, patches: Patches, iprp: Box): void {
  const known = findBox(source, iprp, "ipco");
  if (!known) return;
  // As they are counted, none may go: what is left is one that nobody asks for.
  for (const box of childrenOf(source, known)) {
    if (tellingProperties.has(box.type)) freeBox(source, patches, box);
    else planOther(source, patches, box, shownProperties);
  }
}
