import { fixture } from "../../fixtures/media/expected.ts";

/** A film cut before its index and in the middle of its pictures. */
export async function truncatedMp4(): Promise<Uint8Array> {
  const whole = await Bun.file(fixture("h264-high.mp4")).bytes();
  return whole.subarray(0, whole.length >> 1);
}

/** A film behind a box of that size: 0 is "to the end of the file", 1 "the size follows in 64 bits" (which are all ones). */
export async function mp4WithBoxOf(size: 0 | 1 | 0xffffffff): Promise<Uint8Array> {
  const whole = Buffer.from(await Bun.file(fixture("h264-baseline.mp4")).bytes());
  const lying = Buffer.concat([longs(size), Buffer.from("free"), Buffer.alloc(8, 0xff)]);
  const type = whole.readUInt32BE(0);
  return Buffer.concat([whole.subarray(0, type), lying, whole.subarray(type)]);
}

/** 1,000 boxes, each within the one before. */
export function mp4WithDeepBoxes(): Uint8Array {
  const boxes = Array.from({ length: 1_000 }, (_, depth) => head("moov", (1_000 - depth) * 8));
  return Buffer.concat([box("ftyp", Buffer.from("isom\0\0\0\0isommp42", "latin1")), ...boxes]);
}

/** A film whose tables name that many pictures, one by one: 12 bytes for each in the file. */
export async function mp4WithManySamples(samples: number): Promise<Uint8Array> {
  const sizes = longs(0, 0, samples);
  const table = Buffer.alloc(samples * 4, longs(1));
  const times = Buffer.alloc(samples * 8, longs(1, 1, 1, 2));
  const whole = await Bun.file(fixture("h264-baseline.mp4")).bytes();
  return rewritten(Buffer.from(whole), (type) => {
    if (type === "stts") return box("stts", Buffer.concat([longs(0, samples), times]));
    if (type === "stsz") return box("stsz", Buffer.concat([sizes, table]));
    if (type === "stsc") return box("stsc", longs(0, 1, 1, samples, 1));
    return type === "stco" ? box("stco", longs(0, 1, 48)) : undefined;
  });
}

/** A WebM whose first element says it is 2^56 - 2 bytes long. */
export async function webmWithHugeSize(): Promise<Uint8Array> {
  const whole = await Bun.file(fixture("vp8.webm")).bytes();
  const lying = Buffer.from([0x1a, 0x45, 0xdf, 0xa3, 0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe]);
  return Buffer.concat([lying, whole.subarray(5)]);
}

/** A voice note of that many blocks of one byte, in one cluster and with no index: 7 bytes for each in the file. */
export async function webmWithManyBlocks(blocks: number): Promise<Uint8Array> {
  const whole = Buffer.from(await Bun.file(fixture("voice.webm")).bytes());
  const cluster = Buffer.from([0x1f, 0x43, 0xb6, 0x75]);
  const block = Buffer.from([0xa3, 0x85, 0x81, 0, 0, 0x80, 0xfc]);
  const size = longs(0x10000000 | (3 + blocks * block.length));
  const body = Buffer.alloc(blocks * block.length, block);
  const time = Buffer.from([0xe7, 0x81, 0]);
  return Buffer.concat([whole.subarray(0, whole.indexOf(cluster)), cluster, size, time, body]);
}

/** An Opus header and then 100,000 pages with nothing in them, none of which is the last. */
export async function oggWithEmptyPages(): Promise<Uint8Array> {
  const whole = Buffer.from(await Bun.file(fixture("voice.ogg")).bytes());
  const third = whole.indexOf("OggS", whole.indexOf("OggS", 1) + 1);
  const page = Buffer.concat([whole.subarray(third, third + 26), Buffer.of(0)]);
  page.fill(0xff, 6, 14); // no packet ends here (RFC 3533, section 6)
  page.writeUInt32LE(oggSum(page), 22);
  return Buffer.concat([whole.subarray(0, third), Buffer.alloc(100_000 * page.length, page)]);
}

/** 55 bytes with an object of size 0 in them (CVE-2026-31808). */
export async function loopingAsf(): Promise<Uint8Array> {
  return Bun.file(fixture("windows.asf")).bytes();
}

function rewritten(boxes: Buffer, change: (type: string) => Uint8Array | undefined): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < boxes.length; at += boxes.readUInt32BE(at)) {
    const whole = boxes.subarray(at, at + boxes.readUInt32BE(at));
    const type = whole.toString("latin1", 4, 8);
    const within = ["moov", "trak", "mdia", "minf", "stbl"].includes(type);
    parts.push(change(type) ?? (within ? box(type, rewritten(whole.subarray(8), change)) : whole));
  }
  return Buffer.concat(parts);
}

function box(type: string, content: Uint8Array): Uint8Array {
  return Buffer.concat([head(type, 8 + content.length), content]);
}

function head(type: string, size: number): Uint8Array {
  return Buffer.concat([longs(size), Buffer.from(type, "latin1")]);
}

function longs(...values: number[]): Uint8Array {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, index) => bytes.writeUInt32BE(value >>> 0, index * 4));
  return bytes;
}

/** Ogg's own CRC: polynomial 0x04c11db7, not reflected, from 0, over the page with 0 in the sum's place. */
function oggSum(page: Buffer): number {
  let sum = 0;
  for (const [index, byte] of page.entries()) {
    sum ^= (index >= 22 && index < 26 ? 0 : byte) << 24;
    for (let bit = 0; bit < 8; bit++) sum = sum < 0 ? (sum << 1) ^ 0x04c11db7 : sum << 1;
  }
  return sum >>> 0;
}
