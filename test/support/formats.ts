import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import sharp from "sharp";

import { type Expected, expected, fixture } from "../fixtures/media/expected.ts";
import type { Decoders } from "../../src/platform/inspector/decoders.ts";
import { bytesOf } from "./files.ts";
import { TestServer } from "./server.ts";

/** Every kind of file that is taken, sent for real and looked at for real, with these decoders. */
export async function testFormats(decoders: Decoders): Promise<void> {
  setDefaultTimeout(60_000);

  const server = await TestServer.start({ decoders });
  afterAll(() => server[Symbol.asyncDispose]());
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);

  const canDecode = decoders.codecs !== undefined || decoders.ffmpeg !== undefined;
  const isShown = ({ file, thumbnail, mediaType, mime }: Expected) =>
    thumbnail && (canDecode || (mediaType === "image" && mime !== "image/heic" && file !== "moving.avif"));
  const taken = expected.filter((one) => !one.isProgram);
  const tenAtATime = Array.from({ length: Math.ceil(taken.length / 10) }, (_, i) =>
    taken.slice(i * 10, i * 10 + 10),
  );

  const socket = await bob.connect();
  for (const some of tenAtATime) {
    const files = await Promise.all(
      some.map(async (one) => bytesOf(await Bun.file(fixture(one.file)).bytes(), one.file, one.mime)),
    );
    await alice.upload(files, await alice.say(chat, "look"));
  }
  await server.settled();
  const messages = (await bob.history(chat, "?limit=100")).flatMap((one) => one.media);

  test.each(taken.map((one) => [one.file, one] as const))("%s is what it is", async (file, one) => {
    const seen = messages.find((each) => each.original_filename === file);
    expect(seen).toMatchObject({
      mime_type: one.mime,
      media_type: one.mediaType,
      state: "ready",
      width: one.width ?? null,
      height: one.height ?? null,
      has_thumbnail: isShown(one),
    });
    if (one.duration === undefined) expect(seen.duration).toBeNull();
    else expect(Math.abs(seen.duration - one.duration)).toBeLessThan(0.1);
    expect(seen.waveform === null).toBe(one.mediaType !== "audio" || !canDecode);
    const got = await bob.download(seen.url);
    expect([got.status, got.bytes.length]).toEqual([200, seen.file_size]);
  });

  const withThumbnail = taken.filter(isShown);

  test.each(withThumbnail.map((one) => [one.file, one] as const))("%s has a thumbnail", async (file, one) => {
    const seen = messages.find((each) => each.original_filename === file);
    const { status, headers, bytes } = await bob.download(seen.thumbnail_url);
    expect([status, headers.get("content-type")]).toEqual([200, "image/webp"]);
    const { format, width, height } = await sharp(bytes).metadata();
    const scale = Math.min(1, 320 / Math.max(one.width!, one.height!));
    expect({ format, width, height }).toEqual({
      format: "webp",
      width: Math.round(one.width! * scale),
      height: Math.round(one.height! * scale),
    });
    // Films begin with darkness: a thumbnail shows something.
    const { channels } = await sharp(bytes).stats();
    expect(Math.max(...channels.slice(0, 3).map((channel) => channel.mean))).toBeGreaterThan(40);
  });

  if (canDecode)
    test("a voice message that rises and falls looks like it", () => {
      const sounds = messages.filter((one) => one.media_type === "audio");
      expect(sounds.length).toBeGreaterThan(5);
      for (const { original_filename, waveform } of sounds) {
        const [beginning, middle, end] = [waveform.slice(0, 8), waveform.slice(28, 36), waveform.slice(56)];
        const loudest = (part: number[]) => Math.max(...part);
        expect(waveform).toHaveLength(64);
        expect({ original_filename, is: loudest(middle) > 2 * loudest(beginning) }).toEqual({
          original_filename,
          is: true,
        });
        expect({ original_filename, is: loudest(middle) > 2 * loudest(end) }).toEqual({
          original_filename,
          is: true,
        });
      }
    });

  test("everybody in the chat is told of each when it is ready", async () => {
    const updates = (await socket.settled("message_updated")).flatMap((one) => one["message"].media);
    const inspected = taken.filter((one) => one.mediaType !== "document");
    for (const { file } of inspected) {
      const last = updates.findLast((one) => one.original_filename === file);
      expect({ file, state: last?.state }).toEqual({ file, state: "ready" });
    }
  });

  test("where and with what it was taken is in none of the files that others get", async () => {
    const told = ["Camera One", "SN-0042", "+48.8577", "ISO6709"];
    const inFixtures = await Promise.all(taken.map(({ file }) => Bun.file(fixture(file)).text()));
    for (const one of told) expect(inFixtures.some((text) => text.includes(one))).toBe(true);
    for (const { original_filename, url } of messages) {
      const { bytes } = await bob.download(url);
      const text = Buffer.from(bytes).toString("latin1");
      const found = told.filter((one) => text.includes(one));
      expect({ original_filename, found }).toEqual({ original_filename, found: [] });
    }
  });
}
