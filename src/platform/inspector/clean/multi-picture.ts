/** The directory of further pictures behind the first one (CIPA DC-007, 5.2). */

const entriesTag = 0xb002;
const entryBytes = 16;
const fieldBytes = 12;

/** Where they start, from where the directory does; none for one that is damaged. In their order. */
export function readDirectory(tiff: Buffer): number[] {
  const isLittle = tiff.toString("latin1", 0, 4) === "II*\0";
  const u16 = (at: number) =>
    at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const u32 = (at: number) =>
    at + 4 > tiff.length ? 0 : isLittle ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at);
  const fields = u32(4);
  for (let i = 0; i < u16(fields); i++) {
    const field = fields + 2 + i * fieldBytes;
    if (u16(field) !== entriesTag) continue;
    const entries = u32(field + 8);
    const count = Math.min(u32(field + 4), tiff.length) / entryBytes;
    const starts = Array.from({ length: count }, (_, entry) => u32(entries + entry * entryBytes + 8));
    // The first one is where it is.
    return starts.filter((start) => start > 0).toSorted((a, b) => a - b);
  }
  return [];
}
