/** What is in the decoders (`npm run test:decoders`). */
import { expect, test } from "bun:test";

import { codecVersions, openDecoder } from "../../src/platform/inspector/codecs/codecs.ts";
import { madeCodecs } from "../support/decoders.ts";

test("they say of which of Debian's versions they were made", async () => {
  expect(await codecVersions(madeCodecs())).toMatch(/^FFmpeg \d+:[\d.]+-\S+, dav1d [\d.]+-\S+$/);
});

test("they know what films and sounds are made of, and nothing else", async () => {
  const description = new Uint8Array();
  for (const codec of ["avc", "hevc", "vp8", "vp9", "av1", "mp3", "opus", "pcm-s16", "pcm-f32be", "ulaw"]) {
    await openDecoder(madeCodecs(), { codec, description, rate: 48_000, channels: 2 });
  }
  for (const codec of ["prores", "mpeg4", "", "../../h264", "x".repeat(10_000)]) {
    await expect(openDecoder(madeCodecs(), { codec, description })).rejects.toThrow("there is no decoder");
  }
});
