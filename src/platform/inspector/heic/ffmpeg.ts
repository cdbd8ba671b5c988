/** HEIC pictures where our own decoders are missing: their tiles become a film for ffmpeg, which puts them together. */
import { mostPixels, pictureByFfmpeg } from "../ffmpeg.ts";
import type { RawPixels } from "../image.ts";
import type { Source } from "../source.ts";
import { type Fit, fitted } from "../fit.ts";
import { join } from "./meta.ts";
import type { Still } from "./still.ts";

const startCode = Buffer.from([0, 0, 0, 1]);

/** As `decodeStill`. Undefined where it is too large, or ffmpeg cannot decode it. Errors: what is not as it says. */
export async function decodeStillByFfmpeg(
  program: string,
  source: Source,
  { layout }: Still,
  fit: Fit,
): Promise<RawPixels | undefined> {
  if (!layout) return undefined;
  const { description, columns, tile, tiles, view } = layout;
  if (tile.width * tile.height * tiles.length > mostPixels) return undefined;
  const { sets, lengthBytes } = parametersOf(description);
  const stream = Buffer.concat([
    ...sets,
    ...tiles.flatMap((ranges) => unitsOf(join(source, ranges), lengthBytes)),
  ]);
  const { width, height } = fitted(view, fit);
  const filters = [
    // Whatever size a tile really has.
    `scale=${tile.width}:${tile.height}`,
    `tile=${columns}x${tiles.length / columns}`,
    `crop=${view.width}:${view.height}:${view.left}:${view.top}:exact=1`,
    ...(view.mirrored ? ["hflip"] : []),
    `scale=${width}:${height}`,
  ];
  const picture = await pictureByFfmpeg(program, stream, filters.join(","));
  return picture && { ...picture, rotation: view.rotation };
}

/** hvcC (ISO/IEC 14496-15, 8.3.3.1): the parameter sets, and how long the length of a unit is. */
function parametersOf(description: Uint8Array): { sets: Buffer[]; lengthBytes: number } {
  const bytes = Buffer.from(description);
  const sets: Buffer[] = [];
  let at = 23;
  for (let arrays = bytes.readUInt8(22); arrays > 0; arrays--) {
    let units = bytes.readUInt16BE(at + 1);
    for (at += 3; units > 0; units--) {
      const length = bytes.readUInt16BE(at);
      sets.push(startCode, bytes.subarray(at + 2, at + 2 + length));
      at += 2 + length;
    }
  }
  return { sets, lengthBytes: (bytes.readUInt8(21) & 3) + 1 };
}

/** Each unit behind a start code instead of its length (ITU-T H.265, annex B). */
function unitsOf(tile: Buffer, lengthBytes: number): Buffer[] {
  const units: Buffer[] = [];
  for (let at = 0; at + lengthBytes <= tile.length;) {
    const length = tile.readUIntBE(at, lengthBytes);
    at += lengthBytes;
    units.push(startCode, tile.subarray(at, at + length));
    at += length;
  }
  return units;
}
