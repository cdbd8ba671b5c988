import { endOfImage, findScanEnd, readSegment, startOfImage, startOfScan } from "./markers.ts";

/**
 * A JPEG that breaks off in what stands between two of its scans, without that: decoders show one that ends within a
 * scan, but no such one. Undefined where it does not break off there.
 */
export function withoutBrokenSegment(file: Buffer): Buffer | undefined {
  /** Behind the last scan that has begun and ended. */
  let scans: number | undefined;
  try {
    for (let at = 2; at < file.length;) {
      const segment = readSegment(file, at);
      if (segment?.code === endOfImage || segment?.code === startOfImage) return undefined;
      if (!segment || segment.end === file.length) break;
      at = segment.end;
      if (segment.code === startOfScan) scans = at = findScanEnd(file, at);
    }
  } catch {
    return undefined;
  }
  return scans === undefined
    ? undefined
    : Buffer.concat([file.subarray(0, scans), Buffer.of(0xff, endOfImage)]);
}
