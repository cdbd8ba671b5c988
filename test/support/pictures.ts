/** Small pictures whose four corners have colours of their own, in the formats of cameras and of the web. */
import sharp, { type Sharp } from "sharp";

// Tests write one file after another under one name: a cache would answer with the earlier one.
sharp.cache(false);

export const width = 96;
export const height = 64;

type Colour = [red: number, green: number, blue: number];

/** From the upper left to the lower right. */
export const corners: Colour[] = [
  [220, 40, 40],
  [40, 200, 40],
  [40, 40, 220],
  [230, 220, 50],
];

/** The colour of the picture there. */
function colourAt(x: number, y: number): Colour {
  return corners[(x < width / 2 ? 0 : 1) + (y < height / 2 ? 0 : 2)]!;
}

/** Where a camera puts what people see at (x, y), by the Exif orientation that it writes down with it. */
const cameras: ((x: number, y: number) => [x: number, y: number])[] = [
  (x, y) => [x, y],
  (x, y) => [width - 1 - x, y],
  (x, y) => [width - 1 - x, height - 1 - y],
  (x, y) => [x, height - 1 - y],
  (x, y) => [y, x],
  (x, y) => [y, width - 1 - x],
  (x, y) => [height - 1 - y, width - 1 - x],
  (x, y) => [height - 1 - y, x],
];

/** The picture's pixels as they are stored with this orientation, 1 to 8. */
export function pixels(channels: 3 | 4 = 3, orientation = 1, alpha = 255) {
  const [w, h] = orientation < 5 ? [width, height] : [height, width];
  const data = Buffer.alloc(w * h * channels, alpha);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [toX, toY] = cameras[orientation - 1]!(x, y);
      data.set(colourAt(x, y), (toY * w + toX) * channels);
    }
  }
  return { data, width: w, height: h, channels };
}

export function picture(orientation = 1): Sharp {
  const { data, ...raw } = pixels(3, orientation);
  const image = sharp(data, { raw });
  return orientation === 1 ? image : image.withMetadata({ orientation });
}

/** Three pictures one after another, of which the first is ours and the others are black. */
export function several(): Sharp {
  const { data, ...raw } = pixels();
  const all = Buffer.concat([data, Buffer.alloc(2 * data.length)]);
  return sharp(all, { raw: { ...raw, height: 3 * height, pageHeight: height } });
}

/** By what a person would call them. */
export const formats: Record<string, () => Sharp> = {
  "a JPEG": () => picture().jpeg(),
  "a progressive JPEG": () => picture().jpeg({ progressive: true }),
  "a PNG": () => picture().png(),
  "an interlaced PNG": () => picture().png({ progressive: true }),
  "a PNG with a palette": () => picture().png({ palette: true }),
  "a PNG of 16 bits": () => picture().toColourspace("rgb16").png(),
  "a GIF": () => picture().gif(),
  "a GIF that moves": () => several().gif(),
  "a WebP": () => picture().webp(),
  "a lossless WebP": () => picture().webp({ lossless: true }),
};

/** What Bun's codec does not read. */
export const formatsOfSharp: Record<string, () => Sharp> = {
  "a WebP that moves": () => several().webp(),
  "an AVIF": () => picture().avif({ effort: 0 }),
  "a JPEG for printing": () => picture().toColourspace("cmyk").jpeg(),
};

/** The colours in the middle of the four quarters of a file. */
export async function cornersOf(file: string): Promise<Colour[]> {
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return [0, 1, 2, 3].map((corner) => {
    const x = Math.floor(info.width * (corner % 2 === 0 ? 0.25 : 0.75));
    const y = Math.floor(info.height * (corner < 2 ? 0.25 : 0.75));
    const [red, green, blue] = data.subarray((y * info.width + x) * info.channels);
    return [red!, green!, blue!];
  });
}

/** The greatest difference of any channel. */
export function difference(a: Colour[], b: Colour[]): number {
  return Math.max(...a.flat().map((value, i) => Math.abs(value - b.flat()[i]!)));
}
