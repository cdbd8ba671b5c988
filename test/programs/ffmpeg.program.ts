/** Films that none of our decoders reads, on a machine that has ffmpeg (`bun run test:programs`). */
import { expect, test } from "bun:test";
import { join } from "node:path";

import sharp from "sharp";

import { Home } from "../support/executable.ts";
import { bytesOf } from "../support/files.ts";

/** A second of MPEG-4 Part 2, stored on its side. */
async function oldFilm(directory: string): Promise<Uint8Array<ArrayBuffer>> {
  const straight = join(directory, "straight.mp4");
  const turned = join(directory, "turned.mp4");
  await run("-f", "lavfi", "-i", "testsrc2=size=640x360:duration=2", "-c:v", "mpeg4", straight);
  await run("-i", straight, "-c", "copy", "-metadata:s:v", "rotate=90", turned);
  return new Uint8Array(await Bun.file(turned).arrayBuffer());
}

async function run(...args: string[]): Promise<void> {
  const child = Bun.spawn(["ffmpeg", "-v", "error", ...args], { stderr: "pipe" });
  const complaint = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`ffmpeg: ${complaint}`);
}

async function lookedAt(path: string): Promise<{ seen: any; thumbnail: Uint8Array | undefined }> {
  await using home = new Home();
  const film = bytesOf(await oldFilm(home.directory), "old.mp4", "video/mp4");
  const server = await home.start({ settings: { PATH: path } });
  const alice = await server.register("alice");
  const chat = await alice.group("Films");
  const socket = await alice.connect();
  await alice.upload([film], await alice.say(chat, "look"));
  const told = await socket.next("message_updated", ({ message }) => message.media[0].state !== "pending");
  const [seen] = told["message"].media;
  return {
    seen,
    thumbnail: seen.has_thumbnail ? (await alice.download(seen.thumbnail_url)).bytes : undefined,
  };
}

test("ffmpeg on the PATH makes thumbnails of films that nothing else here decodes", async () => {
  const { seen, thumbnail } = await lookedAt(process.env["PATH"]!);
  expect(seen).toMatchObject({ state: "ready", width: 360, height: 640, media_type: "video" });
  const { width, height } = await sharp(thumbnail).metadata();
  expect([width, height]).toEqual([180, 320]);
});

test("without it such a film has none, and is ready all the same", async () => {
  const { seen } = await lookedAt("/nonexistent");
  expect(seen).toMatchObject({ state: "ready", width: 360, height: 640, has_thumbnail: false });
});
