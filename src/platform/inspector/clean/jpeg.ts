import {
  endOfImage,
  findScanEnd,
  readSegment,
  type Segment,
  startOfImage,
  startOfScan,
} from "../jpeg/markers.ts";
import type { Source } from "../source.ts";
import { verdictOf } from "./jpeg-segments.ts";
import { type Named, planParts } from "./parts.ts";
import { readDirectory } from "./multi-picture.ts";
import { overwrite, type Patches, zero } from "./patches.ts";
import { pathsIn, photoshopName } from "./photoshop.ts";
import { minimalTiff, readOrientation } from "./tiff-orientation.ts";
import { bytesNamed, filmNamed, holdsData, reduceXmp } from "./xmp.ts";

const exifName = "Exif\0\0";
const directoryName = "MPF\0";
const xmpName = "http://ns.adobe.com/xap/1.0/\0";
const extendedXmpName = "http://ns.adobe.com/xmp/extension/\0";
/** Pictures and sounds that some cameras put into XMP, as text. */
const holdsContent = /ns\.google\.com\/photos\/1\.0\/(depthmap|image|audio)\//;

/**
 * What to overwrite in a JPEG: comments, and application segments that are about the picture; in the further pictures and
 * films that phones put behind it, too. These are found by their lengths from the end, or by a directory (CIPA DC-007):
 * with one of those nothing moves, else what is overwritten in the first picture is needless. A file that is cut off
 * is cleaned up to its end. Errors: no JPEG, or markers that are none.
 */
export function planJpeg(source: Source, patches: Patches): void {
  planFile(source, patches, false);
}

/** The same for a JPEG that is a part of a file: it keeps its length. Errors: the same. */
export function planJpegInPlace(source: Source, patches: Patches): void {
  planFile(source, patches, true);
}

function planFile(source: Source, patches: Patches, isPart: boolean): void {
  const file = source.bytes(0, source.size);
  const starts = startsIn(file);
  const first = new ImagePlan(file, source, patches, isPart || starts !== undefined);
  const from = first.plan(0);
  const planAt = (at: number) => new ImagePlan(file, source, patches, true).plan(at);
  const named = namedBehind(source, from, {
    starts: starts ?? [],
    bytesNamed: first.bytesNamed,
    filmNamed: first.filmNamed,
  });
  planParts(source, patches, { from, isLoose: !isPart, named }, { planJpegInPlace, planAt });
}

/** What a picture that ends at `from` names behind itself. A film that it names by its distance from the end is the last thing there. */
function namedBehind(
  source: Source,
  from: number,
  { starts, bytesNamed, filmNamed }: { starts: readonly number[]; bytesNamed: number; filmNamed: number },
): Named {
  const film = source.size - filmNamed;
  if (filmNamed === 0 || film < from) return { starts, bytes: bytesNamed };
  return { starts: [...starts, film].toSorted((a, b) => a - b), bytes: source.size - from };
}

/** Where further pictures start, by the directory of the first one; undefined without one. */
function startsIn(file: Buffer): number[] | undefined {
  for (let at = 2; ;) {
    const segment = readSegment(file, at);
    if (!segment || [startOfImage, startOfScan, endOfImage].includes(segment.code)) return undefined;
    if (begins(file, segment, 0xe2, directoryName)) {
      const from = segment.body + directoryName.length;
      return readDirectory(file.subarray(from, segment.end)).map((start) => from + start);
    }
    at = segment.end;
  }
}

/** What to overwrite in one of the pictures of a file. */
class ImagePlan {
  /** How much stands behind the picture, by its XMP. */
  bytesNamed = 0;
  /** How far before the end a film starts, by its XMP; 0 without one. */
  filmNamed = 0;
  #isTurned = false;
  #hasContent = false;
  /** Numbers of the boxes of APP11 that say by whom the picture was made (C2PA, in JUMBF: ISO 19566-5, annex D). */
  readonly #claims = new Set<number>();

  constructor(
    private readonly file: Buffer,
    private readonly source: Source,
    private readonly patches: Patches,
    private readonly isFixed: boolean,
  ) {}

