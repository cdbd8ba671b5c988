/** What is said of items: their size, their codec, how they are shown (ISO/IEC 23008-12, 6.5 and 9.3). */
import { type Box, childrenOf } from "../isobmff/boxes.ts";
import type { RawPixels, Size } from "../image.ts";
import type { Source } from "../source.ts";

/** The properties of these items, in their order. Errors: lists that do not fit, or a property that is not there. */
export function propertiesOf(
  source: Source,
  iprp: Box,
  ids: ReadonlySet<number>,
): ReadonlyMap<number, readonly Box[]> {
  const found = new Map<number, Box[]>();
  let known: Box[] = [];
  for (const box of childrenOf(source, iprp)) {
    if (box.type === "ipco") known = [...childrenOf(source, box)];
    if (box.type !== "ipma") continue;
    for (const [id, index] of associationsOf(source, box)) {
      // 0: nothing.
      if (index === 0 || !ids.has(id)) continue;
      const property = known[index - 1];
      if (!property) throw new Error("a property that is not there");
      const those = found.get(id);
      if (those) those.push(property);
      else found.set(id, [property]);
    }
  }
  return found;
}

function* associationsOf(source: Source, { body, end }: Box): Generator<[id: number, index: number]> {
  const idBytes = source.number(body, 1) === 0 ? 2 : 4;
  const indexBytes = source.number(body + 3, 1) & 1 ? 2 : 1;
  let at = body + 4;
  const take = (bytes: number) => {
    at += bytes;
    if (at > end) throw new Error("a list of properties that is cut off");
    return source.number(at - bytes, bytes);
  };
  for (let items = take(4); items > 0; items--) {
    const id = take(idBytes);
    // The first bit of an index says whether a reader must know the property.
    for (let count = take(1); count > 0; count--)
      yield [id, take(indexBytes) & (indexBytes === 2 ? 0x7fff : 0x7f)];
  }
}

/** `ispe`: as it is stored. Errors: there is none, or it is empty. */
export function sizeOf(source: Source, properties: readonly Box[] = []): Size {
  const box = properties.find(({ type }) => type === "ispe");
  if (!box || box.end - box.body < 12) throw new Error("a picture without size");
  const size = { width: source.number(box.body + 4, 4), height: source.number(box.body + 8, 4) };
  if (size.width === 0 || size.height === 0) throw new Error("a picture without size");
  return size;
}

/** How to show what is stored: a part of it, mirrored (left and right change places), then turned clockwise. */
export interface View extends Size {
  left: number;
  top: number;
  mirrored: boolean;
  rotation: RawPixels["rotation"];
}

/** `clap`, `irot` and `imir`, each applied to what the ones before have made of it. Errors: a part beyond the whole. */
export function viewOf(source: Source, properties: readonly Box[], whole: Size): View {
  let [part, mirrored, turns] = [{ ...whole, left: 0, top: 0 }, false, 0];
  for (const box of properties) {
    if (box.type === "clap") {
      // MIAF (ISO/IEC 23000-22, 7.3.6.7) has it first; elsewhere it would count what is turned already.
      if (turns === 0 && !mirrored) part = clean(source, box, whole);
    } else if (box.type === "irot") {
      turns -= byteOf(source, box) & 3; // anti-clockwise
    } else if (box.type === "imir") {
      // 1: left and right change places. Otherwise top and bottom: that is the same, turned halfway round.
      const half = byteOf(source, box) & 1 ? 0 : 2;
      [mirrored, turns] = [!mirrored, half - turns];
    }
  }
  return { ...part, mirrored, rotation: ((turns & 3) * 90) as View["rotation"] };
}

function byteOf(source: Source, { body, end }: Box): number {
  if (body === end) throw new Error("an empty property");
  return source.number(body, 1);
}

/** The clean aperture: four fractions, size and distance of the centres (ISO/IEC 14496-12, 12.1.4). */
function clean(source: Source, { body, end }: Box, whole: Size) {
  if (end - body < 32) throw new Error("a part without size");
  const fraction = (i: number) => (source.number(body + i * 8, 4) | 0) / source.number(body + i * 8 + 4, 4);
  const [width, height] = [Math.round(fraction(0)), Math.round(fraction(1))];
  const left = Math.round((whole.width - width) / 2 + fraction(2));
  const top = Math.round((whole.height - height) / 2 + fraction(3));
  const fits = width > 0 && height > 0 && left >= 0 && top >= 0;
  if (!fits || !(left + width <= whole.width) || !(top + height <= whole.height)) {
    throw new Error("a part that is not in the picture");
  }
  return { width, height, left, top };
}
