import { type Box, childrenOf } from "./boxes.ts";
import { type Patches, zero } from "./patches.ts";
import type { Source } from "./source.ts";

interface Boxes {
  infos: Box | undefined;
  places: Box | undefined;
  inner: Box | undefined;
}

/** EXIF, XMP and what is described elsewhere; the others are pictures, or how pictures become one. */
const unwanted = new Set(["Exif", "mime", "uri "]);

/**
 * Zeroes items that are no pictures and makes them of a type that nobody asks for (ISO/IEC 14496-12, 8.11).
 * Errors: lists that do not fit their boxes, or such items in places that no camera puts them in.
 */
export function zeroItems(source: Source, patches: Patches, { infos, places, inner }: Boxes): void {
  const ids = infos ? retypeItems(source, patches, infos) : new Set<number>();
  if (ids.size === 0) return;
  if (!places) throw new Error("items without places");
  for (const { id, from, length, method } of readPlaces(source, places)) {
    if (!ids.has(id)) continue;
    const base = method === 0 ? 0 : method === 1 ? inner?.body : undefined;
    const end = method === 0 ? source.size : inner?.end;
    if (base === undefined || end === undefined) throw new Error("an item in an unknown place");
    if (length === 0 || base + from + length > end) throw new Error("an item that is not in its place");
    zero(source, patches, base + from, length);
  }
}

/** The ids of what is not wanted. */
function retypeItems(source: Source, patches: Patches, infos: Box): Set<number> {
  const ids = new Set<number>();
  const list = infos.body + 4 + (source.number(infos.body, 1) === 0 ? 2 : 4);
  for (const info of childrenOf(source, infos, Math.min(list, infos.end))) {
    const version = source.number(info.body, 1);
    if (info.type !== "infe" || version < 2 || version > 3) throw new Error("an item of unknown form");
    const idBytes = version === 2 ? 2 : 4;
    const type = info.body + 4 + idBytes + 2;
    if (type + 4 > info.end) throw new Error("an item without type");
    if (!unwanted.has(source.text(type, 4))) continue;
    ids.add(source.number(info.body + 4, idBytes));
    patches.push({ at: type, length: 4, bytes: Buffer.from("free") });
    zero(source, patches, type + 4, info.end - type - 4);
  }
  return ids;
}

interface Extent {
  id: number;
  /** 0: in the file, 1: in `idat`. */
  method: number;
  from: number;
  length: number;
}

function* readPlaces(source: Source, box: Box): Generator<Extent> {
  const version = source.number(box.body, 1);
  if (version > 2) throw new Error("places of unknown form");
  const sizes = source.number(box.body + 4, 2);
  const [offsetBytes, lengthBytes, baseBytes] = [sizes >> 12, (sizes >> 8) & 15, (sizes >> 4) & 15];
  const indexBytes = version === 0 ? 0 : sizes & 15;
  const extentBytes = indexBytes + offsetBytes + lengthBytes;
  const idBytes = version === 2 ? 4 : 2;
  let at = box.body + 6;
  const take = (bytes: number) => {
    at += bytes;
    if (bytes > 8 || at > box.end) throw new Error("a list of places that is cut off");
    return source.number(at - bytes, bytes);
  };
  for (let items = take(idBytes); items > 0; items--) {
    const id = take(idBytes);
    const method = version === 0 ? 0 : take(2) & 15;
    if (take(2) !== 0) throw new Error("an item in another file");
    const base = take(baseBytes);
    const extents = take(2);
    // Rows without bytes would let a few of them be billions.
    if (extentBytes === 0 && extents > 1) throw new Error("places without room");
    for (let i = 0; i < extents; i++) {
      take(indexBytes);
      yield { id, method, from: base + take(offsetBytes), length: take(lengthBytes) };
    }
  }
}
