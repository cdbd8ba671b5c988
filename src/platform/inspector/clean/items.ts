import type { Box } from "../isobmff/boxes.ts";
import { extentsOf, type Item, itemsOf, startOf } from "../isobmff/items.ts";
import type { Source } from "../source.ts";
import { overwrite, type Patches, zero } from "./patches.ts";
import { holdsData, reduceXmp } from "./xmp.ts";

interface Boxes {
  infos: Box | undefined;
  locations: Box | undefined;
  inner: Box | undefined;
}

const xmp = "application/rdf+xml";

/**
 * Zeroes items that are EXIF or XMP and makes them of a type that nobody asks for (ISO/IEC 14496-12, 8.11), but for
 * what XMP says about using further pictures. Errors: lists that do not fit their boxes, or such items where no camera
 * puts them.
 */
export function planDescriptions(source: Source, patches: Patches, boxes: Boxes): void {
  const { infos, locations, inner } = boxes;
  const found = new Map<number, Item>();
  for (const item of infos ? itemsOf(source, infos) : []) {
    const kind = kindOf(source, item);
    if (kind === "tells") found.set(item.id, item);
    patches.hasUnknown ||= kind === "unknown";
  }
  if (found.size === 0) return;
  if (!locations) throw new Error("items without locations");
  /** How many extents each is in: of an item in several, none is read as a packet. */
  const extents = new Map<number, number>();
  for (const { id } of extentsOf(source, locations)) extents.set(id, (extents.get(id) ?? 0) + 1);
  for (const extent of extentsOf(source, locations)) {
    const item = found.get(extent.id);
    if (!item) continue;
    const start = startOf(source, extent, inner);
    const mayStay = item.type === "mime" && extents.get(item.id) === 1 && extent.length <= mostPacket;
    const reduced = mayStay ? reduceXmp(source.bytes(start, extent.length)) : undefined;
    if (reduced) {
      overwrite(patches, start, reduced);
      patches.hasUnknown ||= holdsData(reduced);
      found.delete(item.id);
    } else zero(source, patches, start, extent.length);
  }
  for (const item of found.values()) retype(source, patches, item);
}

/**
 * Pictures as they are coded, and made of others (ISO/IEC 23008-12), and what is empty. A `jpeg` is not among them: it
 * may have EXIF of its own.
 */
const pictures = new Set(
  "hvc1 hvt1 lhv1 av01 avc1 vvc1 evc1 j2k1 unci mski grid iden iovl tmap tili free".split(" "),
);

/** EXIF and XMP tell about the picture; what else is no picture, nobody here knows. */
function kindOf(source: Source, { type, typeAt, end }: Item): "shows" | "tells" | "unknown" {
  if (type === "Exif") return "tells";
  if (type !== "mime") return pictures.has(type) ? "shows" : "unknown";
  // A name, and what it holds.
  const [, content] = source.text(typeAt + 4, Math.min(end - typeAt - 4, 256)).split("\0");
  return content === xmp ? "tells" : "unknown";
}

/** Longer ones are made to take time. */
const mostPacket = 1024 * 1024;

function retype(source: Source, patches: Patches, { typeAt, end }: Item): void {
  overwrite(patches, typeAt, Buffer.from("free"));
  zero(source, patches, typeAt + 4, end - typeAt - 4);
}
