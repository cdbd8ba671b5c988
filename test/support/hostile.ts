import { jpegWithManyScans } from "./hostile/jpeg.ts";
import { webmWithManyBlocks } from "./hostile/film.ts";

/*
 * Files that harm whoever looks into them carelessly, made in code: small in memory while they are made, and quick.
 */

export * from "./hostile/archive.ts";
export * from "./hostile/film.ts";
export * from "./hostile/jpeg.ts";
export * from "./hostile/names.ts";
export * from "./hostile/picture.ts";
export * from "./hostile/png.ts";

/** A valid JPEG of 700 KB and 49 megapixels: sharp 0.35 (libvips 8.18) works at its thumbnail for more than a minute. */
export function burning(): Uint8Array {
  return jpegWithManyScans(8_000);
}

/** A voice note of 35 MB that makes mediabunny 1.61 take more than a gigabyte to know how long it is. */
export async function swellingSound(): Promise<Uint8Array> {
  return webmWithManyBlocks(5_000_000);
}
