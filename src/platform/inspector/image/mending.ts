import { readFile } from "node:fs/promises";

import { withoutBrokenSegment } from "../jpeg/broken.ts";
import { type RawPixels, type Size, TooLarge } from "./codec.ts";

/** A file, what was one, or pixels. */
export type Drawn = string | Buffer | RawPixels;

/** Draws a JPEG that breaks off where no decoder goes on once more, without what is broken. */
export function mending(
  draw: (source: Drawn, to: string, side: number, seconds?: number) => Promise<Size>,
): typeof draw {
  return async (source, to, side, seconds) => {
    try {
      return await draw(source, to, side, seconds);
    } catch (error) {
      if (typeof source !== "string" || error instanceof TooLarge) throw error;
      const file = await readFile(source).catch(() => Buffer.alloc(0));
      const mended = file[0] === 0xff ? withoutBrokenSegment(file) : undefined;
      if (!mended) throw error;
      return draw(mended, to, side, seconds);
    }
  };
}
