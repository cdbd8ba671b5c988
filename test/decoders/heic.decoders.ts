/** Photos of phones: what they show (`npm run test:decoders`). What is read of them without decoding is in platform/inspector. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";

import { drawHeif } from "../../src/platform/inspector/heic/heif.ts";
import { decodeStill } from "../../src/platform/inspector/heic/decode.ts";
import { readStill } from "../../src/platform/inspector/heic/still.ts";
import { bunImages } from "../../src/platform/inspector/image/bun.ts";
import type { RawPixels } from "../../src/platform/inspector/image/codec.ts";
import { sharpImages } from "../../src/platform/inspector/image/sharp.ts";
import { Source } from "../../src/platform/inspector/source.ts";
import { fixture } from "../fixtures/media/expected.ts";
import { madeCodecs } from "../support/decoders.ts";
import { box, changed, codedIn, heicOf, type Photo, u8 } from "../support/heic.ts";
import { Chance } from "../support/random.ts";

const directory = mkdtempSync(join(tmpdir(), "parley-heic-"));
afterAll(() => rmSync(directory, { recursive: true }));
const path = join(directory, "photo");
const result = join(directory, "result");
const codecs = madeCodecs();

const grid = readFileSync(fixture("grid.heic"));
const turned = readFileSync(fixture("turned.heic"));

async function decode(file: Uint8Array, fit = { side: 320, square: false }) {
  writeFileSync(path, file);
  using source = Source.open(path);
  return await decodeStill(codecs, source, readStill(source)!, fit);
}

/** As a person sees it: looks up colours by the share of the width and of the height. */
async function seen(file: Uint8Array) {
  const { data: pixels, rotation, ...raw } = await decode(file);
  const { data, info } = await sharp(pixels, { raw })
    .rotate(rotation)
    .raw()
    .toBuffer({ resolveWithObject: true });
  const colourAt = (u: number, v: number) => {
    const [x, y] = [Math.floor(u * info.width), Math.floor(v * info.height)];
    return [...data.subarray((y * info.width + x) * 3).subarray(0, 3)];
  };
  return { width: info.width, height: info.height, colourAt };
}

const difference = (a: number[], b: number[]) => Math.max(...a.map((one, i) => Math.abs(one - b[i]!)));
const close = 12;

/** In the photos for the tests every place has a colour of its own. */
const colourOf = (u: number, v: number) => [255 * u, 255 * v, 128];

const u32 = (value: number) => [value >>> 24, (value >> 16) & 255, (value >> 8) & 255, value & 255];

// What it shows

test("every tile of a photo stands where it belongs, in its colours", async () => {
  const { width, height, colourAt } = await seen(grid);
  expect([width, height]).toEqual([320, 204]);
  for (let x = 0; x < width; x += 1) {
    for (const y of [0, 1, 50, 147, 148, 149, 150, 202, 203]) {
      const [u, v] = [(x + 0.5) / width, (y + 0.5) / height];
      const found = colourAt(u, v);
      expect({ x, y, found, is: difference(found, colourOf(u, v)) < close }).toEqual({
        x,
        y,
        found,
        is: true,
      });
    }
  }
});

test("a photo in one piece is the picture that was taken", async () => {
  const { data, width, height } = await decode(readFileSync(fixture("photo.heic")));
  expect([width, height]).toEqual([320, 240]);
  const other = await sharp(fixture("plain.jpg")).raw().toBuffer();
  const sum = data.reduce((all, one, i) => all + Math.abs(one - other[i]!), 0);
  expect(sum / data.length).toBeLessThan(8);
});

/** What turning to the left and mirroring (0: upside down, 1: left and right) do to a place. */
type Step = (u: number, v: number) => [number, number];
const turn: Step = (u, v) => [v, 1 - u];
const mirrors: Step[] = [(u, v) => [u, 1 - v], (u, v) => [1 - u, v]];

/** Each turn alone; each mirroring before and after one that it does not commute with. */
const ways = [
  ...[0, 1, 2, 3].map((angle) => ({ angle, axis: -1, first: false })),
  ...[0, 1].flatMap((axis) => [false, true].map((first) => ({ angle: 1, axis, first }))),
];

test.each(ways)("a part of a photo is upright: %j", async ({ angle, axis, first }) => {
  let file = changed(turned, "irot", 0, angle);
  file = axis < 0 ? changed(file, "imir", -4, ...Buffer.from("skip")) : changed(file, "imir", 0, axis);
  // The properties of the whole: its size, its part, and these two.
  const order = file.indexOf(Buffer.from([4, 3, 4, 5, 6]));
  expect(order).toBeGreaterThan(0);
  if (first) file.set([6, 5], order + 3);
  const steps: Step[] = Array.from({ length: angle }, () => turn);
  if (axis >= 0) steps.splice(first ? 0 : angle, 0, mirrors[axis]!);

  const { width, height, colourAt } = await seen(file);
  expect([width, height]).toEqual(angle % 2 === 0 ? [280, 160] : [160, 280]);
  for (const [u, v] of [
    [0.02, 0.02],
    [0.9, 0.3],
    [0.2, 0.97],
  ] as const) {
    const place = steps.reduce<[number, number]>((at, step) => step(...at), [u, v]);
    const stored = colourOf((4 + u * 280) / 300, (30 + v * 160) / 200);
    expect(difference(colourAt(...place), stored)).toBeLessThan(close);
  }
});

