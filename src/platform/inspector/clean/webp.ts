import type { Kept } from "./kept.ts";
import { minimalTiff, readOrientation } from "./tiff-orientation.ts";

const shows = new Set(["VP8X", "ICCP", "ANIM", "ANMF", "ALPH", "VP8 ", "VP8L"]);
const tells = new Set(["EXIF", "XMP ", "C2PA"]);
const hasExif = 0x08;
const hasXmp = 0x04;

interface Chunk {
  type: string;
  bytes: Buffer;
  data: Buffer;
}

/**
 * The picture without EXIF and XMP (RFC 9649). A file that is cut off is cleaned up to its end. Errors: no WebP.
 */
export function cleanWebp(file: Buffer): Kept {
  if (
    file.length < 12 ||
    file.toString("latin1", 0, 4) !== "RIFF" ||
    file.toString("latin1", 8, 12) !== "WEBP"
  ) {
    throw new Error("no WebP");
  }
  const end = 8 + file.readUInt32LE(4);
  const chunks = readChunks(file, end);
  const left = chunks.filter((one) => !tells.has(one.type));
  const slices: Uint8Array[] = left.map((one) => one.bytes);
  const [first] = chunks;
  if (first?.type === "VP8X") {
    const exif = chunks.find((one) => one.type === "EXIF");
    const tiff = exif && minimalTiff(readOrientation(withoutName(exif.data)));
    slices[0] = withFlags(first.bytes, tiff !== undefined);
    if (tiff) slices.push(makeChunk("EXIF", tiff));
  }
  const head = Buffer.from("RIFF\0\0\0\0WEBP", "latin1");
  head.writeUInt32LE(
    slices.reduce((sum, one) => sum + one.length, 4),
    4,
  );
  // The last chunk is padded to an even length.
  const rest = file.subarray(end + (end % 2));
  const hasUnknown = !left.every((one) => shows.has(one.type)) || rest.some((byte) => byte !== 0);
  return { slices: [head, ...slices, rest], hasUnknown };
}

function readChunks(file: Buffer, announced: number): Chunk[] {
  const end = Math.min(announced, file.length);
  const chunks: Chunk[] = [];
  for (let at = 12; at + 8 <= end;) {
    const dataEnd = Math.min(at + 8 + file.readUInt32LE(at + 4), end);
    const next = dataEnd + (dataEnd % 2);
    const bytes =
      next <= end ? file.subarray(at, next) : Buffer.concat([file.subarray(at, end), Buffer.alloc(1)]);
    chunks.push({ type: file.toString("latin1", at, at + 4), bytes, data: file.subarray(at + 8, dataEnd) });
    at = next;
  }
  return chunks;
}

/** Some programs put the name of the JPEG segment before it. */
function withoutName(exif: Buffer): Buffer {
  return exif.toString("latin1", 0, 6) === "Exif\0\0" ? exif.subarray(6) : exif;
}

function withFlags(vp8x: Buffer, exif: boolean): Buffer {
  if (vp8x.length < 18) throw new Error("a WebP header that is too short");
  const copy = Buffer.from(vp8x);
  copy[8] = (copy.readUInt8(8) & ~(hasExif | hasXmp)) | (exif ? hasExif : 0);
  return copy;
}

function makeChunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, "latin1");
  head.writeUInt32LE(data.length, 4);
  return Buffer.concat([head, data, Buffer.alloc(data.length % 2)]);
}
