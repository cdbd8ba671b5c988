import type { Box } from "../isobmff/boxes.ts";
import { extentsOf, itemsOf, startOf } from "../isobmff/items.ts";
import type { Source } from "../source.ts";
import { type Patches, zero } from "./patches.ts";

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
  for (const extent of extentsOf(source, places)) {
    if (ids.has(extent.id)) zero(source, patches, startOf(source, extent, inner), extent.length);
  }
}

/** The ids of what is not wanted. */
function retypeItems(source: Source, patches: Patches, infos: Box): Set<number> {
  const ids = new Set<number>();
  for (const { id, type, typeAt, end } of itemsOf(source, infos)) {
    if (!unwanted.has(type)) continue;
    ids.add(id);
    patches.push({ at: typeAt, length: 4, bytes: Buffer.from("free") });
    zero(source, patches, typeAt + 4, end - typeAt - 4);
  }
  return ids;
}
