import { deflatedZeros } from "./deflated.ts";

/** What the header of a PNG says: `type` 0 is grey, 6 is RGBA. */
export interface PngShape {
  width: number;
  height: number;
  depth: 1 | 8 | 16;
  type: 0 | 6;
  /** EXIF orientation, 1 to 8. */
  orientation?: number;
}

/** A valid, all-zero PNG. */
export function flatPng(shape: PngShape): Uint8Array {
  const channels = shape.type === 6 ? 4 : 1;
  const row = 1 + Math.ceil((shape.width * channels * shape.depth) / 8);
  return png(shape, deflatedZeros(row * shape.height, "zlib"));
}

/** 30,000 by 30,000, in 110 KB: 112 MB of rows, and 900 MB once it has a byte a pixel. */
export function hugePng(): Uint8Array {
  return flatPng({ width: 30_000, height: 30_000, depth: 1, type: 0 });
}

/** 7,000 by 7,000 in RGBA: 49 megapixels, just within a limit of 50. */
export function largestPng(): Uint8Array {
  return flatPng({ width: 7_000, height: 7_000, depth: 8, type: 6 });
}

/** A picture of 7 by 5 that says who took it, and breaks off in its pixels. */
export function brokenPng(camera: string): Uint8Array {
  const text = chunk("tEXt", Buffer.from(`Model\0${camera}`));
  const pixels = chunk("IDAT", deflatedZeros(5 * 8, "zlib"));
  return Buffer.concat([
    signature,
    header({ width: 7, height: 5, depth: 8, type: 0 }),
    text,
    pixels.subarray(0, 12),
  ]);
}

/** A chunk that says it is 2 GB long, with 4 bytes behind it. */
export function pngWithHugeChunk(): Uint8Array {
  const lying = Buffer.alloc(12);
  lying.writeUInt32BE(0x7fffffff);
  lying.write("IDAT", 4, "latin1");
  return Buffer.concat([signature, header({ width: 16, height: 16, depth: 8, type: 6 }), lying]);
}

const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");

function png(shape: PngShape, data: Uint8Array): Uint8Array {
  const turned = shape.orientation ? [chunk("eXIf", exif(shape.orientation))] : [];
  const parts = [header(shape), ...turned, chunk("IDAT", data), chunk("IEND", Buffer.alloc(0))];
  return Buffer.concat([signature, ...parts]);
}

function header(shape: PngShape): Uint8Array {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt32BE(shape.width);
  bytes.writeUInt32BE(shape.height, 4);
  bytes.set([shape.depth, shape.type], 8);
  return chunk("IHDR", bytes);
}

function exif(orientation: number): Uint8Array {
  const bytes = Buffer.alloc(26);
  bytes.write("II*\0\x08\0\0\0\x01\0", "latin1");
  bytes.set([0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation], 10);
  return bytes;
}

function chunk(type: string, content: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(12 + content.length);
  bytes.writeUInt32BE(content.length);
  bytes.write(type, 4, "latin1");
  bytes.set(content, 8);
  bytes.writeUInt32BE(Bun.hash.crc32(bytes.subarray(4, -4)), bytes.length - 4);
  return bytes;
}
