import { type Box, childrenOf, findBox } from "../isobmff/boxes.ts";
import type { Source } from "../source.ts";
import { type Patches, zero } from "./patches.ts";

/** Where the name stands in an entry of `stsd` that describes pictures, and its length (ISO/IEC 14496-12, 12.1.3). */
const compressorAt = 50;
const compressorBytes = 32;
/** In these nobody needs the name: there are old codecs that are told apart by it alone. */
const namedByCameras = new Set(["avc1", "avc3", "hvc1", "hev1"]);
/** Written by programs, whose files are not to be written anew for it. */
const harmless =
  /^[^A-Za-z]*((Video|Sound|Subtitle)Handler|Core Media |Lavc|AVC Coding|HEVC Coding|ISO Media)/;

/** The name of a handler of pictures or sound ("GoPro AVC"); those of subtitles are titles. */
export function zeroHandlerName(source: Source, patches: Patches, handler: Box): void {
  const kind = source.text(handler.body + 8, 4);
  const name = handler.body + 24;
  if ((kind === "vide" || kind === "soun") && name < handler.end)
    zeroName(source, patches, name, handler.end);
}

/** The names of the encoders. Errors: boxes that do not fit into each other. */
export function zeroCompressorNames(source: Source, patches: Patches, minf: Box): void {
  const descriptions = findBox(source, minf, "stbl", "stsd");
  if (!descriptions) return;
  for (const entry of childrenOf(source, descriptions, descriptions.body + 8)) {
    const name = entry.start + compressorAt;
    if (!namedByCameras.has(entry.type) || name + compressorBytes > entry.end) continue;
    zeroName(source, patches, name, name + compressorBytes);
  }
}

function zeroName(source: Source, patches: Patches, from: number, to: number): void {
  const beginning = source.text(from, Math.min(to - from, 64));
  if (!harmless.test(beginning)) zero(source, patches, from, to - from);
}
