import { readFile, writeFile } from "node:fs/promises";

/** The fields that say how to show the pixels, upright and in their colours (TIFF 6.0; 34675: ICC). All others go. */
const kept = new Set([
  254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 282, 283, 284, 290, 291, 292, 293, 296,
  297, 301, 317, 318, 319, 320, 322, 323, 324, 325, 332, 334, 336, 338, 339, 340, 341, 347, 529, 530, 531,
  532, 34675,
]);
/** Which field has the places of strips or tiles of pixels, and which one their lengths. */
const pixelFields = [
  { places: 273, lengths: 279 },
  { places: 324, lengths: 325 },
];
/** By the number of the type, in bytes. */
const typeSizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];
const short = 3;
const long = 4;

interface Field {
  tag: number;
  type: number;
  count: number;
  value: Buffer;
}

/**
 * Writes a TIFF again without metadata: every page with its pixels as they are compressed, its orientation and its
 * colour profile. Throws for what is damaged, and for what is no TIFF 6.0 (BigTIFF, the JPEG of TIFF 5).
 */
export async function cleanTiff(from: string, to: string): Promise<void> {
  await writeFile(to, cleaned(await readFile(from)));
}

function cleaned(file: Buffer): Buffer {
  const numbers = numbersOf(file);
  const out = outputFor(file);
  let link = { buffer: out.append(file.subarray(0, 8)).bytes, at: 4 };
  const seen = new Set<number>();
  for (let at = numbers.read32(file, 4); at !== 0; at = numbers.read32(file, endOf(file, at, numbers))) {
    if (seen.has(at)) throw new Error("the pages of the TIFF go in a circle");
    seen.add(at);
    const fields = movePixels(readFields(file, at, numbers), file, out, numbers);
    const page = out.append(directoryOf(fields, out, numbers));
    numbers.write32(link.buffer, page.place, link.at);
    link = { buffer: page.bytes, at: page.bytes.length - 4 };
  }
  if (seen.size === 0) throw new Error("the TIFF has no page");
  numbers.write32(link.buffer, 0, link.at);
  return out.all();
}

type Numbers = ReturnType<typeof numbersOf>;
type Output = ReturnType<typeof outputFor>;

/** Reads and writes in the file's order of bytes, which stays. */
function numbersOf(file: Buffer) {
  const start = file.toString("latin1", 0, 4);
  if (start !== "II*\0" && start !== "MM\0*") throw new Error("the file is no TIFF");
  const little = start.startsWith("II");
  return {
    read16: (from: Buffer, at: number) => (little ? from.readUInt16LE(at) : from.readUInt16BE(at)),
    read32: (from: Buffer, at: number) => (little ? from.readUInt32LE(at) : from.readUInt32BE(at)),
    write16: (to: Buffer, value: number, at: number) =>
      little ? to.writeUInt16LE(value, at) : to.writeUInt16BE(value, at),
    write32: (to: Buffer, value: number, at: number) =>
      little ? to.writeUInt32LE(value, at) : to.writeUInt32BE(value, at),
  };
}

/** What is put out: parts at even places. Many fields may name the same bytes of a small file, hence the bound. */
function outputFor(file: Buffer) {
  const parts: Buffer[] = [];
  let size = 0;
  return {
    append(bytes: Buffer): { place: number; bytes: Buffer } {
      const place = size;
      const own = Buffer.alloc(bytes.length + (bytes.length % 2));
      own.set(bytes);
      size += own.length;
      if (size > 2 * file.length) throw new Error("the parts of the TIFF overlap");
      parts.push(own);
      return { place, bytes: own.subarray(0, bytes.length) };
    },
    all: () => Buffer.concat(parts),
  };
}

function endOf(file: Buffer, at: number, { read16 }: Numbers): number {
  return at + 2 + 12 * read16(file, at);
}

function readFields(file: Buffer, at: number, numbers: Numbers): Field[] {
  const fields: Field[] = [];
  for (let entry = at + 2; entry < endOf(file, at, numbers); entry += 12) {
    const tag = numbers.read16(file, entry);
    if (!kept.has(tag)) continue;
    const type = numbers.read16(file, entry + 2);
    const count = numbers.read32(file, entry + 4);
    const size = (typeSizes[type] ?? 0) * count;
    if (size === 0) throw new Error(`field ${tag} of the TIFF has no value`);
    const value = slice(file, size <= 4 ? entry + 8 : numbers.read32(file, entry + 8), size);
    fields.push({ tag, type, count, value });
  }
  return fields;
}

/** Puts the pixels out, and returns the fields with the places that they have now. */
function movePixels(fields: Field[], file: Buffer, out: Output, numbers: Numbers): Field[] {
  const moved = new Map<Field, Field>();
  for (const { places, lengths } of pixelFields) {
    const field = fields.find(({ tag }) => tag === places);
    if (!field) continue;
    const from = valuesOf(field, numbers);
    const sizes = valuesOf(
      fields.find(({ tag }) => tag === lengths),
      numbers,
    );
    const value = Buffer.alloc(from.length * 4);
    from.forEach((place, i) => {
      numbers.write32(value, out.append(slice(file, place, sizes[i] ?? NaN)).place, i * 4);
    });
    moved.set(field, { tag: places, type: long, count: from.length, value });
  }
  if (moved.size === 0) throw new Error("a page of the TIFF has no pixels");
  return fields.map((field) => moved.get(field) ?? field);
}

function valuesOf(field: Field | undefined, { read16, read32 }: Numbers): number[] {
  if (field?.type !== short && field?.type !== long)
    throw new Error("the TIFF does not say where its pixels are");
  const { value, type, count } = field;
  return Array.from({ length: count }, (_, i) =>
    type === short ? read16(value, i * 2) : read32(value, i * 4),
  );
}

/** A page's directory, after what is too long for it. Where the next one is remains to be said in its last 4 bytes. */
function directoryOf(fields: Field[], out: Output, { write16, write32 }: Numbers): Buffer {
  const directory = Buffer.alloc(2 + fields.length * 12 + 4);
  write16(directory, fields.length, 0);
  fields.forEach(({ tag, type, count, value }, i) => {
    const entry = 2 + i * 12;
    write16(directory, tag, entry);
    write16(directory, type, entry + 2);
    write32(directory, count, entry + 4);
    if (value.length <= 4) directory.set(value, entry + 8);
    else write32(directory, out.append(value).place, entry + 8);
  });
  return directory;
}

function slice(file: Buffer, at: number, size: number): Buffer {
  if (!(at + size <= file.length)) throw new Error("the TIFF ends before its end");
  return file.subarray(at, at + size);
}
