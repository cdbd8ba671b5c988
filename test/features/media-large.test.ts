/** Photos of today's phones, panoramas, and what is too large to be shown small: all of them stay pictures. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import sharp from "sharp";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { flatJpeg, flatPng } from "../support/hostile.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const [alice, bob] = [await server.register("alice"), await server.register("bob")];
const chat = await alice.directWith(bob);

async function sent(bytes: Uint8Array, type: string) {
  const [, ending] = type.split("/");
  const { status, body } = await alice.upload([bytesOf(new Uint8Array(bytes), `photo.${ending}`, type)]);
  expect(status).toBe(201);
  await alice.say(chat, "", { media_ids: [body.media[0].id] });
  await server.settled();
  const seen = (await bob.get(`${body.media[0].url}/info`)).body;
  return { seen, got: await bob.download(seen.url) };
}

const png = (width: number, height: number) => flatPng({ width, height, depth: 8, type: 0 });
const shown: [what: string, make: () => Uint8Array, type: string, width: number, height: number][] = [
  ["a JPEG of 50 megapixels", () => flatJpeg(8160, 6120), "image/jpeg", 8160, 6120],
  ["a JPEG of 64 megapixels", () => flatJpeg(9248, 6936), "image/jpeg", 9248, 6936],
  ["a JPEG of 108 megapixels", () => flatJpeg(12_000, 9000), "image/jpeg", 12_000, 9000],
  ["a JPEG of 200 megapixels", () => flatJpeg(16_320, 12_240), "image/jpeg", 16_320, 12_240],
  ["a wide panorama", () => flatJpeg(16_384, 4096), "image/jpeg", 16_384, 4096],
  ["a long panorama", () => flatJpeg(600, 65_000), "image/jpeg", 600, 65_000],
  [
    "a progressive JPEG of 64 megapixels",
    () => flatJpeg(9248, 6936, { progressive: true }),
    "image/jpeg",
    9248,
    6936,
  ],
  ["a PNG of 64 megapixels", () => png(9248, 6936), "image/png", 9248, 6936],
];

test.each(shown)("%s has its size and a thumbnail", async (_, make, type, width, height) => {
  const { seen, got } = await sent(make(), type);
  expect(seen).toMatchObject({ mime_type: type, media_type: "image", state: "ready", width, height });
  expect(seen).toMatchObject({ has_thumbnail: true, metadata_removed: true });
  expect([got.status, got.headers.get("content-type")]).toEqual([200, type]);
  const small = await sharp((await bob.download(seen.thumbnail_url)).bytes).metadata();
  expect(Math.max(small.width, small.height)).toBe(320);
  expect(Math.abs(small.width / small.height - width / height)).toBeLessThan((0.02 * width) / height + 0.01);
});

const unshown: typeof shown = [
  ["a JPEG beyond the limit", () => flatJpeg(16_001, 16_000), "image/jpeg", 16_001, 16_000],
  [
    "a progressive JPEG that has to be held as a whole",
    () => flatJpeg(16_000, 12_000, { progressive: true }),
    "image/jpeg",
    16_000,
    12_000,
  ],
  [
    "a PNG beyond the limit",
    () => flatPng({ width: 30_000, height: 9000, depth: 1, type: 0 }),
    "image/png",
    30_000,
    9000,
  ],
  ["a PNG whose lines are too long", () => png(70_000, 10), "image/png", 70_000, 10],
];

test.each(unshown)("%s is there without a thumbnail", async (_, make, type, width, height) => {
  const { seen, got } = await sent(make(), type);
  expect(seen).toMatchObject({ mime_type: type, media_type: "image", state: "ready", width, height });
  expect(seen).toMatchObject({ has_thumbnail: false, metadata_removed: true });
  expect([got.status, got.headers.get("content-type")]).toEqual([200, type]);
  expect(got.headers.get("content-disposition")).toStartWith("inline");
});

test("a JPEG without its end, wherever in its picture it breaks off, is a picture", async () => {
  for (const file of ["photo.jpg", "progressive.jpg", "cmyk.jpg"]) {
    const whole = readFileSync(fixture(file));
    const scan = whole.indexOf(Buffer.from([0xff, 0xda]), 200);
    for (const end of [whole.length - 1, whole.length - 2, whole.length - 20, scan + 1500, scan + 60]) {
      const { seen, got } = await sent(whole.subarray(0, end), "image/jpeg");
      const what = { file, end };
      expect({ ...what, ...seen }).toMatchObject({ ...what, state: "ready", has_thumbnail: true });
      expect(seen).toMatchObject({ mime_type: "image/jpeg", metadata_removed: true });
      // What was sent, less its metadata.
      const picture = whole.subarray(scan, end);
      expect(Buffer.from(got.bytes).subarray(-picture.length).equals(picture)).toBe(true);
      for (const secret of ["Camera One", "Paris", "GPS"])
        expect(Buffer.from(got.bytes).includes(secret)).toBe(false);
    }
  }
});

test("a moving AVIF is a picture that is not shown without decoders, also as a film alone, and as another kind of sequence", async () => {
  const moving = readFileSync(fixture("moving.avif"));
  // Nothing but the film says what it shows.
  const film = Buffer.from(moving);
  film.write("free", moving.indexOf("meta"), "latin1");
  for (const bytes of [moving, film]) {
    const { seen, got } = await sent(bytes, "image/avif");
    expect(seen).toMatchObject({ media_type: "image", mime_type: "image/avif", state: "ready" });
    expect(seen).toMatchObject({ width: 160, height: 120, has_thumbnail: false, metadata_removed: true });
    expect(got.headers.get("content-disposition")).toStartWith("inline");
  }
});
