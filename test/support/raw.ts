/** Raw photos, made in code: what their own programs find in them, and what nobody else may touch. */

type Value = string | Buffer | number | number[];

/** An entry of a directory (TIFF 6.0, section 2): numbers are LONG, texts ASCII, bytes UNDEFINED. */
type Entry = [tag: number, value: Value];

class Tiff {
  readonly #parts: Buffer[] = [];
  #length = 8;

  /** Returns where it is. */
  put(bytes: Buffer): number {
    const at = this.#length;
    const even = Buffer.concat([bytes, Buffer.alloc(bytes.length % 2)]);
    this.#parts.push(even);
    this.#length += even.length;
    return at;
  }

  directory(entries: Entry[], next = 0): number {
    const rows = entries.map(([tag, value]) => {
      const row = Buffer.alloc(12);
      row.writeUInt16LE(tag);
      const [type, count, bytes] = encoded(value);
      row.writeUInt16LE(type, 2);
      row.writeUInt32LE(count, 4);
      if (bytes.length <= 4) bytes.copy(row, 8);
      else row.writeUInt32LE(this.put(bytes), 8);
      return row;
    });
    const head = Buffer.alloc(2);
    head.writeUInt16LE(rows.length);
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(next);
    return this.put(Buffer.concat([head, ...rows, tail]));
  }

  file(first: number, start = "II*\0"): Buffer {
    const head = Buffer.from(`${start}\0\0\0\0`, "latin1");
    head.writeUInt32LE(first, 4);
    return Buffer.concat([head, ...this.#parts]);
  }
}

function encoded(value: Value): [type: number, count: number, bytes: Buffer] {
  if (typeof value === "string") return [2, value.length + 1, Buffer.from(`${value}\0`)];
  if (Buffer.isBuffer(value)) return [7, value.length, value];
  const numbers = [value].flat();
  const bytes = Buffer.alloc(4 * numbers.length);
  numbers.forEach((one, i) => bytes.writeUInt32LE(one, 4 * i));
  return [4, numbers.length, bytes];
}

/** A preview of 8 by 6 in the first directory, the picture of 64 by 48 in another one, notes of the maker, a place. */
export function dng(): Buffer {
  const tiff = new Tiff();
  const image = (width: number, height: number, bits: number): Entry[] => [
    [256, width],
    [257, height],
    [258, bits],
    [259, 1],
    [262, bits === 16 ? 32_803 : 1],
    [273, tiff.put(Buffer.alloc((width * height * bits) / 8, `pixels of ${width}`))],
    [277, 1],
    [278, height],
    [279, (width * height * bits) / 8],
  ];
  const raw = tiff.directory(image(64, 48, 16));
  const exif = tiff.directory([[37_500, Buffer.from("notes of a maker")]]);
  const gps = tiff.directory([[1, "N"]]);
  const first: Entry[] = [
    ...image(8, 6, 8),
    [271, "Kamerawerk"],
    [330, raw],
    [34_665, exif],
    [34_853, gps],
    [50_706, Buffer.from([1, 4, 0, 0])],
    [50_708, "Kamerawerk Geheim-7"],
  ];
  return tiff.file(tiff.directory(first.toSorted(([a], [b]) => a - b)));
}

/** Two pages, and the layers of Photoshop beside the first (ImageSourceData). */
export function layeredTiff(): Buffer {
  const tiff = new Tiff();
  const page = (next: number, more: Entry[]) =>
    tiff.directory(
      [
        [256, 4],
        [257, 4],
        [258, 8],
        [259, 1],
        [262, 1],
        [273, tiff.put(Buffer.alloc(16, "pixels"))],
        [277, 1],
        [278, 4],
        [279, 16],
        ...more,
      ],
      next,
    );
  const layers = Buffer.from("Adobe Photoshop Document Data Block\0MIB8ryaL");
  return tiff.file(page(page(0, []), [[37_724, layers]]));
}

/** By what they are called and how they begin: of others than DNG only the beginning is like that of a camera's. */
export const raws: [name: string, type: string, bytes: Buffer][] = [
  ["photo.dng", "image/x-adobe-dng", dng()],
  ["photo.nef", "image/x-nikon-nef", dng()],
  ["photo.arw", "image/tiff", dng()],
  [
    "photo.cr2",
    "image/x-canon-cr2",
    Buffer.concat([dng().subarray(0, 8), Buffer.from("CR\x02\0"), dng().subarray(8)]),
  ],
  [
    "photo.cr3",
    "image/x-canon-cr3",
    Buffer.from("\0\0\0\x18ftypcrx \0\0\0\x01crx isom\0\0\0\x08moov", "latin1"),
  ],
  ["photo.orf", "image/x-olympus-orf", Buffer.concat([Buffer.from("IIRO\x08\0\0\0"), dng().subarray(8)])],
  ["photo.rw2", "image/x-panasonic-rw2", Buffer.concat([Buffer.from("IIU\0"), dng().subarray(4)])],
  ["photo.raf", "image/x-fuji-raf", Buffer.from("FUJIFILMCCD-RAW 0201FF393101")],
  ["layers.tif", "image/tiff", layeredTiff()],
  ["big.tif", "image/tiff", Buffer.from("II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0", "latin1")],
];
