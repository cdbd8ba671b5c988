import { bunImages } from "./image/bun.ts";
import type { Images } from "./image/codec.ts";
import { sharpImages } from "./image/sharp.ts";

export { type Images, type RawPixels, type Size, TooLarge } from "./image/codec.ts";

/**
 * Which codec looks at images: sharp, or Bun's own where sharp's addon cannot be loaded. The executable unpacks the
 * addon below `cacheDirectory`, which it makes, once for each version.
 */
export async function openImages(cacheDirectory: string): Promise<Images> {
  try {
    return await sharpImages(cacheDirectory);
  } catch (error) {
    return bunImages(error instanceof Error ? error.message : String(error));
  }
}
