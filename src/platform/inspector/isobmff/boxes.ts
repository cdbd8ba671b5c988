import type { Source } from "../source.ts";

/** A box of ISO/IEC 14496-12 (4.2), which QuickTime calls an atom. */
export interface Box {
  type: string;
  start: number;
  /** After size and type. */
  body: number;
  end: number;
}

/** The boxes of the file itself. Errors: as `childrenOf`. */
export function topBoxes(source: Source): Generator<Box> {
  return readBoxes(source, 0, source.size, true);
}

/** The boxes from `from` (the start of its body) to the end of a box. Errors: one reaches beyond its parent. */
export function childrenOf(source: Source, { body, end }: Box, from = body): Generator<Box> {
  return readBoxes(source, from, end, false);
}

function* readBoxes(source: Source, from: number, to: number, top: boolean): Generator<Box> {
  for (let at = from; at < to;) {
    const size = to - at < 8 ? 0 : source.number(at, 4);
    // QuickTime ends lists with a zero, and some programs fill up with them.
    if (size === 0 && isZero(source, at, to)) return;
    if (to - at < 8) throw new Error("bytes after the last box");
    const box = { type: source.text(at + 4, 4), start: at, body: at + 8, end: at + size };
    if (size === 1) {
      box.body = at + 16;
      box.end = at + source.number(at + 8, 8);
    }
    if (size === 0 && top) box.end = to;
    if (box.end < box.body || box.end > to) throw new Error("a box of impossible size");
    yield box;
    at = box.end;
  }
}

export function isZero(source: Source, from: number, to: number): boolean {
  const chunk = 4096;
  for (let at = from; at < to; at += chunk) {
    if (source.view(at, Math.min(chunk, to - at)).some((byte) => byte !== 0)) return false;
  }
  return true;
}

/** The first box of each name within the one before. Errors: as `childrenOf`. */
export function findBox(source: Source, parent: Box, ...names: string[]): Box | undefined {
  let found: Box | undefined = parent;
  for (const name of names) found = found && childrenOf(source, found).find((one) => one.type === name);
  return found;
}
