/** How loud a sound is over time. */
import { expect, test } from "bun:test";

import { type AudioChunk, toWaveform } from "../../../src/platform/inspector/waveform.ts";
import { Chance } from "../../support/random.ts";

async function* chunks(...parts: [samples: number[], rate: number][]): AsyncGenerator<AudioChunk> {
  for (const [samples, rate] of parts) yield { samples: Float32Array.from(samples), rate };
}

test("a waveform has 64 numbers, the loudest of which is 100", async () => {
  const ramp = Array.from({ length: 6400 }, (_, i) => (i % 2 ? 1 : -1) * (i / 6400) * 0.5);
  const waveform = (await toWaveform(chunks([ramp, 6400]), 1))!;
  expect(waveform).toHaveLength(64);
  expect(waveform.at(-1)).toBe(100);
  expect(waveform).toEqual(waveform.toSorted((a, b) => a - b));
  expect(waveform[31]).toBe(50);
});

test("chunks of any length make the same waveform as the whole", async () => {
  const chance = new Chance(5);
  const samples = Array.from({ length: 8000 }, () => chance.below(1000) / 1000);
  const cut: [number[], number][] = [];
  for (let at = 0; at < samples.length;) {
    const length = 1 + chance.below(500);
    cut.push([samples.slice(at, at + length), 8000]);
    at += length;
  }
  expect(await toWaveform(chunks(...cut), 1)).toEqual((await toWaveform(chunks([samples, 8000]), 1))!);
});

test("silence stays flat, and nothing at all is none", async () => {
  const hiss = Array.from({ length: 6400 }, (_, i) => (i % 2 ? 0.0001 : -0.0001));
  expect(Math.max(...(await toWaveform(chunks([hiss, 6400]), 1))!)).toBeLessThan(5);
  expect(await toWaveform(chunks(), 1)).toBeUndefined();
});

test("a sound that is longer or shorter than its container says fits all the same", async () => {
  const tone = Array.from({ length: 12_800 }, () => 0.5);
  expect(await toWaveform(chunks([tone, 6400]), 1)).toEqual(Array.from({ length: 64 }, () => 100));
  const half = (await toWaveform(chunks([tone.slice(0, 3200), 6400]), 1))!;
  expect(half.slice(0, 31)).toEqual(Array.from({ length: 31 }, () => 100));
  expect(half.slice(33)).toEqual(Array.from({ length: 31 }, () => 0));
});
