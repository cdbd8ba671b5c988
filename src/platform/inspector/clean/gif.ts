import type { Kept } from "./kept.ts";

const image = 0x2c;
const extension = 0x21;
const graphicControl = 0xf9;
const comment = 0xfe;
/** A text that is part of the picture. */
const plainText = 0x01;
const application = 0xff;
const trailer = 0x3b;
/** How often an animation runs, and its colours (ImageMagick: the gamma). */
const shows = new Set(["NETSCAPE2.0", "ANIMEXTS1.0", "ICCRGBG1012", "ImageMagick"]);
/** XMP, what ImageMagick knows of IPTC and Photoshop, who made it (C2PA). */
const tells = new Set(["XMP DataXMP", "MGKIPTC0000", "MGK8BIM0000", "C2PA_GIF\x01\0\0"]);

/**
 * The pictures without comments and what applications tell about them (XMP has raw text where blocks belong, but ends
 * in bytes that bring every reader of blocks to its end). A file that is cut off is cleaned up to its end. Errors: no
 * GIF.
 */
export function cleanGif(file: Buffer): Kept {
  if (!/^GIF8[79]a$/.test(file.toString("latin1", 0, 6)) || file.length < 13) throw new Error("no GIF");
  let at = 13 + tableBytes(file.readUInt8(10));
  const slices: Uint8Array[] = [file.subarray(0, at)];
  let hasUnknown = false;
  while (file[at] === image || file[at] === extension) {
    const label = file[at] === extension ? file[at + 1] : undefined;
    const end = label === undefined ? findImageEnd(file, at) : findBlocksEnd(file, at + 2);
    const block = file.subarray(at, end);
    at = end;
    const verdict = verdictOf(label, block);
    if (verdict !== "tells") slices.push(block);
    hasUnknown ||= verdict === "unknown";
  }
  const rest = file.subarray(at);
  // Like browsers: whatever comes instead of a block ends the pictures.
  const isEnd = rest.length === 0 || (rest.length === 1 && rest[0] === trailer);
  return { slices: [...slices, rest], hasUnknown: hasUnknown || !isEnd };
}

/** Of extensions by their label; pictures have none. */
function verdictOf(label: number | undefined, block: Buffer): "shows" | "tells" | "unknown" {
  if (label === undefined || label === graphicControl || label === plainText) return "shows";
  if (label === comment) return "tells";
  const name = label === application ? block.toString("latin1", 3, 14) : "";
  return shows.has(name) ? "shows" : tells.has(name) ? "tells" : "unknown";
}

/** Of the colour table that these flags announce. */
function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

function findImageEnd(file: Buffer, at: number): number {
  return findBlocksEnd(file, at + 10 + tableBytes(file[at + 9] ?? 0) + 1);
}

/** After the empty block; behind the end of a file that is cut off. */
function findBlocksEnd(file: Buffer, from: number): number {
  for (let at = from; ;) {
    const length = file[at];
    if (length === undefined) return file.length + 1;
    at += 1 + length;
    if (length === 0) return at;
  }
}
