import { type Box, childrenOf } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { freeBox, type Patches } from "./patches.ts";

/**
 * Titles, names of people, chapters, hints for streaming, choice of tracks, loudness. Everything else is what its name
 * says, about the film (ISO/IEC 14496-12, 8.10.1): places, makes, what makers invented.
 */
const keptUserData = new Set(
  "name titl cprt chpl hnti hinf tsel strk kind ludt LOOP AllF SelO WLOC \xa9nam \xa9ART \xa9alb".split(" "),
);
const keptInMeta = new Set(["hdlr", "ilst"]);
/** Place, make and model, in what otherwise are tags of a song. */
const camera = new Set("\xa9xyz \xa9mak \xa9mod loci".split(" "));

/** Errors: boxes that do not fit into each other. */
export function planUserData(source: Source, patches: Patches, udta: Box): void {
  for (const box of childrenOf(source, udta)) {
    if (box.type === "meta") planMeta(source, patches, box);
    else if (!keptUserData.has(box.type)) freeBox(source, patches, box);
  }
}

/** Whose descriptions are what cameras say: Apple's keys, Sony's. */
const camerasHandlers = new Set(["mdta", "nrtm"]);

/**
 * Leaves tags of the iTunes kind, but for those of cameras; what nobody here knows stays, and so do items, which may have
 * data in the file. Errors: as above.
 */
export function planMeta(source: Source, patches: Patches, meta: Box): void {
  const from = findContents(source, meta);
  if (childrenOf(source, meta, from).some((one) => one.type === "iloc")) {
    patches.hasUnknown = true;
    return;
  }
  const handler = childrenOf(source, meta, from).find((one) => one.type === "hdlr");
  const kind = handler && handler.end - handler.body >= 12 ? source.text(handler.body + 8, 4) : "";
  if (camerasHandlers.has(kind)) return freeBox(source, patches, meta);
  if (kind !== "mdir") {
    patches.hasUnknown = true;
    return;
  }
  for (const box of childrenOf(source, meta, from)) {
    if (box.type === "ilst") planTags(source, patches, box);
    else if (!keptInMeta.has(box.type)) freeBox(source, patches, box);
  }
}

/** In MP4 a version and flags come first, in QuickTime they do not. */
function findContents(source: Source, { body, end }: Box): number {
  return end - body >= 8 && source.text(body + 4, 4) === "hdlr" ? body : Math.min(body + 4, end);
}

function planTags(source: Source, patches: Patches, tags: Box): void {
  for (const tag of childrenOf(source, tags)) {
    if (camera.has(tag.type)) freeBox(source, patches, tag);
  }
}
