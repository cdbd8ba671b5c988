/** The upper bound of thumbnails: sharp as it comes, one photo after another; says how many a second. */
import sharp from "sharp";

export interface BareThumbnailsInput {
  files: string[];
  /** Where each thumbnail is written, one over the other. */
  to: string;
  side: number;
}

const { files, to, side } = JSON.parse(await Bun.stdin.text()) as BareThumbnailsInput;
// The first one loads the codec.
await thumbnail(files[0]!);
const started = performance.now();
for (const file of files) await thumbnail(file);
process.send!((files.length * 1000) / (performance.now() - started));
process.exit(0);

async function thumbnail(file: string): Promise<void> {
  await sharp(file, { autoOrient: true }).resize(side, side, { fit: "inside" }).webp().toFile(to);
}
