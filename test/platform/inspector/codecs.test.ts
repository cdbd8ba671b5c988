import { expect, test } from "bun:test";
import { join } from "node:path";

import { openDecoder } from "../../../src/platform/inspector/codecs/codecs.ts";

const folder = join(import.meta.dir, "../../../src/platform/inspector/codecs");

test("the decoders are those that their build makes", async () => {
  const packed = await Bun.file(join(folder, "codecs.wasm.zst")).bytes();
  const hash = new Bun.CryptoHasher("sha256").update(Bun.zstdDecompressSync(packed)).digest("hex");
  expect(await Bun.file(join(folder, "README.md")).text()).toContain(hash);
});

test("they know what films and sounds are made of, and nothing else", async () => {
  const description = new Uint8Array();
  for (const codec of ["avc", "hevc", "vp8", "vp9", "av1", "mp3", "opus", "pcm-s16", "pcm-f32be", "ulaw"]) {
    await openDecoder({ codec, description, rate: 48_000, channels: 2 });
  }
  for (const codec of ["prores", "mpeg4", "", "../../h264", "x".repeat(10_000)]) {
    await expect(openDecoder({ codec, description })).rejects.toThrow("there is no decoder");
  }
});
