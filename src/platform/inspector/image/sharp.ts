import type { Metadata, Sharp, SharpOptions } from "sharp";

import { unpackInto } from "../native/addon.ts";
import { type Images, mostPixels, type RawPixels } from "./codec.ts";

/** All that libvips may open: its other loaders (SVG, its own format, tables of numbers …) are not for strangers' files. */
const loaders = ["Jpeg", "Png", "Nsgif", "Webp", "Heif", "Tiff"].map((name) => `VipsForeignLoad${name}`);

/** With the program around it, what a decoder holds stays below 512 MB. */
const mostHeldBytes = 350_000_000;

/** Of 100: what is lost cannot be seen. */
const quality = 92;
/** How each format is written anew: nothing is lost where its own form loses nothing, and AVIF takes no minutes. */
const rewriting = {
  jpeg: { quality },
  png: {},
  webp: { quality },
  gif: {},
  avif: { quality, effort: 0 },
  tiff: { compression: "deflate" },
} as const;

const options: SharpOptions = {
  limitInputPixels: mostPixels,
  // "truncated" lets damaged TIFFs pass; "warning" refuses photos for a stray byte between two segments.
  failOn: "error",
  sequentialRead: true,
  autoOrient: true,
};

/** Images by sharp, which in the executable is unpacked below `cacheDirectory`. Throws where it cannot be loaded. */
export async function sharpImages(cacheDirectory: string): Promise<Images> {
  unpackInto(cacheDirectory);
  const { default: sharp } = await import("sharp");
  // One image after another, each seen once: caches and threads would only cost memory.
  sharp.cache(false);
  sharp.concurrency(1);
  sharp.block({ operation: ["VipsForeignLoad"] });
  sharp.unblock({ operation: loaders });

  const open = async (source: string | RawPixels): Promise<Sharp> => {
    if (typeof source === "string") {
      const image = sharp(source, options);
      checkMemory(await image.metadata());
      return image;
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
    async thumbnail(source, to, side) {
      const image = await open(source);
      return write(image.resize(side, side, { fit: "inside", withoutEnlargement: true }), to);
    },
    async rewrite(file, to) {
      const metadata = await sharp(file, options).metadata();
      checkMemory(metadata);
      const pages = metadata.pages ?? 1;
      const image = sharp(file, { ...options, animated: pages > 1 }).keepIccProfile();
      const format = (metadata.format === "heif" ? "avif" : metadata.format) as keyof typeof rewriting;
      await image.toFormat(format, rewriting[format]).toFile(to);
    },
    async square(source, to, side) {
      const image = await open(source);
      return write(image.resize(side, side, { fit: "cover" }), to);
    },
  };
}

/**
 * Most decoders work line by line, or hold 4 bytes a pixel. More is needed by AVIF (measured: 25 bytes a pixel at 10
 * bits without subsampling) and by what comes in several passes (16 bits for every channel).
 */
function checkMemory({ format, isProgressive, channels, width, height }: Metadata): void {
  const held = format === "heif" ? 25 : isProgressive ? channels * 2 : 4;
  if (width * height * held > mostHeldBytes) {
    throw new Error(`${width} by ${height} pixels are too many for this kind of ${format}`);
  }
}

async function write(image: Sharp, to: string) {
  const { width, height } = await image.webp().toFile(to);
  return { width, height };
}
