import { type Images, mostPixels, type RawPixels, type Size } from "./codec.ts";
import { bitmapOf, cutSquare } from "./pixels.ts";
import { isWhole } from "./whole.ts";

/** Of 100: what is lost cannot be seen. */
const rewrittenQuality = 92;

/** Images by the codec that is part of Bun, for a machine on which sharp does not load. */
export function bunImages(reason: string): Images {
  return {
    codec: "bun",
    reason,
    async size(file) {
      const { width, height } = await open(file).metadata();
      return { width, height };
    },
    async thumbnail(source, to, side) {
      const image = await openWhole(source);
      return write(image.resize(side, side, { fit: "inside", withoutEnlargement: true }), to);
    },
    async rewrite(file, to) {
      const { format } = await open(file).metadata();
      const image = await openWhole(file);
      if (format === "jpeg") await image.jpeg({ quality: rewrittenQuality }).write(to);
      else if (format === "webp") await image.webp({ quality: rewrittenQuality }).write(to);
      else if (format === "png") await image.png().write(to);
      else throw new Error(`Bun's codec does not write ${format}`);
    },
    async square(source, to, side) {
      const { width, height } = typeof source === "string" ? await this.size(source) : uprightSize(source);
      const scale = side / Math.min(width, height);
      const wide = Math.round(width * scale);
      const high = Math.round(height * scale);
      if (wide * high > mostPixels) throw new Error("the picture is too long and narrow for a square");
      const image = (await openWhole(source)).resize(wide, high);
      const pixels = cutSquare(await image.png({ compressionLevel: 0 }).bytes(), side);
      return write(new Bun.Image(bitmapOf(pixels)), to);
    },
  };
}

/** By its path the file is read outside the JavaScript heap. */
function open(file: string): Bun.Image {
  return new Bun.Image(file, { maxPixels: mostPixels });
}

function uprightSize({ width, height, rotation }: RawPixels): Size {
  return rotation % 180 === 0 ? { width, height } : { width: height, height: width };
}

/** The codec fills up with grey what is missing in a JPEG, and leaves the rest of a GIF empty. */
async function openWhole(source: string | RawPixels): Promise<Bun.Image> {
  if (typeof source !== "string") {
    return new Bun.Image(bitmapOf(source), { maxPixels: mostPixels }).rotate(source.rotation);
  }
  const bytes = await Bun.file(source).bytes();
  if (isMovingWebp(bytes)) throw new Error("Bun's codec does not read a WebP that moves");
  if (!isWhole(bytes)) throw new Error("the image ends before its end");
  return new Bun.Image(bytes, { maxPixels: mostPixels });
}

/** Flag A of the extended header (RFC 9649, 2.7). */
function isMovingWebp(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 21));
  return head.toString("latin1", 8, 16) === "WEBPVP8X" && (head[20]! & 2) !== 0;
}

async function write(image: Bun.Image, to: string): Promise<Size> {
  await image.webp().write(to);
  return { width: image.width, height: image.height };
}
