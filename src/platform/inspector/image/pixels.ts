/** What Bun's codec lacks, taking and giving bare pixels, by way of the two simplest files that it reads and writes. */
import { inflateSync } from "node:zlib";

import type { RawPixels } from "./codec.ts";

/** The lengths of a bitmap's headers: of the file's, and of BITMAPV4HEADER, the first that knows transparency. */
const fileHeader = 14;
const imageHeader = 108;

/** A bitmap file (BMP) of 32 bits a pixel. */
export function bitmapOf({ data, width, height, channels }: RawPixels): Uint8Array {
  const start = fileHeader + imageHeader;
  const file = Buffer.alloc(start + width * height * 4, 0xff);
  file.fill(0, 0, start);
  file.write("BM", 0);
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(start, 10);
  file.writeUInt32LE(imageHeader, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(-height, 22); // negative: rows from the top
  file.writeUInt16LE(1, 26); // one plane
  file.writeUInt16LE(32, 28); // of as many bits a pixel
  file.writeUInt32LE(3, 30); // in the order that four masks say
  file.writeUInt32LE(width * height * 4, 34);
  [0xff, 0xff00, 0xff0000, 0xff000000].forEach((mask, i) => file.writeUInt32LE(mask, 54 + i * 4));
  file.write("BGRs", 70); // sRGB
  if (channels === 4) file.set(data, start);
  else {
    for (let from = 0, to = start; to < file.length; from += 3, to += 4) {
      const red = data[from];
      const green = data[from + 1];
      const blue = data[from + 2];
      if (red === undefined || green === undefined || blue === undefined)
        throw new Error("pixels are missing");
      file[to] = red;
      file[to + 1] = green;
      file[to + 2] = blue;
    }
  }
  return file;
}

/** The middle of a PNG as Bun's codec writes it: red, green, blue and alpha of 8 bits, rows unfiltered (RFC 2083). */
export function cutSquare(png: Uint8Array, side: number): RawPixels {
  const file = Buffer.from(png.buffer, png.byteOffset, png.byteLength);
  const width = file.readUInt32BE(16);
  const height = file.readUInt32BE(20);
  const rows = inflateSync(Buffer.concat([...chunksOf(file, "IDAT")]));
  const left = Math.floor((width - side) / 2);
  const top = Math.floor((height - side) / 2);
  const data = Buffer.alloc(side * side * 4);
  for (let y = 0; y < side; y++) {
    const row = (top + y) * (1 + width * 4);
    if (rows[row] !== 0) throw new Error("Bun's codec filtered a row");
    rows.copy(data, y * side * 4, row + 1 + left * 4, row + 1 + (left + side) * 4);
  }
  return { data, width: side, height: side, channels: 4, rotation: 0 };
}

function* chunksOf(file: Buffer, wanted: string): Generator<Buffer> {
  for (let at = 8; at < file.length; at += 12 + file.readUInt32BE(at)) {
    const start = at + 8;
    if (file.toString("latin1", at + 4, start) === wanted) {
      yield file.subarray(start, start + file.readUInt32BE(at));
    }
  }
}
