import { minimalTiff, readOrientation } from "./tiff-orientation.ts";

const startOfImage = 0xd8;
const endOfImage = 0xd9;
const startOfScan = 0xda;
const exifName = "Exif\0\0";

/** A marker segment with the fill bytes before it (ITU T.81, B.1.1.2). */
interface Segment {
  code: number;
  start: number;
  /** After the length. */
  body: number;
  /** At most the end of the file. */
  end: number;
}

/**
 * The first image of the file without comments and application segments other than JFIF, colour profile and Adobe.
 * What phones append (further images, a film, their directory) has places of its own. A file that is cut off is
 * cleaned up to its end. Errors: no JPEG, or markers that are none.
 */
export function cleanJpeg(file: Buffer): Uint8Array[] {
  if (file.length < 2 || file.readUInt16BE(0) !== 0xff00 + startOfImage) throw new Error("no JPEG");
  const kept: Uint8Array[] = [];
  let orientation: number | undefined;
  let at = 2;
  while (at < file.length) {
    const segment = readSegment(file, at);
    if (!segment) break;
    if (isExif(file, segment)) orientation ??= readOrientation(file.subarray(segment.body + 6, segment.end));
    at = segment.code === startOfScan ? findScanEnd(file, segment.end) : segment.end;
    if (isKept(file, segment)) kept.push(file.subarray(segment.start, at));
    if (segment.code === endOfImage) break;
  }
  return [file.subarray(0, 2), ...withExif(kept, minimalTiff(orientation ?? 1))];
}

/** Nothing where the file ends before a segment has begun. */
function readSegment(file: Buffer, start: number): Segment | undefined {
  // Bytes between segments belong to nothing; readers pass over them, too.
  start = file.indexOf(0xff, start);
  if (start < 0) return undefined;
  let at = start;
  while (file[at] === 0xff) at++;
  const code = file[at];
  if (code === undefined) return undefined;
  const body = at + 3;
  if (code === endOfImage) return { code, start, body: at + 1, end: at + 1 };
  if (code < 0xc0 || (code >= 0xd0 && code <= startOfImage)) throw new Error("a JPEG marker out of place");
  if (body > file.length) return { code, start, body: file.length, end: file.length };
  const length = file.readUInt16BE(at + 1);
  if (length < 2) throw new Error("a JPEG segment without length");
  return { code, start, body, end: Math.min(at + 1 + length, file.length) };
}

/** The next marker that is no restart; within the data 0xff is followed by 0 (F.1.2.3). */
function findScanEnd(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at)) {
    let after = at;
    while (file[after] === 0xff) after++;
    const code = file[after];
    if (code === undefined) break;
    if (code !== 0 && (code < 0xd0 || code > 0xd7)) return at;
    at = after;
  }
  return file.length;
}

function isKept(file: Buffer, { code, body, end }: Segment): boolean {
  const begins = (name: string) => file.toString("latin1", body, Math.min(body + name.length, end)) === name;
  if (code === 0xe0) return begins("JFIF\0");
  if (code === 0xe2) return begins("ICC_PROFILE\0");
  if (code === 0xee) return begins("Adobe");
  // SOFn, DHT, DAC, SOS, DQT, DNL, DRI, DHP, EXP, EOI; beyond them stand APPn, JPGn and COM.
  return code < 0xe0;
}

function isExif(file: Buffer, { code, body, end }: Segment): boolean {
  return code === 0xe1 && body + 6 <= end && file.toString("latin1", body, body + 6) === exifName;
}

/** JFIF and EXIF both want to be first; every reader takes them in this order. */
function withExif(kept: Uint8Array[], tiff: Buffer | undefined): Uint8Array[] {
  if (!tiff) return kept;
  const head = Buffer.from([0xff, 0xe1, 0, 2 + exifName.length + tiff.length]);
  const jfif = kept[0] && kept[0][0] === 0xff && kept[0][1] === 0xe0 ? 1 : 0;
  return [...kept.slice(0, jfif), head, Buffer.from(exifName), tiff, ...kept.slice(jfif)];
}
