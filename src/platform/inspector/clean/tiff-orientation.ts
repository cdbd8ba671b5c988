/** How a picture is to be turned, of all that EXIF says the one thing which is needed to show it. */

const orientationTag = 0x0112;
const short = 3;

/**
 * The orientation 1 to 8 in `tiff`, the bytes of an EXIF block from its byte order on (TIFF 6.0, section 8). 1, as
 * it is, when it has none or is damaged: such a block is dropped all the same.
 */
export function readOrientation(tiff: Buffer): number {
  const order = tiff.toString("latin1", 0, 4);
  if (order !== "II*\0" && order !== "MM\0*") return 1;
  const little = order.startsWith("II");
  const u16 = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  if (tiff.length < 8) return 1;
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  if (directory + 2 > tiff.length) return 1;
  for (let i = 0, at = directory + 2; i < u16(directory) && at + 12 <= tiff.length; i++, at += 12) {
    if (u16(at) !== orientationTag || u16(at + 2) !== short) continue;
    const value = u16(at + 8);
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

/** The EXIF block of a picture that is turned so and has no other secret; nothing for one that stands upright. */
export function minimalTiff(orientation: number): Buffer | undefined {
  if (orientation === 1) return undefined;
  // Big-endian, one directory at 8 with one entry: Orientation, SHORT, one value; no further directory.
  const tiff = Buffer.from("4d4d002a00000008000101120003000000010000000000000000", "hex");
  tiff.writeUInt16BE(orientation, 18);
  return tiff;
}
