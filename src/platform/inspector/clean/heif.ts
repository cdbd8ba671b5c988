import { type Box, childrenOf } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { zeroItems } from "./items.ts";
import { planMoov, readTop } from "./movie.ts";
import { freeBox, type Patches } from "./patches.ts";

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
    else if (!keptInFile.has(box.type)) freeBox(source, patches, box);
  }
}

function planItems(source: Source, patches: Patches, meta: Box): void {
  const children = new Map<string, Box>();
  for (const box of childrenOf(source, meta, Math.min(meta.body + 4, meta.end))) {
    if (!keptInMeta.has(box.type)) freeBox(source, patches, box);
    else if (children.has(box.type)) throw new Error("two boxes where one belongs");
    else children.set(box.type, box);
  }
  zeroItems(source, patches, {
    infos: children.get("iinf"),
    places: children.get("iloc"),
    inner: children.get("idat"),
  });
}
