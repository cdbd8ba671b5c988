import { constants, deflateRawSync } from "node:zlib";

const piece = 1 << 20;

/**
 * That many zeros, packed. A flushed piece stands for itself (RFC 1951, section 3.2.3), so one packed megabyte is
 * repeated instead of packing gigabytes. `raw` is without zlib's header and sum.
 */
export function deflatedZeros(length: number, kind: "zlib" | "raw"): Uint8Array {
  const flushed = { level: 9, finishFlush: constants.Z_FULL_FLUSH };
  const part = deflateRawSync(Buffer.alloc(piece), flushed);
  const parts = Buffer.alloc(part.length * Math.floor(length / piece), part);
  const rest = deflateRawSync(Buffer.alloc(length % piece), { level: 9 });
  if (kind === "raw") return Buffer.concat([parts, rest]);
  return Buffer.concat([Buffer.of(0x78, 0xda), parts, rest, adlerOfZeros(length)]);
}

/** Adler-32 (RFC 1950, section 9) of zeros: the first sum stays 1, and the second counts them. */
function adlerOfZeros(length: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(length % 65521);
  bytes.writeUInt16BE(1, 2);
  return bytes;
}
