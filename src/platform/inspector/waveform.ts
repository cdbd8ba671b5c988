/** A chunk of sound: samples from -1 to 1, and how many there are a second. */
export interface AudioChunk {
  samples: Float32Array;
  rate: number;
}

const values = 64;
const loudest = 100;
/** Below this there is only noise, which is not made to look loud. */
const silence = 0.005;

/**
 * The waveform of a sound: `values` numbers from 0 to 100, each the peak of its part of `duration` seconds; the loudest
 * is 100. Undefined where there is no sound at all.
 */
export async function toWaveform(
  chunks: AsyncIterable<AudioChunk>,
  duration: number,
): Promise<number[] | undefined> {
  const peaks = new Float32Array(values);
  let seconds = 0;
  for await (const { samples, rate } of chunks) {
    const perSample = values / (duration * rate);
    const start = (seconds / duration) * values;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i];
      if (sample === undefined) break;
      const at = Math.min(values - 1, Math.floor(start + i * perSample));
      const size = Math.abs(sample);
      const peak = peaks[at];
      if (peak === undefined || size > peak) peaks[at] = size;
    }
    seconds += samples.length / rate;
  }
  if (seconds === 0) return undefined;
  const highest = Math.max(silence, ...peaks);
  return Array.from(peaks, (peak) => Math.min(loudest, Math.round((peak / highest) * loudest)));
}
