import { codecsFile } from "../../src/platform/inspector/codecs/location.ts";
import type { Decoders } from "../../src/platform/inspector/decoders.ts";

/** Neither decoders of our own nor ffmpeg, whatever this machine has. */
export const noDecoders: Decoders = { codecs: undefined, ffmpeg: undefined };

/** Where `npm run build:codecs` has put our own. */
export function madeCodecs(): string {
  const file = codecsFile();
  if (file === undefined) throw new Error("the decoders are missing: npm run build:codecs");
  return file;
}
