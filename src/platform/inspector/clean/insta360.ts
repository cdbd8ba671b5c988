/**
 * What cameras of Insta360 put behind a film or picture: records, each with its kind and length behind it, and at the
 * end a name. It is documented by programs that read it (ExifTool, Insta360 trailer).
 */
import type { Source } from "../source.ts";
import { type Patches, zero } from "./patches.ts";

const name = "8db42d694ccc418790edff439fe026bf";
/** Of what stands behind the last record: its kind and length, 32 bytes of other things, and the name. */
const tailBytes = 78;
const recordTail = 6;
const positions = 0x700;

/**
 * Zeroes where the camera has been; other records are lenses and movements, without which nobody can show the film. False
 * where there are none.
 */
export function planInsta360(source: Source, patches: Patches, from: number): boolean {
  const { size } = source;
  if (size - from < tailBytes || source.text(size - name.length, name.length) !== name) return false;
  let tail = size - tailBytes;
  for (;;) {
    const kind = source.view(tail, 2).readUInt16LE();
    const length = source.view(tail + 2, 4).readUInt32LE();
    if (length === 0 || tail - length < from) return true;
    if (kind === positions) zero(source, patches, tail - length, length);
    tail -= length + recordTail;
    if (tail < from) return true;
  }
}
