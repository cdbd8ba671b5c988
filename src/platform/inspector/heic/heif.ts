/** How a picture is made of a HEIF or AVIF file, whichever way is the quickest that works. */
import { posterByFfmpeg } from "../ffmpeg.ts";
import { type RawPixels, type Size, TooLarge } from "../image.ts";
import type { Job } from "../inspector.ts";
import type { Source } from "../source.ts";
import type { Decoders } from "../decoders.ts";
import { decodeStill } from "./decode.ts";
import { decodeStillByFfmpeg } from "./ffmpeg.ts";
import { fitted } from "../fit.ts";
import { readSequence } from "./sequence.ts";
import { readPreview, readStill, type Still } from "./still.ts";

/** Small pictures are cut to whole pixels. */
const likeness = 0.03;

/** As people see it. Undefined where it does not say. Errors: what is not as it says. */
export function sizeOfHeif(source: Source): Size | undefined {
  const still = readStill(source) ?? readSequence(source);
  return still && { width: still.width, height: still.height };
}

/**
 * `draw` writes the picture of a file or of pixels; false where that is too large. False, too, where there is none that
 * anybody here can decode. Errors: it is damaged.
 */
export async function drawHeif(
  decoders: Decoders,
  source: Source,
  job: Job,
  draw: (from: string | RawPixels) => Promise<boolean>,
): Promise<boolean> {
  const still = readStill(source) ?? readSequence(source);
  if (!still) return false;
  // In colours that others leave out, and with what is transparent.
  if (still.codec !== "hevc" && (await draw(job.file).catch(() => false))) return true;
  if (still.codec === "other") return false;
  const { codecs, ffmpeg } = decoders;
  let pixels: RawPixels | undefined;
  if (codecs !== undefined) pixels = await decode(codecs, source, still, job);
  else if (ffmpeg !== undefined) pixels = await askFfmpeg(ffmpeg, source, still, job);
  return pixels !== undefined && draw(pixels);
}

/** It reads AVIF itself; of HEIC most versions know only single tiles. */
function askFfmpeg(
  program: string,
  source: Source,
  still: Still,
  { file, picture }: Job,
): Promise<RawPixels | undefined> {
  if (still.codec === "hevc") return decodeStillByFfmpeg(program, source, still, picture);
  return posterByFfmpeg(program, { file, container: "mov" }, { at: 0, size: fitted(still, picture) });
}

/** The preview where it is enough, or the only one that can be had in time. */
async function decode(
  codecs: string,
  source: Source,
  still: Still,
  job: Job,
): Promise<RawPixels | undefined> {
  const preview = previewOf(source, still);
  const drawPreview = async () => preview && decodeStill(codecs, source, preview, job.picture);
  if (preview && isEnough(preview, job)) {
    const pixels = await drawPreview().catch(() => undefined);
    if (pixels) return pixels;
  }
  try {
    return await decodeStill(codecs, source, still, job.picture, job.seconds);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    return drawPreview();
  }
}

/** One that shows the same: not that of another picture, nor one that has not been turned with it. */
function previewOf(source: Source, still: Still): Still | undefined {
  try {
    const preview = readPreview(source);
    if (!preview?.layout || !still.layout) return undefined;
    const [one, other] = [preview.layout.view, still.layout.view];
    const isTurned = one.rotation === other.rotation && one.mirrored === other.mirrored;
    const ratio = one.width / one.height / (other.width / other.height);
    return isTurned && Math.abs(ratio - 1) < likeness ? preview : undefined;
  } catch {
    return undefined;
  }
}

function isEnough({ width, height }: Size, { picture: { side, square } }: Job): boolean {
  return (square ? Math.min(width, height) : Math.max(width, height)) >= side;
}