  /** Returns where the picture that starts there has ended. */
  plan(from: number): number {
    const { file } = this;
    if (from + 2 > file.length || file.readUInt16BE(from) !== 0xff00 + startOfImage)
      throw new Error("no JPEG");
    let at = from + 2;
    while (at < file.length) {
      const segment = readSegment(file, at);
      // Bytes between segments belong to nothing; readers pass over them, too.
      this.#remove(at, at, segment?.start ?? file.length);
      // The next picture: the end of this one is missing.
      if (!segment || segment.code === startOfImage) return segment?.start ?? file.length;
      at = segment.code === startOfScan ? findScanEnd(file, segment.end) : segment.end;
      if (segment.code === endOfImage) break;
      this.#planSegment(segment);
    }
    return at;
  }

  #planSegment(segment: Segment): void {
    const { code, start, body, end } = segment;
    const { file } = this;
    if (begins(file, segment, 0xe1, exifName)) this.#planExif(segment);
    else if (begins(file, segment, 0xe1, xmpName)) this.#planXmp(segment);
    else if (begins(file, segment, 0xe1, extendedXmpName)) this.#planExtendedXmp(segment);
    else if (begins(file, segment, 0xed, photoshopName)) this.#planPhotoshop(segment);
    else if (this.#isClaim(segment)) this.#remove(start, body, end);
    else {
      const verdict = verdictOf(code, file.subarray(body, end));
      if (verdict === "tells") this.#remove(start, body, end);
      this.patches.hasUnknown ||= verdict === "unknown";
    }
  }

  /** Of all that EXIF says, the first one's orientation stays. */
  #planExif(segment: Segment): void {
    const { start, body, end } = segment;
    const from = body + exifName.length;
    const tiff = this.#isTurned ? undefined : minimalTiff(readOrientation(this.file.subarray(from, end)));
    this.#isTurned = true;
    if (!tiff || from + tiff.length > end) return this.#remove(start, body, end);
    this.#replace(segment, from, tiff);
  }

  /** Paths are a piece of the work on a picture; the rest is IPTC, small copies and how it was printed. */
  #planPhotoshop(segment: Segment): void {
    const { start, body, end } = segment;
    const from = body + photoshopName.length;
    const paths = pathsIn(this.file.subarray(from, end));
    if (paths.length === 0) this.#remove(start, body, end);
    else this.#replace(segment, from, paths);
  }

  /** These bytes instead of what the segment has from `from` on. */
  #replace({ body, end }: Segment, from: number, bytes: Uint8Array): void {
    const rest = from + bytes.length;
    // The length counts itself.
    const length = rest - body + 2;
    overwrite(this.patches, from, bytes);
    if (!this.isFixed) overwrite(this.patches, body - 2, Buffer.of(length >> 8, length & 255));
    this.#remove(rest, rest, end);
  }

  #planXmp({ start, body, end }: Segment): void {
    const from = body + xmpName.length;
    const reduced = reduceXmp(this.file.subarray(from, end));
    if (!reduced) return this.#remove(start, body, end);
    overwrite(this.patches, from, reduced);
    this.bytesNamed += bytesNamed(reduced);
    this.filmNamed = Math.max(this.filmNamed, filmNamed(reduced));
    this.patches.hasUnknown ||= holdsData(reduced);
  }

  #planExtendedXmp({ start, body, end }: Segment): void {
    this.#hasContent ||= holdsContent.test(this.file.toString("latin1", body, end));
    if (this.#hasContent) this.patches.hasUnknown = true;
    else this.#remove(start, body, end);
  }

  #isClaim(segment: Segment): boolean {
    const { body, end } = segment;
    if (!begins(this.file, segment, 0xeb, "JP") || end - body < 4) return false;
    const number = this.file.readUInt16BE(body + 2);
    if (this.file.subarray(body, end).includes("c2pa")) this.#claims.add(number);
    return this.#claims.has(number);
  }

  /** Where nothing may move, the beginning of a segment stays. */
  #remove(start: number, body: number, end: number): void {
    if (this.isFixed) zero(this.source, this.patches, body, end - body);
    else if (end > start) this.patches.needless.push({ at: start, length: end - start });
  }
}

function begins(file: Buffer, { code, body, end }: Segment, wanted: number, name: string): boolean {
  return code === wanted && file.toString("latin1", body, Math.min(body + name.length, end)) === name;
}
