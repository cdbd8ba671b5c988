/** The executable alone, with the decoders inside, on a machine without anything else (`npm run test:decoders`). */
import { expect, test } from "bun:test";

import sharp from "sharp";

import { fixture } from "../fixtures/media/expected.ts";
import { Home } from "../support/executable.ts";
import { bytesOf } from "../support/files.ts";

test("in an empty directory, with no ffmpeg anywhere, it makes thumbnails of photos and of films", async () => {
  await using home = new Home();
  // No program can be found, and no library of ours lies anywhere near.
  const server = await home.start({ settings: { PATH: "/nonexistent" } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const names = [
    "photo.jpg",
    "h264-high.mp4",
    "hevc-main10.mp4",
    "vp9.webm",
    "vp8.webm",
    "h264.mov",
    "still.avif",
    "grid.heic",
  ];
  const files = await Promise.all(
    names.map(async (name) => bytesOf(await Bun.file(fixture(name)).bytes(), name)),
  );
  await alice.upload(files, await alice.say(chat, "look"));
  const isReady = (one: { state: string }) => one.state === "ready";
  const told = await socket.next("message_updated", ({ message }) => message.media.every(isReady));
  for (const file of told["message"].media) {
    const { status, bytes } = await bob.download(file.thumbnail_url);
    const { format, width, height } = await sharp(bytes).metadata();
    expect({ name: file.filename, status, format }).toEqual({
      name: file.filename,
      status: 200,
      format: "webp",
    });
    expect(Math.max(width, height)).toBe(320);
  }
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({
    checks: { images: "ok", films: "ok" },
  });
});
