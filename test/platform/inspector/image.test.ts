/** Looking at images, held against both codecs. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";

import sharp from "sharp";

import { bunImages } from "../../../src/platform/inspector/image/bun.ts";
import { type Images, type RawPixels, TooLarge } from "../../../src/platform/inspector/image/codec.ts";
import { sharpImages } from "../../../src/platform/inspector/image/sharp.ts";
import * as pictures from "../../support/pictures.ts";

const { corners, cornersOf, difference, formats, formatsOfSharp, height, picture, pixels, width } = pictures;

const directory = mkdtempSync(join(tmpdir(), "parley-images-"));
const source = join(directory, "source");
const result = join(directory, "result");
const ofSharp = await sharpImages(directory);
const ofBun = bunImages("sharp is not there");

/** Every picture once, by its name. */
const files = new Map<string, string>();
beforeAll(async () => {
  for (const [name, make] of Object.entries({ ...formats, ...formatsOfSharp })) {
    files.set(name, join(directory, name));
    await make().toFile(files.get(name)!);
  }
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Colours are the same but for what compression makes of them. */
const close = 24;

async function expectRefusal(images: Images, file: string, why: RegExp): Promise<void> {
  for (const method of ["thumbnail", "square"] as const) {
    await expect(images[method](file, result, 32)).rejects.toThrow(why);
    expect(existsSync(result)).toBe(false);
  }
}

/** A PNG whose head says something else than what follows. */
function lyingPng(wide: number, high: number, { depth = 8, interlaced = false } = {}): Buffer {
  const file = readFileSync(files.get("a PNG")!);
  file.writeUInt32BE(wide, 16);
  file.writeUInt32BE(high, 20);
  file[24] = depth;
  file[25] = 6; // with transparency
  file[28] = interlaced ? 1 : 0;
  file.writeUInt32BE(crc32(file.subarray(12, 29)), 29);
  return file;
}

describe.each([
  ["sharp", ofSharp],
  ["Bun", ofBun],
])("with the codec of %s", (codec, images) => {
  const known = codec === "sharp" ? { ...formats, ...formatsOfSharp } : formats;

  test.each(Object.keys(known))("%s gets a thumbnail that shows it", async (name) => {
    expect(await images.size(files.get(name)!)).toEqual({ width, height });
    expect(await images.thumbnail(files.get(name)!, result, 48)).toEqual({ width: 48, height: 32 });
    const { format, width: wide, height: high, pages = 1 } = await sharp(result).metadata();
    expect({ format, wide, high, pages }).toEqual({ format: "webp", wide: 48, high: 32, pages: 1 });
    // A JPEG for printing has other colours: those of its inks.
    const far = name === "a JPEG for printing" ? 90 : close;
    expect(difference(await cornersOf(result), corners)).toBeLessThan(far);
    rmSync(result);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("a photo is upright, turned as in %d", async (orientation) => {
    await picture(orientation).jpeg().toFile(source);
    expect(await images.size(source)).toEqual({ width, height });
    expect(await images.thumbnail(source, result, 48)).toEqual({ width: 48, height: 32 });
    expect(difference(await cornersOf(result), corners)).toBeLessThan(close);
    expect((await sharp(result).metadata()).orientation).toBeUndefined();
    await images.square(source, result, 32);
    expect(difference(await cornersOf(result), corners)).toBeLessThan(close);
    rmSync(result);
  });

  test("a small picture is not enlarged, but for a square", async () => {
    const file = files.get("a PNG")!;
    expect(await images.thumbnail(file, result, 1000)).toEqual({ width, height });
    expect(await images.square(file, result, 200)).toEqual({ width: 200, height: 200 });
    rmSync(result);
  });

  test("a square is the middle of the picture", async () => {
    // Grey at both ends, which a picture squeezed into a square would show.
    await picture().extend({ left: 40, right: 40, background: "#888" }).png().toFile(source);
    expect(await images.square(source, result, 64)).toEqual({ width: 64, height: 64 });
    expect(difference(await cornersOf(result), corners)).toBeLessThan(close);
    const { data, info } = await sharp(result).raw().toBuffer({ resolveWithObject: true });
    const edges = [0, 63].map((x) => [...data.subarray((10 * info.width + x) * info.channels)].slice(0, 3));
    expect(difference(edges as [number, number, number][], corners.slice(0, 2))).toBeLessThan(close);
    rmSync(result);
  });

  test("what is transparent stays so", async () => {
    const { data, ...raw } = pixels(4, 1, 0);
    await sharp(data, { raw }).png().toFile(source);
    for (const method of ["thumbnail", "square"] as const) {
      await images[method](source, result, 32);
      const { channels } = await sharp(result).stats();
      expect(channels[3]).toMatchObject({ min: 0, max: 0 });
    }
    rmSync(result);
  });

  test.each([
    [0, 1],
    [90, 6],
    [180, 3],
    [270, 8],
  ] as const)(
    "the frame of a video that is to be turned by %d degrees is upright",
    async (rotation, stored) => {
      for (const channels of [3, 4] as const) {
        const frame: RawPixels = { ...pixels(channels, stored), rotation };
        expect(await images.thumbnail(frame, result, 48)).toEqual({ width: 48, height: 32 });
        expect(difference(await cornersOf(result), corners)).toBeLessThan(close);
      }
      rmSync(result);
    },
  );

  test("a thumbnail tells nothing about the camera", async () => {
    const exif = { IFD0: { Model: "Camera-of-Ann" } };
    await picture().jpeg().withExif(exif).toFile(source);
    expect(readFileSync(source).includes("Camera-of-Ann")).toBe(true);
    await images.thumbnail(source, result, 48);
    const { exif: kept, xmp, iptc } = await sharp(result).metadata();
    expect({ kept, xmp, iptc }).toEqual({ kept: undefined, xmp: undefined, iptc: undefined });
    rmSync(result);
  });

  /** What goes from top to bottom is shown as far as it goes. */
  const inPart = /JPEG|GIF/;

  test.each(Object.keys(known).filter((name) => !/moves/.test(name) && !inPart.test(name)))(
    "%s that breaks off is refused, and nothing is left behind",
    async (name) => {
      const whole = readFileSync(files.get(name)!);
      for (const part of [0.5, 0.9]) {
        writeFileSync(source, whole.subarray(0, whole.length * part));
        await expectRefusal(images, source, /./);
      }
    },
  );

  test.each(Object.keys(known).filter((name) => !/moves/.test(name) && inPart.test(name)))(
    "%s that breaks off is shown as far as it goes",
    async (name) => {
      const whole = readFileSync(files.get(name)!);
      const far = name === "a JPEG for printing" ? 90 : close;
      for (const bytes of [1, 2, 5, 10, 20, 40]) {
        writeFileSync(source, whole.subarray(0, whole.length - bytes));
        expect(await images.size(source)).toEqual({ width, height });
        expect(await images.thumbnail(source, result, 48)).toEqual({ width: 48, height: 32 });
        const shown = difference((await cornersOf(result)).slice(0, 2), corners.slice(0, 2));
        if (bytes < 10) expect(shown).toBeLessThan(far);
        await images.square(source, result, 32);
        rmSync(result);
      }
    },
  );

  test("a JPEG whose data are damaged is shown all the same", async () => {
    const { data, ...raw } = pixels();
    await sharp(data, { raw }).resize(960, 640).jpeg().toFile(source);
    const damaged = readFileSync(source);
    for (let at = Math.floor(damaged.length * 0.8); at < damaged.length - 20; at += 97) damaged[at]! ^= 0x5a;
    writeFileSync(source, damaged);
    expect(await images.thumbnail(source, result, 48)).toEqual({ width: 48, height: 32 });
    expect(difference((await cornersOf(result)).slice(0, 2), corners.slice(0, 2))).toBeLessThan(close);
    rmSync(result);
  });

  test("what is no image is refused, whatever it is called", async () => {
    const named = join(directory, "drawing.png");
    const drawing =
      '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>';
    for (const content of [drawing, "", "%PDF-1.7\n", "P3 1 1 255 1 2 3\n", "1,2\n3,4\n", "\0".repeat(500)]) {
      writeFileSync(named, content);
      await expect(images.size(named)).rejects.toThrow();
      await expectRefusal(images, named, /./);
    }
    await expect(images.size(join(directory, "nothing"))).rejects.toThrow();
  });

  test("a picture of too many pixels is not decoded, but its size is known", async () => {
    const tall = codec === "sharp" ? 25_600 : 5_000;
    writeFileSync(source, lyingPng(10_000, tall + 1));
    expect(await images.size(source)).toEqual({ width: 10_000, height: tall + 1 });
    for (const method of ["thumbnail", "square"] as const) {
      await expect(images[method](source, result, 32)).rejects.toBeInstanceOf(TooLarge);
    }
    // Within the limit it is tried, and found to be damaged.
    writeFileSync(source, lyingPng(10_000, tall));
    const tried = await images.thumbnail(source, result, 32).catch((error: unknown) => error);
    expect(tried).toBeInstanceOf(Error);
    expect(tried).not.toBeInstanceOf(TooLarge);
    rmSync(result, { force: true });
  });

  test("a HEIC of a phone, which neither codec decodes by itself, is refused", async () => {
    await expectRefusal(images, join(import.meta.dir, "still.heic"), /./);
  });
});

test("with the codec of sharp colours of a wide gamut become those of sRGB", async () => {
  await picture().withIccProfile("p3").png().toFile(source);
  expect((await sharp(source).metadata()).icc).toBeDefined();
  await ofSharp.thumbnail(source, result, 48);
  expect((await sharp(result).metadata()).icc).toBeUndefined();
  expect(difference(await cornersOf(result), corners)).toBeLessThan(close);
  rmSync(result);
});

test("with the codec of sharp pictures that a decoder holds in memory may be less large", async () => {
  writeFileSync(source, lyingPng(10_000, 5_000, { depth: 16, interlaced: true }));
  expect(await ofSharp.size(source)).toEqual({ width: 10_000, height: 5_000 });
  await expect(ofSharp.thumbnail(source, result, 32)).rejects.toBeInstanceOf(TooLarge);
  writeFileSync(source, lyingPng(10_000, 5_000, { depth: 16 }));
  await expectRefusal(ofSharp, source, /read error/);
});

test("with the codec of sharp a line of more than 65,535 pixels is not decoded", async () => {
  writeFileSync(source, lyingPng(65_536, 1));
  expect(await ofSharp.size(source)).toEqual({ width: 65_536, height: 1 });
  await expect(ofSharp.thumbnail(source, result, 32)).rejects.toBeInstanceOf(TooLarge);
});

test("the codec of Bun says what it does not read", async () => {
  const cannot = /not supported|does not read/;
  for (const name of ["an AVIF", "a WebP that moves"]) {
    await expectRefusal(ofBun, files.get(name)!, cannot);
  }
  expect(ofBun.reason).toBe("sharp is not there");
});
