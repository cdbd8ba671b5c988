/** Photos as phones put them together: tiles of one film, and what is said of them (ISO/IEC 23008-12). */
import { join } from "../../src/platform/inspector/heic/meta.ts";
import { readStill } from "../../src/platform/inspector/heic/still.ts";
import { Source } from "../../src/platform/inspector/source.ts";

export const u8 = (...values: number[]) => Buffer.from(values);
export const u16 = (...values: number[]) =>
  Buffer.concat(values.map((one) => u8((one >> 8) & 255, one & 255)));
export const u32 = (...values: number[]) => Buffer.concat(values.map((one) => u16(one >>> 16, one & 0xffff)));
export const box = (type: string, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u32(8 + body.length), Buffer.from(type, "latin1"), body]);
};
const full = u32(0);

/** A picture in one piece. */
export interface Coded {
  bytes: Uint8Array;
  /** What is in hvcC. */
  description: Uint8Array;
  width: number;
  height: number;
}

export interface Photo {
  tiles: readonly Uint8Array[];
  /** Of each tile. */
  tile: Omit<Coded, "bytes">;
  columns: number;
  width: number;
  height: number;
  /** Of the whole: `irot`, `clap` … */
  properties?: readonly Uint8Array[];
  preview?: Coded;
  /** Other items about it, each with its kind (`Exif`, or what `mime` holds). */
  descriptions?: readonly { kind: string; bytes: Uint8Array }[];
}

/** The file of a photo. */
export function heicOf(photo: Photo): Buffer {
  const { tiles, preview, descriptions = [] } = photo;
  const stored = [...tiles, ...(preview ? [preview.bytes] : []), ...descriptions.map((one) => one.bytes)];
  const head = box("ftyp", Buffer.from("heic"), full, Buffer.from("mif1heic"));
  const start = head.length + metaOf(photo, stored, 0).length + 8;
  return Buffer.concat([head, metaOf(photo, stored, start), box("mdat", ...stored)]);
}

function metaOf(photo: Photo, stored: readonly Uint8Array[], first: number): Buffer {
  const { tiles, tile, columns, width, height, properties = [], preview, descriptions = [] } = photo;
  const grid = stored.length + 1;
  const ids = tiles.map((_, i) => i + 1);
  const previewId = tiles.length + 1;
  const size = (of: { width: number; height: number }) => box("ispe", full, u32(of.width, of.height));
  /** The tiles share the first two properties; the grid has the others, and then comes the preview's. */
  const own = [size(photo), ...properties];
  const previews = preview ? [box("hvcC", preview.description), size(preview)] : [];
  const known = box("ipco", box("hvcC", tile.description), size(tile), ...own, ...previews);
  const has = (id: number, ...indexes: number[]) => Buffer.concat([u16(id), u8(indexes.length, ...indexes)]);
  const associations = [
    ...ids.map((id) => has(id, 0x81, 2)),
    ...(preview ? [has(previewId, 0x83 + own.length, 4 + own.length)] : []),
    has(grid, ...own.map((_, i) => 3 + i)),
  ];
  const info = (id: number, type: string, flags: number, rest = "") =>
    box("infe", u8(2, 0, 0, flags), u16(id, 0), Buffer.from(`${type}\0${rest}`));
  const about = descriptions.map(({ kind }, i) => {
    const id = grid - descriptions.length + i;
    return kind === "Exif" ? info(id, kind, 1) : info(id, "mime", 1, `${kind}\0`);
  });
  // Of these the tiles are not to be shown alone (1).
  const infos = [...ids.map((id) => info(id, "hvc1", 1)), ...(preview ? [info(previewId, "hvc1", 0)] : [])];
  const layout = Buffer.concat([u8(0, 1, tiles.length / columns - 1, columns - 1), u32(width, height)]);
  let at = first;
  const places = stored.map(({ length }, i) => {
    at += length;
    return Buffer.concat([u16(i + 1, 0, 0, 1), u32(at - length, length)]);
  });
  // The grid is in `idat` (1), the others are in the file (0).
  places.push(Buffer.concat([u16(grid, 1, 0, 1), u32(0, layout.length)]));
  const references = [box("dimg", u16(grid, tiles.length, ...ids))];
  if (preview) references.push(box("thmb", u16(previewId, 1, grid)));
  return box(
    "meta",
    full,
    box("hdlr", full, full, Buffer.from("pict"), Buffer.alloc(13)),
    box("pitm", full, u16(grid)),
    box("iinf", full, u16(grid), ...infos, ...about, info(grid, "grid", 0)),
    box("iref", full, ...references),
    box("iprp", known, box("ipma", full, u32(associations.length), ...associations)),
    box("idat", layout),
    box("iloc", u32(0x01000000), u16(0x4400, grid), ...places),
  );
}

/** The picture of a file with a single one. */
export function codedIn(path: string): Coded {
  using source = Source.open(path);
  const { tiles, tile, description } = readStill(source)!.layout!;
  return { bytes: join(source, tiles[0]!), description, ...tile };
}

/** The file with other bytes at `shift` behind a name. */
export function changed(file: Buffer, name: string, shift: number, ...bytes: number[]): Buffer {
  const copy = Buffer.from(file);
  const at = file.indexOf(name);
  if (at < 0) throw new Error(`no ${name}`);
  copy.set(bytes, at + 4 + shift);
  return copy;
}
