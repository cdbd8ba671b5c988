import type { Metadata, Sharp, SharpOptions } from "sharp";

import { unpackInto } from "../native/addon.ts";
import { type Images, TooLarge } from "./codec.ts";
import { type Drawn, repairing } from "./repairing.ts";

/** All that libvips may open: its other loaders (TIFF, SVG, its own format, tables …) are not for strangers' files. */
const loaders = ["Jpeg", "Png", "Nsgif", "Webp", "Heif"].map((name) => `VipsForeignLoad${name}`);

/**
 * The largest picture that is decoded: phones make up to 200 million pixels (measured, of noise: 3.6 s as a JPEG, which
 * is made smaller while it is decoded, and twice as long as a PNG).
 */
const mostPixels = 256_000_000;
/** With the program around it, what a decoder holds stays below 512 MB. */
const mostHeldBytes = 350_000_000;
/**
 * That of a JPEG or WebP. Few pixels in a line of millions would cost the scaler minutes.
 */
const longestSide = 65_535;

const options: SharpOptions = {
  // Heads are read of all; what is decoded, `checkCost` says.
  limitInputPixels: false,
  failOn: "none",
  sequentialRead: true,
  autoOrient: true,
};
/**
 * What goes from top to bottom is shown as far as it goes, as in browsers; of others damage is an error ("warning" would
 * be too much).
 */
const failOn = (format: string) => (["jpeg", "gif"].includes(format) ? "none" : "error");

/** Images by sharp, which in the executable is unpacked below `cacheDirectory`. Throws where it cannot be loaded. */
export async function sharpImages(cacheDirectory: string): Promise<Images> {
  unpackInto(cacheDirectory);
  const { default: sharp } = await import("sharp");
  // One image after another, each seen once: caches and threads would only cost memory.
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders });

  const open = async (source: Drawn): Promise<Sharp> => {
    if (typeof source === "string" || Buffer.isBuffer(source)) {
      const metadata = await sharp(source, options).metadata();
      checkCost(metadata);
      return sharp(source, { ...options, failOn: failOn(metadata.format) });
    }
    const { data, width, height, channels, rotation } = source;
    return sharp(data, { limitInputPixels: mostPixels, raw: { width, height, channels } }).rotate(rotation);
  };

  return {
    codec: "sharp",
    async size(file) {
      const { autoOrient } = await sharp(file, options).metadata();
      return { width: autoOrient.width, height: autoOrient.height };
    },
    thumbnail: repairing(async (source, to, side, seconds) => {
      const image = await open(source);
      return write(image.resize(side, side, { fit: "inside", withoutEnlargement: true }), to, seconds);
    }),
    square: repairing(async (source, to, side, seconds) => {
      const image = await open(source);
      return write(image.resize(side, side, { fit: "cover" }), to, seconds);
    }),
  };
}

/** Most decoders work line by line. Errors: `TooLarge`. */
function checkCost(metadata: Metadata): void {
  const { format, width, height } = metadata;
  const pixels = width * height;
  const isLong = Math.max(width, height) > longestSide;
  if (isLong || pixels > mostPixels || pixels * heldBytes(metadata) > mostHeldBytes) {
    throw new TooLarge(`${width} by ${height} pixels are too many for this kind of ${format}`);
  }
}

/** What a decoder holds for each pixel, in bytes (measured: AVIF of 10 bits without subsampling, GIF). */
function heldBytes({ format, isProgressive, chromaSubsampling, channels }: Metadata): number {
  if (format === "heif") return 25;
  if (format === "gif") return 5;
  if (format === "webp") return 4;
  // What comes in several passes: 16 bits for every channel.
  if (!isProgressive) return 0;
  return format === "jpeg" && chromaSubsampling === "4:2:0" ? 3 : channels * 2;
}

/** `seconds`: the most that it may take. Errors: `TooLarge` beyond them. */
async function write(image: Sharp, to: string, seconds = 0) {
  try {
    const { width, height } = await image.timeout({ seconds }).webp().toFile(to);
    return { width, height };
  } catch (error) {
    if (error instanceof Error && error.message.includes("timeout: ")) throw new TooLarge(error.message);
    throw error;
  }
}
