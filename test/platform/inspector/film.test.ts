/** Films and sounds, looked at by the real process. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Findings } from "../../../src/platform/inspector/inspector.ts";
import { inspectCommand, ProcessInspector } from "../../../src/platform/inspector/process.ts";
import { type Piece, toWaveform } from "../../../src/platform/inspector/waveform.ts";
import { fixture } from "../../fixtures/media/expected.ts";
import { Chance } from "../../support/random.ts";

setDefaultTimeout(60_000);

const directory = mkdtempSync(join(tmpdir(), "parley-film-"));
const limits = { milliseconds: 3000, bytes: 512 * 1024 * 1024 };
const inspector = new ProcessInspector({ command: inspectCommand(directory), limits });
afterAll(async () => {
  await inspector.close();
  rmSync(directory, { recursive: true });
});

function look(file: string, type: string): Promise<Findings> {
  const picture = { file: join(directory, "picture.webp"), side: 320, square: false };
  return inspector.inspect({ file, type, picture });
}

const kinds = [
  ["h264-high.mp4", "video/mp4"],
  ["hevc-main10.mp4", "video/mp4"],
  ["vp9.webm", "video/webm"],
  ["voice.ogg", "audio/ogg"],
  ["voice.m4a", "audio/mp4"],
  ["song.mp3", "audio/mpeg"],
] as const;

test.each(kinds)(
  "whatever is damaged in %s, looking at it ends, and the next one is looked at",
  async (name, type) => {
    const chance = new Chance(11);
    const whole = await Bun.file(fixture(name)).bytes();
    for (let i = 0; i < 6; i++) {
      const bytes = whole.slice(0, i % 2 === 0 ? whole.length : chance.below(whole.length));
      for (let n = 0; n < 10 * i && bytes.length > 0; n++)
        bytes[chance.below(bytes.length)] = chance.below(256);
      const damaged = join(directory, "damaged");
      await Bun.write(damaged, bytes);
      const found = await look(damaged, type);
      // Something is found, or there is a reason why not.
      expect(found.failed ?? found.duration).toBeDefined();
    }
    expect(await look(fixture(name), type)).toMatchObject({ duration: expect.any(Number) });
  },
);

// Waveforms

async function* pieces(...parts: [samples: number[], rate: number][]): AsyncGenerator<Piece> {
  for (const [samples, rate] of parts) yield { samples: Float32Array.from(samples), rate };
}

test("a waveform has 64 numbers, the loudest of which is 100", async () => {
  const ramp = Array.from({ length: 6400 }, (_, i) => (i % 2 ? 1 : -1) * (i / 6400) * 0.5);
  const waveform = (await toWaveform(pieces([ramp, 6400]), 1))!;
  expect(waveform).toHaveLength(64);
  expect(waveform.at(-1)).toBe(100);
  expect(waveform).toEqual(waveform.toSorted((a, b) => a - b));
  expect(waveform[31]).toBe(50);
});

test("pieces of any length make the same waveform as the whole", async () => {
  const chance = new Chance(5);
  const samples = Array.from({ length: 8000 }, () => chance.below(1000) / 1000);
  const cut: [number[], number][] = [];
  for (let at = 0; at < samples.length;) {
    const length = 1 + chance.below(500);
    cut.push([samples.slice(at, at + length), 8000]);
    at += length;
  }
  expect(await toWaveform(pieces(...cut), 1)).toEqual((await toWaveform(pieces([samples, 8000]), 1))!);
});

test("silence stays flat, and nothing at all is none", async () => {
  const hiss = Array.from({ length: 6400 }, (_, i) => (i % 2 ? 0.0001 : -0.0001));
  expect(Math.max(...(await toWaveform(pieces([hiss, 6400]), 1))!)).toBeLessThan(5);
  expect(await toWaveform(pieces(), 1)).toBeUndefined();
});

test("a sound that is longer or shorter than its container says fits all the same", async () => {
  const tone = Array.from({ length: 12_800 }, () => 0.5);
  expect(await toWaveform(pieces([tone, 6400]), 1)).toEqual(Array.from({ length: 64 }, () => 100));
  const half = (await toWaveform(pieces([tone.slice(0, 3200), 6400]), 1))!;
  expect(half.slice(0, 31)).toEqual(Array.from({ length: 31 }, () => 100));
  expect(half.slice(33)).toEqual(Array.from({ length: 31 }, () => 0));
});
