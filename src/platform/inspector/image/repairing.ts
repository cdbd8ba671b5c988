import { readFile } from "node:fs/promises";

import { withoutBrokenSegment } from "../jpeg/broken.ts";
import { type RawPixels, type Size, TooLarge } from "./codec.ts";

/** A file, what was one, or pixels. */
export type Drawn = string | Buffer | RawPixels;

/** Repair: a JPEG that breaks off where no decoder goes on is drawn once more, without what is broken. */
export function repairing(
  draw: (source: Drawn, to: string, side: number, seconds?: number) => Promise<Size>,
): typeof draw {
  return async (source, to, side, seconds) => {
    try {
      return await draw(source, to, side, seconds);
    } catch (error) {
      if (typeof source !== "string" || error instanceof TooLarge) throw error;
      const file = await readFile(source).catch(() => Buffer.alloc(0));
      const repaired = file[0] === 0xff ? withoutBrokenSegment(file) : undefined;
      if (!repaired) throw error;
      return draw(repaired, to, side, seconds);
    }
  };
}