test.each([await sharpImages(directory), bunImages("sharp is not there")])(
  "the middle of it becomes a square ($codec)",
  async (images) => {
    const pixels = await decode(grid, { side: 256, square: true });
    expect(pixels).toMatchObject({ width: 402, height: 256 });
    for (const rotation of [0, 90] as const) {
      expect(await images.square({ ...pixels, rotation }, result, 256)).toEqual({ width: 256, height: 256 });
      const data = await sharp(result).removeAlpha().raw().toBuffer();
      for (const [x, y] of [
        [5, 5],
        [250, 30],
        [20, 250],
      ] as const) {
        const [u, v] = rotation === 0 ? [x / 256, y / 256] : [y / 256, 1 - x / 256];
        const found = [...data.subarray((y * 256 + x) * 3).subarray(0, 3)];
        expect(difference(found, colourOf((200 + u * 700) / 1100, v))).toBeLessThan(close);
      }
    }
  },
);

// Large ones

const whole = codedIn(fixture("turned.heic"));
const small = codedIn(fixture("photo.heic"));

/** 25 tiles of 128 by 128; a small picture of one of them, where it has one. */
const large = (more: Partial<Photo> = {}) =>
  heicOf({
    tiles: Array.from({ length: 25 }, () => whole.bytes),
    tile: whole,
    columns: 5,
    width: 640,
    height: 640,
    ...more,
  });

/** What is drawn of it, if so long may be worked at it. */
async function drawn(file: Uint8Array, { side = 320, square = false, seconds = 60 } = {}) {
  writeFileSync(path, file);
  using source = Source.open(path);
  const pictures: (string | RawPixels)[] = [];
  const job = { file: path, type: "image/heic", picture: { file: result, side, square }, seconds };
  const isDrawn = await drawHeif(
    { codecs, ffmpeg: undefined },
    source,
    job,
    async (from) => pictures.push(from) > 0,
  );
  const [picture] = pictures as RawPixels[];
  return { isDrawn, size: picture && [picture.width, picture.height] };
}

test("a photo that takes too long is shown by its own small picture, or not at all", async () => {
  expect(await drawn(large())).toEqual({ isDrawn: true, size: [320, 320] });
  expect(await drawn(large(), { seconds: 0 })).toEqual({ isDrawn: false, size: undefined });
  const withPreview = large({ preview: whole });
  expect(await drawn(withPreview)).toEqual({ isDrawn: true, size: [320, 320] });
  expect(await drawn(withPreview, { seconds: 0 })).toEqual({ isDrawn: true, size: [128, 128] });
});

test("a small picture that is large enough is shown at once, but not where a square needs more", async () => {
  const tiles = Array.from({ length: 25 }, () => Buffer.from("no tile"));
  const broken = large({ tiles, width: 640, height: 480, preview: small });
  expect(await drawn(broken)).toEqual({ isDrawn: true, size: [320, 240] });
  await expect(drawn(broken, { side: 256, square: true })).rejects.toThrow("cannot be decoded");
  expect(await drawn(broken, { side: 240, square: true })).toEqual({ isDrawn: true, size: [320, 240] });
});

test("a small picture of another shape, or one that is not turned with it, is none", async () => {
  const tiles = Array.from({ length: 25 }, () => Buffer.from("no tile"));
  await expect(drawn(large({ tiles, preview: small }))).rejects.toThrow("cannot be decoded");
  const turnedAlone = large({
    tiles,
    width: 640,
    height: 480,
    preview: small,
    properties: [box("irot", u8(2))],
  });
  await expect(drawn(turnedAlone)).rejects.toThrow("cannot be decoded");
});

// What could hurt

test("a tiny part of a huge tile is not enlarged to be cut out", async () => {
  const huge = changed(grid, "ispe", 4, ...u32(30_000), ...u32(30_000));
  await expect(decode(changed(huge, "idat", 4, 0, 9, 0, 9))).rejects.toThrow("tiles are too large");
  const large = changed(grid, "ispe", 4, ...u32(8000), ...u32(8000));
  await expect(decode(changed(large, "idat", 4, 0, 9, 0, 9))).rejects.toThrow("too little");
});

test("a photo whose tile holds something else is refused", async () => {
  const at = grid.indexOf("mdat") + 4;
  const file = Buffer.from(grid);
  file.fill(0, at, at + 1000);
  await expect(decode(file)).rejects.toThrow("cannot be decoded");
});

test("wrong bytes in the pixels themselves cost a picture, and nothing else", async () => {
  const chance = new Chance(2);
  let [shown, refused] = [0, 0];
  for (let i = 0; i < 12; i++) {
    const wrong = Buffer.from(turned);
    const coded = chance.pick(["hvcC", "mdat"]);
    const [from, size] = [wrong.indexOf(coded) + 4, coded === "hvcC" ? 110 : 1000];
    for (let n = 0; n < 3; n++) wrong[from + chance.below(size)]! ^= 1 + chance.below(255);
    try {
      const { data } = await decode(wrong);
      expect(data).toHaveLength(280 * 160 * 3);
      shown++;
    } catch (error) {
      expect((error as Error).message).toMatch(/cannot be decoded|gave up|memory|no decoder/);
      refused++;
    }
  }
  expect(Math.min(shown, refused)).toBeGreaterThan(0);
});
