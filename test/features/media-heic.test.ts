/** Photos of phones in a chat, where nobody can decode them. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";

import { fixture } from "../fixtures/media/expected.ts";
import { bytesOf } from "../support/files.ts";
import { expectRefused } from "../support/refusal.ts";
import { sendPhoto } from "../support/photo.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(60_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const alice = await server.register("alice");
const grid = readFileSync(fixture("grid.heic"));

const sent = (bytes: Uint8Array, type?: string) => sendPhoto(server, alice, bytes, type);

const replaced = (file: Buffer, from: string, to: string) =>
  Buffer.from(file.toString("latin1").replaceAll(from, to), "latin1");
const size = { width: 1100, height: 700 };

test("a photo is there with its size, and without being shown", async () => {
  for (const type of ["image/heic", "image/heif"]) {
    const ready = { mime_type: type, state: "ready", has_thumbnail: false };
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

test("a photo that lies about itself has failed", async () => {
  const endless = Buffer.from(grid).fill(255, grid.indexOf("idat") + 8, grid.indexOf("idat") + 12);
  expect(await sent(endless)).toMatchObject({ state: "failed", has_thumbnail: false });
});

test("a photo that cannot be shown becomes nobody's picture", async () => {
  const me = bytesOf(new Uint8Array(grid), "me.heic", "image/heic");
  expectRefused(await alice.setPicture("/api/auth/me/avatar", me), 422, "validation");
});
