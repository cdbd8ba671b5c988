/** The executable alone, on a machine without anything else: pictures are looked at all the same. */
import { expect, setDefaultTimeout, test } from "bun:test";

import sharp from "sharp";

import { fixture } from "./fixtures/media/expected.ts";
import { Home } from "./support/executable.ts";
import { bytesOf } from "./support/files.ts";

setDefaultTimeout(30_000);

test("in an empty directory it makes a thumbnail of a photo, and of a film where it was built with decoders", async () => {
  await using home = new Home();
  // No program can be found, and no library of ours lies anywhere near.
  const server = await home.start({ settings: { PATH: "/nonexistent", HOME: home.directory } });
  const alice = await server.register("alice");
  const chat = await alice.group("Notes");
  const socket = await alice.connect();
  const files = await Promise.all(
    ["photo.jpg", "h264-high.mp4"].map(async (name) => bytesOf(await Bun.file(fixture(name)).bytes(), name)),
  );
  await alice.upload(files, await alice.say(chat, "look"));
  const isReady = (one: { state: string }) => one.state === "ready";
  const told = await socket.next("message_updated", ({ message }) => message.media.every(isReady));
  const hasDecoders = await home.hasDecoders();
  expect(told["message"].media.map((one: any) => one.has_thumbnail)).toEqual([true, hasDecoders]);
  const health = await (await fetch(`${server.url}/health`)).json();
  expect(health).toMatchObject({ checks: { images: "ok", films: hasDecoders ? "ok" : "none" } });
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
