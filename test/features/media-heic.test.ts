/** Photos of phones in a chat: what is shown of those that not everybody can show. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import sharp from "sharp";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const alice = await server.register("alice");
const grid = readFileSync(fixture("grid.heic"));

async function sent(bytes: Uint8Array, type = "image/heic") {
  const { status, body } = await alice.upload([bytesOf(new Uint8Array(bytes), "photo.heic", type)]);
  expect(status).toBe(201);
  await server.settled();
  return (await alice.get(`${body.media[0].url}/info`)).body;
}

const replaced = (file: Buffer, from: string, to: string) =>
  Buffer.from(file.toString("latin1").replaceAll(from, to), "latin1");
const size = { width: 1100, height: 700 };

test("a photo may be called image/heic or image/heif", async () => {
  for (const type of ["image/heic", "image/heif"]) {
    const ready = { mime_type: type, state: "ready", has_thumbnail: true };
    expect(await sent(grid, type)).toMatchObject({ ...ready, ...size });
  }
});

test("a photo in AV1 that does not say so is shown", async () => {
  const file = readFileSync(fixture("still.avif"));
  file.write("mif1", 8);
  expect(await sent(file)).toMatchObject({ state: "ready", has_thumbnail: true, width: 640, height: 480 });
});

test("a photo in a codec that nobody knows is there without being shown", async () => {
  const found = await sent(replaced(grid, "hvc1", "vvc1"));
  expect(found).toMatchObject({ mime_type: "image/heic", state: "ready", has_thumbnail: false, ...size });
});

test("a damaged photo has failed", async () => {
  const missing = grid.subarray(0, grid.length - 100);
  const empty = Buffer.from(grid).fill(0, grid.indexOf("mdat") + 4);
  const endless = Buffer.from(grid).fill(255, grid.indexOf("idat") + 8, grid.indexOf("idat") + 12);
  for (const file of [missing, empty, endless]) {
    expect(await sent(file)).toMatchObject({ state: "failed", has_thumbnail: false });
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
