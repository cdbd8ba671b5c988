import { deflateSync } from "node:zlib";

/**
 * A valid, all-zero TIFF of RGBA with 16 bits each, whose strips are all the same few packed bytes: its size does not
 * grow with its picture. `orientation` as in EXIF.
 */
export function flatTiff(width: number, height: number, rows: number, orientation = 1): Uint8Array {
  const [short, long] = [3, 4];
  const strip = deflateSync(Buffer.alloc(width * rows * 8), { level: 9 });
  const strips = Math.ceil(height / rows);
  const tables = 8 + strip.length + 8;
  const directory = tables + strips * 8;
  return Buffer.concat([
    Buffer.from("II*\0", "latin1"),
    longs(directory),
    strip,
    shorts(16, 16, 16, 16),
    longs(...Array.from({ length: strips }, () => 8)),
    longs(...Array.from({ length: strips }, () => strip.length)),
    ifd(0, [
      [256, long, 1, width],
      [257, long, 1, height],
      [258, short, 4, tables - 8],
      [259, short, 1, 8], // deflate
      [262, short, 1, 2], // RGB
      [273, long, strips, strips === 1 ? 8 : tables],
      [274, short, 1, orientation],
      [277, short, 1, 4],
      [278, long, 1, rows],
      [279, long, strips, strips === 1 ? strip.length : tables + strips * 4],
      [338, short, 1, 2], // the fourth channel is alpha
    ]),
  ]);
}

/** Two directories, each of which says that the other comes next. */
export function tiffWithLoop(): Uint8Array {
  const tags: Tag[] = [
    [256, 4, 1, 1],
    [257, 4, 1, 1],
    [258, 3, 1, 8],
    [262, 3, 1, 1],
    [273, 4, 1, 0],
    [279, 4, 1, 1],
  ];
  const second = 8 + ifd(0, tags).length;
  return Buffer.concat([Buffer.from("II*\0\x08\0\0\0", "latin1"), ifd(second, tags), ifd(8, tags)]);
}

/** Number, type (3: 16 bits, 4: 32 bits), count, and the value or where the values are. */
type Tag = [number, number, number, number];

function ifd(next: number, tags: Tag[]): Uint8Array {
  const entries = tags.map(([tag, type, count, value]) =>
    Buffer.concat([shorts(tag, type), longs(count, value)]),
  );
  return Buffer.concat([shorts(tags.length), ...entries, longs(next)]);
}

function shorts(...values: number[]): Uint8Array {
  return new Uint8Array(Uint16Array.from(values).buffer);
}

function longs(...values: number[]): Uint8Array {
  return new Uint8Array(Uint32Array.from(values).buffer);
}
