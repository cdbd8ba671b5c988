import { crc32 } from "node:zlib";

import type { Kept } from "./kept.ts";
import { minimalTiff, readOrientation } from "./tiff-orientation.ts";

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
const words = (text: string) => new Set(text.split(" "));
/**
 * What is needed to show a picture as it was meant, beside the critical chunks; and what programs keep in it to go on
 * with their work (Fireworks' layers, Office's moving GIF).
 */
const shows = words(
  "tRNS gAMA cHRM sRGB iCCP sBIT bKGD hIST pHYs sPLT acTL fcTL fdAT cICP mDCV cLLI mDCv cLLi oFFs pCAL sCAL sTER gIFg gIFx " +
    "iDOT vpAg caNv orNT gmAP gdAT mkBF mkTS mkBS mkBT prVW msOG",
);
/** Times, EXIF, and who made it (C2PA) or signed it. */
const tells = words("tIME eXIf zxIf caBX dSIG");
/** By their keywords they tell, too, or are the document of a program (draw.io, Excalidraw). */
const texts = words("tEXt zTXt iTXt");
const longestKeyword = 79;
/**
 * Those of PNG (section 11.3.3) and what else is said of pictures; what ImageMagick writes of EXIF, IPTC and XMP, and
 * the makers of thumbnails of their files.
 */
const tellingKeyword =
  /^(Title|Author|Description|Copyright|Creation ?Time|Software|Disclaimer|Warning|Source|Comment|Collection|Artist|Make|Model|Label|URL|TimeStamp|(create|modify)-date|(GPS|Location).*|XML:com\.adobe\.xmp|Raw profile type .+|(date|exif|exifEX|tiff|iptc|xmp|xmpMM|xap|xapMM|dc|aux|photoshop|dng|icc|svg|Thumb:):.*)$/i;

/**
 * The picture without times, EXIF and the texts that tell, also behind its end. A file that is cut off is cleaned up to its end.
 * Errors: no PNG.
 */
export function cleanPng(file: Buffer): Kept {
  if (!file.subarray(0, 8).equals(signature)) throw new Error("no PNG");
  const slices: Uint8Array[] = [file.subarray(0, 8)];
  let orientation: number | undefined;
  let hasUnknown = false;
  let isOver = false;
  let at = 8;
  while (at + 8 <= file.length && (!isOver || isChunk(file, at))) {
    const { type, data, end } = readChunk(file, at);
    if (at === 8 && type !== "IHDR") throw new Error("no PNG header");
    if (type === "eXIf" && !isOver) orientation ??= readOrientation(file.subarray(data, end - 4));
    const isTelling = tells.has(type) || (texts.has(type) && tellingKeyword.test(keywordAt(file, data)));
    if (!isTelling) slices.push(file.subarray(at, end));
    hasUnknown ||= !isTelling && !shows.has(type) && !isCritical(type);
    isOver ||= type === "IEND";
    at = end;
  }
  const rest = file.subarray(at);
  hasUnknown ||= isOver && rest.some((byte) => byte !== 0);
  const tiff = minimalTiff(orientation ?? 1);
  // After IHDR: some readers look for it only before the picture.
  if (tiff) slices.splice(2, 0, makeChunk("eXIf", tiff));
  return { slices: [...slices, rest], hasUnknown };
}

/** Whether what stands behind the picture is a chunk, too. */
function isChunk(file: Buffer, at: number): boolean {
  const end = at + 12 + file.readUInt32BE(at);
  return end <= file.length && /^[A-Za-z]{4}$/.test(file.toString("latin1", at + 4, at + 8));
}

/** It may end behind the end of the file. */
function readChunk(file: Buffer, at: number): { type: string; data: number; end: number } {
  const data = at + 8;
  const end = data + file.readUInt32BE(at) + 4;
  const type = file.toString("latin1", at + 4, data);
  if (!/^[A-Za-z]{4}$/.test(type)) throw new Error("a PNG chunk without type");
  return { type, data, end };
}

/** What a text begins with (PNG, section 11.3.3.2). */
function keywordAt(file: Buffer, data: number): string {
  const [keyword = ""] = file.toString("latin1", data, data + longestKeyword + 1).split("\0");
  return keyword;
}

/** PNG, section 5.4: a reader that does not know such a chunk cannot show the picture. */
function isCritical(type: string): boolean {
  return /^[A-Z]/.test(type);
}

function makeChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, "latin1");
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
