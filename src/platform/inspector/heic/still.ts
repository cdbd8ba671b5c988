import type { Box } from "../isobmff/boxes.ts";
import type { Size } from "../image/codec.ts";
import type { Source } from "../source.ts";
import { codecs } from "./codecs.ts";
import {
  boxOf,
  type ByteRange,
  join,
  lookUp,
  type Meta,
  partsOf,
  previewsOf,
  primaryOf,
  rangesOf,
  readMeta,
  typesOf,
} from "./meta.ts";
import { propertiesOf, sizeOf, type View, viewOf } from "./properties.ts";

/** A picture of a HEIF file. */
export interface Still extends Size {
  /** Of others only the size is known. */
  codec: "hevc" | "av1" | "other";
  /** Absent for `other`. */
  layout?: Layout;
}

/** How a picture is stored: as tiles, row by row, or as a single one. */
export interface Layout {
  /** What the decoder has to know (hvcC, av1C). */
  description: Uint8Array;
  columns: number;
  tile: Size;
  tiles: readonly (readonly ByteRange[])[];
  view: View;
}

/**
 * Finds out about the primary picture of a HEIF file (ISO/IEC 23008-12); undefined where there is none, only a film.
 * Errors: what is not as it says. The pixels are not looked at.
 */
export function readStill(source: Source): Still | undefined {
  const meta = readMeta(source);
  return meta && readItem(source, meta, primaryOf(source, meta));
}

/** The small picture that the file has of the primary one, where it has one. Errors: as above. */
export function readPreview(source: Source): Still | undefined {
  const meta = readMeta(source);
  if (!meta) return undefined;
  const [preview] = previewsOf(source, meta, primaryOf(source, meta));
  return preview === undefined ? undefined : readItem(source, meta, preview);
}

function readItem(source: Source, meta: Meta, id: number): Still {
  const type = lookUp(typesOf(source, meta, new Set([id])), id);
  return type === "grid" ? readGrid(source, meta, id) : readSingle(source, meta, id, type);
}

function readSingle(source: Source, meta: Meta, id: number, type: string): Still {
  const ids = new Set([id]);
  const properties = propertiesOf(source, boxOf(meta, "iprp"), ids).get(id) ?? [];
  const size = sizeOf(source, properties);
  const view = viewOf(source, properties, size);
  const coded = codecs.get(type);
  if (!coded) return { ...shown(view), codec: "other" };
  const description = configurationOf(source, properties, coded.configuration);
  const tiles = [...rangesOf(source, meta, ids).values()];
  return { ...shown(view), codec: coded.codec, layout: { description, columns: 1, tile: size, tiles, view } };
}

function readGrid(source: Source, meta: Meta, id: number): Still {
  const { columns, rows, ...size } = gridOf(source, lookUp(rangesOf(source, meta, new Set([id])), id));
  const parts = partsOf(source, meta, id);
  const [first] = parts;
  if (first === undefined || parts.length !== columns * rows) {
    throw new Error("a grid with other tiles than it says");
  }
  const ids = new Set(parts);
  const properties = propertiesOf(source, boxOf(meta, "iprp"), new Set([id, ...ids]));
  const view = viewOf(source, properties.get(id) ?? [], size);
  const [type, ...others] = new Set(typesOf(source, meta, ids).values());
  const coded = type === undefined || others.length > 0 ? undefined : codecs.get(type);
  if (!coded) return { ...shown(view), codec: "other" };
  const tile = sizeOf(source, properties.get(first));
  if (tile.width * columns < size.width || tile.height * rows < size.height) {
    throw new Error("tiles that do not fill their grid");
  }
  const description = sharedConfiguration(
    source,
    [...ids].map((one) => properties.get(one) ?? []),
    coded.configuration,
  );
  // One decoder shows them all.
  if (!description) return { ...shown(view), codec: "other" };
  const ranges = rangesOf(source, meta, ids);
  return {
    ...shown(view),
    codec: coded.codec,
    layout: { description, columns, tile, tiles: parts.map((one) => lookUp(ranges, one)), view },
  };
}

/** As people see it. */
function shown({ width, height, rotation }: View): Size {
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** ISO/IEC 23008-12, 6.6.2.3: 256 rows and columns at most. */
function gridOf(source: Source, ranges: readonly ByteRange[]) {
  const length = ranges.reduce((sum, one) => sum + one.length, 0);
  // Longer ones would be read whole.
  if (length < 8 || length > 64) throw new Error("a grid of unknown form");
  const bytes = join(source, ranges);
  const isLong = (bytes.readUInt8(1) & 1) === 1;
  if (bytes[0] !== 0 || (isLong && length < 12)) throw new Error("a grid of unknown form");
  const [width, height] = isLong
    ? [bytes.readUInt32BE(4), bytes.readUInt32BE(8)]
    : [bytes.readUInt16BE(4), bytes.readUInt16BE(6)];
  if (width === 0 || height === 0) throw new Error("a picture without size");
  return { rows: bytes.readUInt8(2) + 1, columns: bytes.readUInt8(3) + 1, width, height };
}

function configurationOf(source: Source, properties: readonly Box[], name: string): Buffer {
  const box = properties.find(({ type }) => type === name);
  if (!box) throw new Error("a picture that does not say how it is coded");
  return source.bytes(box.body, box.end - box.body);
}

/** Undefined where they differ. */
function sharedConfiguration(
  source: Source,
  all: readonly (readonly Box[])[],
  name: string,
): Buffer | undefined {
  const [first = []] = all;
  const shared = configurationOf(source, first, name);
  const boxes = new Set(all.map((one) => one.find(({ type }) => type === name)));
  for (const box of boxes) {
    if (!configurationOf(source, box ? [box] : [], name).equals(shared)) return undefined;
  }
  return shared;
}
