/** The one `meta` box that describes a picture (ISO/IEC 14496-12, 8.11; ISO/IEC 23008-12). */
import { type Box, childrenOf, topBoxes } from "../isobmff/boxes.ts";
import { extentsOf, itemsOf, startOf } from "../isobmff/items.ts";
import type { Source } from "../source.ts";

/** Its children by name. */
export type Meta = ReadonlyMap<string, Box>;

/** Items come in one extent, or in a few. */
const mostExtents = 16;

/** Errors: boxes that do not fit into each other, or two where one belongs. Undefined where there is none. */
export function readMeta(source: Source): Meta | undefined {
  const meta = topBoxes(source).find(({ type }) => type === "meta");
  if (!meta) return undefined;
  const children = new Map<string, Box>();
  for (const box of childrenOf(source, meta, Math.min(meta.body + 4, meta.end))) {
    if (children.has(box.type) && box.type !== "free") throw new Error("two boxes where one belongs");
    children.set(box.type, box);
  }
  return children;
}

/** Errors: it is not there. */
export function boxOf(meta: Meta, name: string): Box {
  const box = meta.get(name);
  if (!box) throw new Error(`a picture without ${name}`);
  return box;
}

/** The id of the picture to show. */
export function primaryOf(source: Source, meta: Meta): number {
  const { body } = boxOf(meta, "pitm");
  return source.number(body + 4, source.number(body, 1) === 0 ? 2 : 4);
}

/** What is known of an item. Errors: nothing. */
export function lookUp<T>(found: ReadonlyMap<number, T>, id: number): T {
  const own = found.get(id);
  if (own === undefined) throw new Error("a picture that is not listed");
  return own;
}

/** The types of these items. Errors: one is not listed. */
export function typesOf(source: Source, meta: Meta, ids: ReadonlySet<number>): Map<number, string> {
  const types = new Map<number, string>();
  for (const { id, type } of itemsOf(source, boxOf(meta, "iinf"))) if (ids.has(id)) types.set(id, type);
  if (types.size < ids.size) throw new Error("a picture that is not listed");
  return types;
}

/** The items that this one is made of, in their order. */
export function partsOf(source: Source, meta: Meta, whole: number): number[] {
  for (const { from, to } of referencesOf(source, meta, "dimg")) if (from === whole) return to();
  return [];
}

/** The items that are a small picture of this one. */
export function previewsOf(source: Source, meta: Meta, whole: number): number[] {
  const previews: number[] = [];
  if (!meta.has("iref")) return previews;
  for (const { from, to } of referencesOf(source, meta, "thmb"))
    if (to().includes(whole)) previews.push(from);
  return previews;
}

/** What refers to what in this way. */
function* referencesOf(
  source: Source,
  meta: Meta,
  type: string,
): Generator<{ from: number; to(): number[] }> {
  const box = boxOf(meta, "iref");
  const idBytes = source.number(box.body, 1) === 0 ? 2 : 4;
  for (const one of childrenOf(source, box, Math.min(box.body + 4, box.end))) {
    if (one.type !== type) continue;
    const list = one.body + idBytes + 2;
    const count = source.number(list - 2, 2);
    if (list + count * idBytes > one.end) throw new Error("a list of parts that is cut off");
    const to = () => Array.from({ length: count }, (_, i) => source.number(list + i * idBytes, idBytes));
    yield { from: source.number(one.body, idBytes), to };
  }
}

/** An extent, by its offset in the file. */
export interface ByteRange {
  at: number;
  length: number;
}

/** Where these items are. Errors: one is nowhere, in too many extents, or they overlap. */
export function rangesOf(source: Source, meta: Meta, ids: ReadonlySet<number>): Map<number, ByteRange[]> {
  const all = new Map<number, ByteRange[]>([...ids].map((id) => [id, []]));
  let total = 0;
  for (const extent of extentsOf(source, boxOf(meta, "iloc"))) {
    const ranges = all.get(extent.id);
    if (!ranges) continue;
    ranges.push({ at: startOf(source, extent, meta.get("idat")), length: extent.length });
    total += extent.length;
    if (ranges.length > mostExtents) throw new Error("a picture in too many extents");
    if (total > source.size) throw new Error("extents that overlap");
  }
  for (const ranges of all.values()) if (ranges.length === 0) throw new Error("a picture that is nowhere");
  return all;
}

export function join(source: Source, ranges: readonly ByteRange[]): Buffer {
  return Buffer.concat(ranges.map(({ at, length }) => source.bytes(at, length)));
}
