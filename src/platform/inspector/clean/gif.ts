const image = 0x2c;
const extension = 0x21;
const graphicControl = 0xf9;
const plainText = 0x01;
const application = 0xff;
/** Both say how often an animation runs. */
const loops = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

/**
 * The pictures without comments, texts and what applications added (XMP has raw text where blocks belong, but ends
 * in bytes that bring every reader of blocks to its end). A file that is cut off is cleaned up to its end. Errors: no
 * GIF.
 */
export function cleanGif(file: Buffer): Uint8Array[] {
  if (!/^GIF8[79]a$/.test(file.toString("latin1", 0, 6)) || file.length < 13) throw new Error("no GIF");
  let at = 13 + tableBytes(file[10]!);
  const kept: Uint8Array[] = [file.subarray(0, at)];
  /** Where a graphic control waits for what it is about: if that goes, so does it. */
  let control: number | undefined;
  while (file[at] === image || file[at] === extension) {
    const label = file[at] === extension ? file[at + 1] : undefined;
    const end = label === undefined ? findImageEnd(file, at) : findBlocksEnd(file, at + 2);
    const block = file.subarray(at, end);
    at = end;
    if (label === plainText && control !== undefined) kept.splice(control, 1);
    if (isKept(label, block)) kept.push(block);
    if (label === graphicControl) control = kept.length - 1;
    else if (label === plainText || label === undefined) control = undefined;
  }
  // Like browsers: whatever comes instead of a block ends the file.
  return at > file.length ? kept : [...kept, Buffer.of(0x3b)];
}

/** Of extensions by their label; pictures have none. */
function isKept(label: number | undefined, block: Buffer): boolean {
  if (label === application) return loops.has(block.toString("latin1", 3, 14));
  return label === undefined || label === graphicControl;
}

/** Of the colour table that these flags announce. */
function tableBytes(flags: number): number {
  return flags & 0x80 ? 3 << ((flags & 7) + 1) : 0;
}

function findImageEnd(file: Buffer, at: number): number {
  return findBlocksEnd(file, at + 10 + tableBytes(file[at + 9] ?? 0) + 1);
}

/** After the empty block; behind the end of a file that is cut off. */
function findBlocksEnd(file: Buffer, from: number): number {
  for (let at = from; ;) {
    const length = file[at];
    if (length === undefined) return file.length + 1;
    at += 1 + length;
    if (length === 0) return at;
  }
}
