/** The markers of a JPEG, with what stands between them (ITU-T T.81, annex B). */

export const startOfImage = 0xd8;
export const endOfImage = 0xd9;
export const startOfScan = 0xda;

/** A marker segment with the fill bytes before it (ITU-T T.81, B.1.1.2). */
export interface Segment {
  code: number;
  start: number;
  /** After the length. */
  body: number;
  /** At most the end of the file. */
  end: number;
}

/** Nothing where the file ends before a segment has begun. Errors: no marker that can stand there. */
export function readSegment(file: Buffer, from: number): Segment | undefined {
  const start = file.indexOf(0xff, from);
  if (start < 0) return undefined;
  let at = start;
  while (file[at] === 0xff) at++;
  const code = file[at];
  if (code === undefined) return undefined;
  if (code === endOfImage) return { code, start, body: at + 1, end: at + 1 };
  // Of fill bytes before it the next picture knows nothing.
  if (code === startOfImage) return { code, start: at - 1, body: at + 1, end: at + 1 };
  if (isReserved(code) || isRestart(code)) throw new Error("a JPEG marker out of place");
  const body = at + 3;
  if (body > file.length) return { code, start, body: file.length, end: file.length };
  const length = file.readUInt16BE(at + 1);
  if (length < 2) throw new Error("a JPEG segment without length");
  return { code, start, body, end: Math.min(at + 1 + length, file.length) };
}

/**
 * The next marker that is no restart; within the data 0xff is followed by 0 (F.1.2.3). What follows it in data that
 * are damaged is no marker either.
 */
export function findScanEnd(file: Buffer, from: number): number {
  for (let at = file.indexOf(0xff, from); at >= 0; at = file.indexOf(0xff, at)) {
    let after = at;
    while (file[after] === 0xff) after++;
    const code = file[after];
    if (code === undefined) break;
    if (!isReserved(code) && !isRestart(code)) return at;
    at = after;
  }
  return file.length;
}

/** Also 0, and TEM, which is of arithmetic coding alone. */
function isReserved(code: number): boolean {
  return code < 0xc0;
}

function isRestart(code: number): boolean {
  return code >= 0xd0 && code <= 0xd7;
}
