/** What becomes of files that are made to do harm: the table of docs/files.md, and what the tests try. */
import { fixture } from "../fixtures/media/expected.ts";
import * as hostile from "./hostile.ts";

export interface HostileRow {
  what: string;
  make(): Uint8Array | Promise<Uint8Array>;
  name: string;
  type: string;
  /** The code of the refusal, or the state in which the file ends; `withheld` is `failed`, and for its sender alone. */
  outcome: "ready" | "failed" | "withheld" | "type_not_allowed" | "type_mismatch";
  /** For people. */
  happens: string;
}

const stored = "taken as a document that can only be saved; nothing opens it";

/** Seconds that the tests give a file, in place of ten. */
export const testSeconds = 3;

export const hostileTable: HostileRow[] = [
  row(
    "a PNG of 30,000 × 30,000 pixels",
    hostile.hugePng,
    "huge.png",
    "image/png",
    "ready",
    "too many pixels; not decoded, so it has no thumbnail",
  ),
  row(
    "a PNG of 7,000 × 7,000 pixels",
    hostile.largestPng,
    "large.png",
    "image/png",
    "ready",
    "below the limit; thumbnail made",
  ),
  row(
    "a PNG with a chunk of 2 GB",
    hostile.pngWithHugeChunk,
    "chunk.png",
    "image/png",
    "failed",
    "the chunk is not there",
  ),
  row(
    "a JPEG with 8,000 scans",
    hostile.burning,
    "scans.jpg",
    "image/jpeg",
    "failed",
    "killed when its time is up; its data are out all the same",
  ),
  row(
    "a JPEG that is cut off",
    hostile.truncatedJpeg,
    "cut.jpg",
    "image/jpeg",
    "ready",
    "its data are out; shown as far as it goes",
  ),
  row(
    "a JPEG of 65,500 × 65,500 by its head",
    hostile.jpegWithHugeFrame,
    "frame.jpg",
    "image/jpeg",
    "ready",
    "too many pixels; not decoded, so it has no thumbnail",
  ),
  row(
    "a JPEG with 10,000 segments",
    hostile.jpegWithManySegments,
    "segments.jpg",
    "image/jpeg",
    "ready",
    "its data are out; thumbnail made",
  ),
  row(
    "a TIFF whose directory is its own next",
    hostile.tiffWithLoop,
    "loop.tiff",
    "image/tiff",
    "ready",
    stored,
  ),
  row(
    "a GIF of 10,000 frames",
    hostile.gifWithManyFrames,
    "frames.gif",
    "image/gif",
    "ready",
    "keeps moving; the first frame is the thumbnail",
  ),
  row(
    "a GIF that is JavaScript, too",
    hostile.gifAndScript,
    "both.gif",
    "image/gif",
    "ready",
    "a picture; the script in its comment is out",
  ),
  row("an SVG with a script", hostile.svgWithScript, "drawing.svg", "image/svg+xml", "ready", stored),
  row(
    "an SVG that is called a PNG",
    hostile.svgWithScript,
    "drawing.png",
    "image/png",
    "type_mismatch",
    "refused",
  ),
  row("a ZIP with 1 GB of zeros", hostile.zipBomb, "bomb.zip", "application/zip", "ready", stored),
  row(
    "twenty ZIPs, one in the other",
    hostile.nestedZipBomb,
    "nested.zip",
    "application/zip",
    "ready",
    stored,
  ),
  row(
    "an MP4 that is cut off",
    hostile.truncatedMp4,
    "cut.mp4",
    "video/mp4",
    "withheld",
    "its index is missing",
  ),
  row(
    "an MP4 with a box of no length",
    () => hostile.mp4WithBoxOf(0),
    "zero.mp4",
    "video/mp4",
    "withheld",
    "noticed",
  ),
  row(
    "an MP4 with a box of 4 GB",
    () => hostile.mp4WithBoxOf(0xffffffff),
    "box.mp4",
    "video/mp4",
    "withheld",
    "noticed",
  ),
  row(
    "an MP4 with 1,000 boxes in each other",
    hostile.mp4WithDeepBoxes,
    "deep.mp4",
    "video/mp4",
    "failed",
    "not followed so far",
  ),
  row(
    "a WebM with an element of endless size",
    hostile.webmWithHugeSize,
    "size.webm",
    "video/webm",
    "withheld",
    "noticed",
  ),
  row(
    "a WebM of 5,000,000 blocks",
    hostile.swellingSound,
    "blocks.webm",
    "audio/webm",
    "failed",
    "killed when it needs too much memory or time",
  ),
  row(
    "an Ogg of empty pages",
    hostile.oggWithEmptyPages,
    "pages.ogg",
    "audio/ogg",
    "failed",
    "there is nothing to hear",
  ),
  row("the ASF of 55 bytes", hostile.loopingAsf, "loop.asf", "video/x-ms-asf", "ready", stored),
  row(
    "a program",
    () => Bun.file(fixture("program.elf")).bytes(),
    "holiday.jpg",
    "image/jpeg",
    "type_not_allowed",
    "refused",
  ),
  row(
    "a shell script that is called a picture",
    () => new TextEncoder().encode("#!/bin/sh\nrm -rf ~\n"),
    "holiday.jpg",
    "image/jpeg",
    "type_not_allowed",
    "refused",
  ),
];

function row(
  what: string,
  make: HostileRow["make"],
  name: string,
  type: string,
  outcome: HostileRow["outcome"],
  happens: string,
): HostileRow {
  return { what, make, name, type, outcome, happens };
}
