import { fixture } from "../../fixtures/media/expected.ts";

/** A photo cut in the middle of its picture. */
export async function truncatedJpeg(): Promise<Uint8Array> {
  const whole = await Bun.file(fixture("photo.jpg")).bytes();
  return whole.subarray(0, whole.length >> 1);
}

/** A picture behind 10,000 comments of one byte. */
export async function jpegWithManySegments(): Promise<Uint8Array> {
  const whole = Buffer.from(await Bun.file(fixture("plain.jpg")).bytes());
  const comments = Buffer.alloc(10_000 * 5, segment(0xfe, [0]));
  return Buffer.concat([whole.subarray(0, 2), comments, whole.subarray(2)]);
}

/** A small picture whose header says 65,500 by 65,500, the largest that libjpeg takes. */
export async function jpegWithHugeFrame(): Promise<Uint8Array> {
  const bytes = Buffer.from(await Bun.file(fixture("plain.jpg")).bytes());
  const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]));
  bytes.writeUInt16BE(65_500, frame + 5);
  bytes.writeUInt16BE(65_500, frame + 7);
  return bytes;
}

/**
 * A valid grey JPEG of 7,000 by 7,000 that is shown in `scans` refinements, each of which says "nothing here" for all
 * of its 765,625 blocks in 40 bytes: a decoder walks through all blocks every time.
 * Coding: ITU-T T.81, annex G (progressive), tables as in C.2.
 */
export function jpegWithManyScans(scans: number): Uint8Array {
  const [size, across] = [7_000, 875];
  const blocks = across * across;
  const frame = [8, size >> 8, size & 255, size >> 8, size & 255, 1, 1, 0x11, 0];
  const noLongCodes = Array.from({ length: 14 }, () => 0);
  const dcTable = [0x00, 1, 0, ...noLongCodes, 0];
  const acTable = [0x10, 1, 1, ...noLongCodes, endOfBand(14), endOfBand(13)];
  const scan = Buffer.concat([segment(0xda, [1, 1, 0x00, 1, 63, 0x00]), emptyBlocks(blocks)]);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    segment(0xc2, frame),
    segment(0xc4, dcTable),
    segment(0xc4, acTable),
    segment(0xda, [1, 1, 0x00, 0, 0, 0x00]),
    Buffer.alloc(Math.ceil(blocks / 8)),
    Buffer.alloc(scan.length * scans, scan),
    Buffer.from([0xff, 0xd9]),
  ]);
}

/** The symbol for "the next 2^power and more blocks are empty"; `power` bits tell how many more. */
function endOfBand(power: number): number {
  return power << 4;
}

/** Runs of empty blocks: code 0 with 14 bits of length, and code 10 with 13 for a shorter rest. */
function emptyBlocks(blocks: number): Uint8Array {
  let bits = "";
  let left = blocks;
  for (; left >= 1 << 14; left -= Math.min(left, 0x7fff)) {
    bits += `0${binary(Math.min(left, 0x7fff) - (1 << 14), 14)}`;
  }
  if (left < 1 << 13) throw new Error(`a rest of ${left} blocks has no code`);
  bits += `10${binary(left - (1 << 13), 13)}`;
  const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, "1");
  const bytes = padded.match(/.{8}/g)!.map((byte) => parseInt(byte, 2));
  return Uint8Array.from(bytes.flatMap((byte) => (byte === 0xff ? [byte, 0] : [byte])));
}

function binary(value: number, length: number): string {
  return value.toString(2).padStart(length, "0");
}

function segment(marker: number, content: number[]): Uint8Array {
  const length = content.length + 2;
  return Buffer.from([0xff, marker, length >> 8, length & 255, ...content]);
}

/** A valid grey JPEG of one colour, of any size: 2 bits for each block of 8 by 8, or 1 in a progressive one. */
export function flatJpeg(width: number, height: number, { progressive = false } = {}): Uint8Array {
  const blocks = Math.ceil(width / 8) * Math.ceil(height / 8);
  const frame = [8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0];
  const onlyShortCode = [1, ...Array.from({ length: 15 }, () => 0), 0];
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    segment(0xdb, [0, ...Array.from({ length: 64 }, () => 1)]),
    segment(progressive ? 0xc2 : 0xc0, frame),
    segment(0xc4, [0x00, ...onlyShortCode]),
    segment(0xc4, [0x10, ...onlyShortCode]),
    segment(0xda, [1, 1, 0x00, 0, progressive ? 0 : 63, 0x00]),
    Buffer.alloc(Math.ceil((blocks * (progressive ? 1 : 2)) / 8)),
    Buffer.from([0xff, 0xd9]),
  ]);
}
