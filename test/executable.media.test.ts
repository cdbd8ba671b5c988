/** The executable alone, on a machine without anything else: pictures and films are looked at all the same. */
import { expect, test } from "bun:test";

import sharp from "sharp";

import { fixture } from "./fixtures/media/expected.ts";
import { Home } from "./support/executable.ts";
import { bytesOf } from "./support/files.ts";

test("in an empty directory, with no ffmpeg anywhere, it makes thumbnails of a photo and of films", async () => {
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
  expect(await (await fetch(`${server.url}/health`)).json()).toMatchObject({ checks: { images: "ok" } });
});

test("where sharp cannot be unpacked, the codec of the runtime takes over and health says so", async () => {
  await using home = new Home();
  // A file stands where the directory would be.
  await Bun.write(`${home.dataDir}/cache`, "");
  const server = await home.start();
  const alice = await server.register("alice");
  const chat = await alice.group("Notes");
  const socket = await alice.connect();
  const photo = bytesOf(await Bun.file(fixture("photo.jpg")).bytes(), "photo.jpg");
  await alice.upload([photo], await alice.say(chat, "look"));
  const told = await socket.next("message_updated", ({ message }) => message.media[0].state === "ready");
  const [seen] = told["message"].media;
  expect(seen).toMatchObject({ width: 480, height: 640, has_thumbnail: true });
  const { format, height } = await sharp((await alice.download(seen.thumbnail_url)).bytes).metadata();
  expect([format, height]).toEqual(["webp", 320]);
  const health = await (await fetch(`${server.url}/health`)).json();
  expect(health).toMatchObject({ status: "ok", checks: { images: "fallback" } });
});
