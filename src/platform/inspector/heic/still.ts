import type { Box } from "../isobmff/boxes.ts";
import { mostPixels, type Size } from "../image/codec.ts";
import type { Source } from "../source.ts";
import {
  boxOf,
  join,
  type Meta,
  partsOf,
  type Piece,
  placesOf,
  primaryOf,
  readMeta,
  typesOf,
} from "./meta.ts";
import { propertiesOf, sizeOf, type View, viewOf } from "./properties.ts";

/** The picture of a HEIF file. */
export interface Still extends Size {
  /** Of others only the size is known. */
  codec: "hevc" | "av1" | "other";
  /** Of HEVC. */
  layout?: Layout;
}

/** How a picture is stored: as tiles, row by row, or as a single one. */
export interface Layout {
  /** What the decoder has to know (hvcC). */
  description: Uint8Array;
  columns: number;
  tile: Size;
  tiles: readonly (readonly Piece[])[];
  view: View;
}

const codecs = new Map<string, Still["codec"]>([
  ["hvc1", "hevc"],
  ["av01", "av1"],
]);

/**
 * Finds out about the primary picture of a HEIF file (ISO/IEC 23008-12); undefined where there is none, only a film.
 * Errors: what is not as it says, or has more than `mostPixels`. The pixels are not looked at.
 */
export function readStill(source: Source): Still | undefined {
  const meta = readMeta(source);
  if (!meta) return undefined;
  const id = primaryOf(source, meta);
  const type = typesOf(source, meta, new Set([id])).get(id)!;
  return type === "grid" ? readGrid(source, meta, id) : readSingle(source, meta, id, type);
}

function readSingle(source: Source, meta: Meta, id: number, type: string): Still {
  const ids = new Set([id]);
  const properties = propertiesOf(source, boxOf(meta, "iprp"), ids).get(id) ?? [];
  const size = sizeOf(source, properties);
  const view = viewOf(source, properties, size);
  const still = { ...shown(view, size), codec: codecs.get(type) ?? "other" };
  if (still.codec !== "hevc") return still;
  const description = configurationOf(source, properties);
  const tiles = [...placesOf(source, meta, ids).values()];
  return { ...still, layout: { description, columns: 1, tile: size, tiles, view } };
}

function readGrid(source: Source, meta: Meta, id: number): Still {
  const { columns, rows, ...size } = gridOf(source, placesOf(source, meta, new Set([id])).get(id)!);
  const parts = partsOf(source, meta, id);
  if (parts.length !== columns * rows) throw new Error("a grid with other tiles than it says");
  const ids = new Set(parts);
  const properties = propertiesOf(source, boxOf(meta, "iprp"), new Set([id, ...ids]));
  const view = viewOf(source, properties.get(id) ?? [], size);
  const types = new Set(typesOf(source, meta, ids).values());
  const only = types.size === 1 ? [...types][0]! : "";
  const still = { ...shown(view, size), codec: codecs.get(only) ?? "other" };
  if (still.codec !== "hevc") return still;
  const tile = sizeOf(source, properties.get(parts[0]!));
  if (tile.width * columns < size.width || tile.height * rows < size.height) {
    throw new Error("tiles that do not fill their grid");
  }
  const description = sharedConfiguration(
    source,
    [...ids].map((one) => properties.get(one) ?? []),
  );
  // One decoder shows them all.
  if (!description) return { ...still, codec: "other" };
  const places = placesOf(source, meta, ids);
  return {
    ...still,
    layout: { description, columns, tile, tiles: parts.map((one) => places.get(one)!), view },
  };
}

/** As people see it. */
function shown({ width, height, rotation }: View, stored: Size): Size {
  if (stored.width * stored.height > mostPixels) {
    throw new Error(`${stored.width} by ${stored.height} pixels are too many`);
  }
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** ISO/IEC 23008-12, 6.6.2.3: 256 rows and columns at most. */
function gridOf(source: Source, pieces: readonly Piece[]) {
  const length = pieces.reduce((sum, one) => sum + one.length, 0);
  // Longer ones would be read whole.
  if (length < 8 || length > 64) throw new Error("a grid of unknown form");
  const bytes = join(source, pieces);
  const isLong = (bytes[1]! & 1) === 1;
  if (bytes[0] !== 0 || (isLong && length < 12)) throw new Error("a grid of unknown form");
  const [width, height] = isLong
    ? [bytes.readUInt32BE(4), bytes.readUInt32BE(8)]
    : [bytes.readUInt16BE(4), bytes.readUInt16BE(6)];
  if (width === 0 || height === 0) throw new Error("a picture without size");
  return { rows: bytes[2]! + 1, columns: bytes[3]! + 1, width, height };
}

function configurationOf(source: Source, properties: readonly Box[]): Buffer {
  const box = properties.find(({ type }) => type === "hvcC");
  if (!box) throw new Error("a picture that does not say how it is coded");
  return source.bytes(box.body, box.end - box.body);
}

/** Undefined where they differ. */
function sharedConfiguration(source: Source, all: readonly (readonly Box[])[]): Buffer | undefined {
  const shared = configurationOf(source, all[0]!);
  const boxes = new Set(all.map((one) => one.find(({ type }) => type === "hvcC")));
  for (const box of boxes) {
    if (!configurationOf(source, box ? [box] : []).equals(shared)) return undefined;
  }
  return shared;
}
