/** Whether a JPEG, or the first picture of a GIF, goes on to its end. Of other formats the decoder notices by itself. */
export function isWhole(bytes: Uint8Array): boolean {
  if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpegEnds(bytes);
  if (String.fromCharCode(...bytes.subarray(0, 3)) === "GIF") return gifPictureEnds(bytes);
  return true;
}

/**
 * Looks for the end of the image (ITU-T T.81, B.1.1) from segment to segment, because the picture inside the Exif
 * data has an end of its own, and something else may follow the image.
 */
function jpegEnds(bytes: Uint8Array): boolean {
  let at = 2;
  for (;;) {
    at = bytes.indexOf(0xff, at);
    const marker = bytes[at + 1];
    if (at < 0 || marker === undefined) return false;
    if (marker === 0xd9) return true;
    // A padding byte; a data byte 0xff, a restart or another marker without a length; a segment.
    if (marker === 0xff) at += 1;
    else if (marker <= 0x01 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + (((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0));
  }
}

/** Appendix A of the GIF89a specification. */
function gifPictureEnds(bytes: Uint8Array): boolean {
  let at = 13 + colourTable(bytes[10]);
  while (bytes[at] === 0x21) at = afterBlocks(bytes, at + 2);
  if (bytes[at] !== 0x2c) return false;
  return afterBlocks(bytes, at + 11 + colourTable(bytes[at + 9])) <= bytes.length;
}

/** The length of the table that follows these flags. */
function colourTable(flags = 0): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

/** Where a chain of blocks has ended; beyond the end of the file if it has not. */
function afterBlocks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (let size = bytes[at]; size !== 0; size = bytes[at]) {
    if (size === undefined) return Infinity;
    at += 1 + size;
  }
  return at + 1;
}
