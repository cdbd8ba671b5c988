import { type Images, type Size, TooLarge } from "./codec.ts";
import { type Drawn, repairing } from "./repairing.ts";
import { bitmapOf, cutSquare } from "./pixels.ts";

/** It holds all of a picture, four bytes a pixel: 200 MB of the 512 MB that the process may have. */
const mostPixels = 50_000_000;
/** Of heads alone. */
const anySize = Number.MAX_SAFE_INTEGER;

/** Images by the codec that is part of Bun, for a machine on which sharp does not load. */
export function bunImages(reason: string): Images {
  return {
    codec: "bun",
    reason,
    size: uprightSize,
    thumbnail: repairing(async (source, to, side) => {
      const image = await openBounded(source);
      return write(image.resize(side, side, { fit: "inside", withoutEnlargement: true }), to);
    }),
    square: repairing(async (source, to, side) => {
      const { width, height } = await uprightSize(source);
      const scale = side / Math.min(width, height);
      const wide = Math.round(width * scale);
      const high = Math.round(height * scale);
      if (wide * high > mostPixels) throw new TooLarge("the picture is too long and narrow for a square");
      const image = (await openBounded(source)).resize(wide, high);
      const pixels = cutSquare(await image.png({ compressionLevel: 0 }).bytes(), side);
      return write(new Bun.Image(bitmapOf(pixels)), to);
    }),
  };
}

async function uprightSize(source: Drawn): Promise<Size> {
  if (typeof source === "string" || Buffer.isBuffer(source)) {
    const { width, height } = await new Bun.Image(source, { maxPixels: anySize }).metadata();
    return { width, height };
  }
  const { width, height, rotation } = source;
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** Errors: `TooLarge`. */
async function openBounded(source: Drawn): Promise<Bun.Image> {
  if (typeof source !== "string" && !Buffer.isBuffer(source)) {
    return new Bun.Image(bitmapOf(source), { maxPixels: mostPixels }).rotate(source.rotation);
  }
  const bytes = typeof source === "string" ? await Bun.file(source).bytes() : source;
  if (isMovingWebp(bytes)) throw new Error("Bun's codec does not read a WebP that moves");
  const { width, height } = await uprightSize(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  if (width * height > mostPixels) throw new TooLarge(`${width} by ${height} pixels are too many`);
  return new Bun.Image(bytes, { maxPixels: mostPixels });
}

/** Flag A of the extended header (RFC 9649, 2.7). */
function isMovingWebp(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 21));
  return head.length > 20 && head.toString("latin1", 8, 16) === "WEBPVP8X" && (head.readUInt8(20) & 2) !== 0;
}

async function write(image: Bun.Image, to: string): Promise<Size> {
  await image.webp().write(to);
  return { width: image.width, height: image.height };
}
