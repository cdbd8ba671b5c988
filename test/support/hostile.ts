import { jpegWithManyScans } from "./hostile/jpeg.ts";
import { flatTiff } from "./hostile/tiff.ts";
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
export * from "./hostile/tiff.ts";

/** A valid JPEG of 700 KB and 49 megapixels: sharp 0.35 (libvips 8.18) works at its thumbnail for more than a minute. */
export function burning(): Uint8Array {
  return jpegWithManyScans(8_000);
}

/** A valid TIFF of 9 KB, one pixel wide and 50 megapixels high: sharp works at its thumbnail for more than 10 s. */
export function burningTall(): Uint8Array {
  return flatTiff(1, 49_999_999, 50_000);
}

/** A valid TIFF of 40 KB, 5,000,000 by 10 and to be turned: sharp takes 7.6 GB of memory for its thumbnail. */
export function swelling(): Uint8Array {
  return flatTiff(5_000_000, 10, 1, 6);
}

/** A voice note of 14 MB that makes mediabunny 1.61 take 600 MB to know how long it is. */
export async function swellingSound(): Promise<Uint8Array> {
  return webmWithManyBlocks(2_000_000);
}
