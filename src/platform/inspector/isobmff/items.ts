/** The items of a `meta` box: what they are and where (ISO/IEC 14496-12, 8.11). */
import type { Source } from "../source.ts";
import { type Box, childrenOf } from "./boxes.ts";

export interface Item {
  id: number;
  type: string;
  /** Where its type stands, and where what is said of it ends. */
  typeAt: number;
  end: number;
}

/** What `iinf` lists. Errors: what does not fit its box, or is of a version that no picture has. */
export function* itemsOf(source: Source, infos: Box): Generator<Item> {
  const list = infos.body + 4 + (source.number(infos.body, 1) === 0 ? 2 : 4);
  for (const info of childrenOf(source, infos, Math.min(list, infos.end))) {
    const version = source.number(info.body, 1);
    if (info.type !== "infe" || version < 2 || version > 3) throw new Error("an item of unknown form");
    const idBytes = version === 2 ? 2 : 4;
    const typeAt = info.body + 4 + idBytes + 2;
    if (typeAt + 4 > info.end) throw new Error("an item without type");
    const id = source.number(info.body + 4, idBytes);
    yield { id, type: source.text(typeAt, 4), typeAt, end: info.end };
  }
}

/** A part of an item. */
export interface Extent {
  id: number;
  /** 0: in the file, 1: in `idat`. */
  method: number;
  from: number;
  length: number;
}

/** What `iloc` lists. Errors: what does not fit its box, or is in another file. */
export function* extentsOf(source: Source, box: Box): Generator<Extent> {
  const version = source.number(box.body, 1);
  if (version > 2) throw new Error("locations of unknown form");
  const sizes = source.number(box.body + 4, 2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const extentBytes = indexBytes + offsetBytes + lengthBytes;
  const idBytes = version === 2 ? 4 : 2;
  let at = box.body + 6;
  const take = (bytes: number) => {
    at += bytes;
    if (bytes > 8 || at > box.end) throw new Error("a list of locations that is cut off");
    return source.number(at - bytes, bytes);
  };
  for (let items = take(idBytes); items > 0; items--) {
    const id = take(idBytes);
    const method = version === 0 ? 0 : take(2) & 15;
    if (take(2) !== 0) throw new Error("an item in another file");
    const base = take(baseBytes);
    const extents = take(2);
    // Rows without bytes would let a few of them be billions.
    if (extentBytes === 0 && extents > 1) throw new Error("extents without bytes");
    for (let i = 0; i < extents; i++) {
      take(indexBytes);
      yield { id, method, from: base + take(offsetBytes), length: take(lengthBytes) };
    }
  }
}

/** Where in the file an extent is; `inner`: the `idat` beside its list. Errors: not in there, or without length. */
export function startOf(source: Source, { method, from, length }: Extent, inner: Box | undefined): number {
  const base = method === 0 ? 0 : method === 1 ? inner?.body : undefined;
  const end = method === 0 ? source.size : inner?.end;
  if (base === undefined || end === undefined) throw new Error("an item at an unknown location");
  if (length === 0 || base + from + length > end) throw new Error("an item outside the file");
  return base + from;
}
