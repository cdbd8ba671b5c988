/** Photos of phones, and moving AVIF, in a chat: everybody is shown them (`npm run test:decoders`). */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import sharp from "sharp";

import { fixture } from "../fixtures/media/expected.ts";
import { madeCodecs } from "../support/decoders.ts";
import { bytesOf } from "../support/files.ts";
import { codedIn, heicOf } from "../support/heic.ts";
import { sendPhoto } from "../support/photo.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const server = await TestServer.start({ decoders: { codecs: madeCodecs(), ffmpeg: undefined } });
afterAll(() => server[Symbol.asyncDispose]());
const alice = await server.register("alice");
const grid = readFileSync(fixture("grid.heic"));

const sent = (bytes: Uint8Array, type?: string) => sendPhoto(server, alice, bytes, type);

const size = { width: 1100, height: 700 };

test("a photo may be called image/heic or image/heif", async () => {
  for (const type of ["image/heic", "image/heif"]) {
    const ready = { mime_type: type, state: "ready", has_thumbnail: true };
    expect(await sent(grid, type)).toMatchObject({ ...ready, ...size });
  }
});

test("a damaged photo has failed", async () => {
  const missing = grid.subarray(0, grid.length - 100);
  const empty = Buffer.from(grid).fill(0, grid.indexOf("mdat") + 4);
  const endless = Buffer.from(grid).fill(255, grid.indexOf("idat") + 8, grid.indexOf("idat") + 12);
  for (const file of [missing, empty, endless]) {
    expect(await sent(file)).toMatchObject({ state: "failed", has_thumbnail: false });
  }
});

const preview = codedIn(fixture("photo.heic"));
/** Of tiles that are no pictures at all: only its preview can be shown. */
const heic = (columns: number, rows: number) =>
  heicOf({
    tiles: Array.from({ length: columns * rows }, () => Buffer.from("tile")),
    tile: { ...preview, width: 512, height: 512 },
    columns,
    width: columns * 512,
    height: rows * 512,
    preview,
  });

test.each([
  ["48", 16, 12],
  ["200", 32, 24],
] as const)("a HEIC of %s megapixels has its size and a thumbnail", async (_, columns, rows) => {
  const [width, height] = [columns * 512, rows * 512];
  const seen = await sent(heic(columns, rows));
  expect(seen).toMatchObject({ state: "ready", width, height, has_thumbnail: true, metadata_removed: true });
  const small = await sharp((await alice.download(seen.thumbnail_url)).bytes).metadata();
  expect([small.width, small.height]).toEqual([320, 240]);
});

test("a moving AVIF is shown by its first picture, also as a film alone, and as another kind of sequence", async () => {
  const moving = readFileSync(fixture("moving.avif"));
  // Nothing but the film says what it shows.
  const film = Buffer.from(moving);
  film.write("free", moving.indexOf("meta"), "latin1");
  for (const bytes of [moving, film]) {
    const seen = await sent(bytes, "image/avif");
    expect(seen).toMatchObject({ state: "ready", width: 160, height: 120, has_thumbnail: true });
    const { data } = await sharp((await alice.download(seen.thumbnail_url)).bytes)
      .removeAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const expected = await sharp({ create: { width: 160, height: 120, channels: 3, background: "#000" } })
      .raw()
      .toBuffer();
    // Not black: it is the first picture of the film.
    expect(data.equals(expected)).toBe(false);
  }
});

test("a photo becomes the picture of a person, upright and square", async () => {
  const turned = readFileSync(fixture("turned.heic"));
  const { status, body } = await alice.setPicture(
    "/api/auth/me/avatar",
    bytesOf(turned, "me.heic", "image/heic"),
  );
  expect(status).toBe(200);
  const { bytes } = await alice.download(body.avatar_url);
  const { data, info } = await sharp(bytes).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([256, 256]);
  // Stored, red grows to the right and green to the bottom; turned clockwise and mirrored, they change places.
  const colourAt = (x: number, y: number) => [...data.subarray((y * 256 + x) * 3).subarray(0, 2)];
  const [[, green], [red, more]] = [colourAt(2, 3), colourAt(253, 3)] as [number[], number[]];
  expect(more! - green!).toBeGreaterThan(150);
  expect(colourAt(253, 252)[0]! - red!).toBeGreaterThan(100);
});
