import {
  ADTS,
  type EncodedPacket,
  EncodedPacketSink,
  FilePathSource,
  FLAC,
  Input,
  type InputAudioTrack,
  type InputFormat,
  type InputVideoTrack,
  MATROSKA,
  MP3,
  MP4,
  MPEG_TS,
  OGG,
  QTFF,
  WAVE,
  WEBM,
} from "mediabunny";

import { type Decoder, openDecoder } from "./codecs/codecs.ts";
import type { Decoders } from "./decoders.ts";
import { fitted } from "./fit.ts";
import { type Container, type Given, posterByFfmpeg, soundByFfmpeg } from "./ffmpeg.ts";
import type { RawPixels } from "./image.ts";
import { type AudioChunk, toWaveform } from "./waveform.ts";

/** The findings about a film or sound. */
export interface Film {
  kind: "video" | "audio";
  width?: number;
  height?: number;
  /** Seconds. */
  duration: number;
  waveform?: number[];
  poster?: RawPixels;
}

/** Containers that are read, with ffmpeg's name for each. No playlists, because they name other files. */
const containers = new Map<InputFormat, Container>([
  [MP4, "mov"],
  [QTFF, "mov"],
  [MATROSKA, "matroska"],
  [WEBM, "matroska"],
  [MPEG_TS, "mpegts"],
  [MP3, "mp3"],
  [WAVE, "wav"],
  [OGG, "ogg"],
  [FLAC, "flac"],
  [ADTS, "aac"],
]);

/** Longer sounds are no voice messages, and decoding them would take too long. */
const longestVoiceSeconds = 600;
/** A poster is looked for here, or after a tenth of the film: at the very beginning there is often nothing yet. */
const posterSeconds = 1;
/** Many films begin with a fade from black: a frame with a mean above this, of 255, is bright enough. */
const dark = 20;
/** How long a brighter frame is looked for, in milliseconds. */
const patience = 2500;

/**
 * Examines a film or sound. `side`: of the poster, in pixels at most. Throws for what is neither. With an unknown codec
 * there is only no poster or no waveform.
 */
export async function lookAtFilm(file: string, side: number, decoders: Decoders): Promise<Film> {
  using input = new Input({ formats: [...containers.keys()], source: new FilePathSource(file) });
  const container = containers.get(await input.getFormat());
  if (container === undefined) throw new Error("a container that nobody here reads");
  const given = { file, container };
  const video = await input.getPrimaryVideoTrack();
  const audio = await input.getPrimaryAudioTrack();
  // Awaited here, because the input is closed at the end of this.
  if (video) return await lookAtVideo(decoders, given, video, await durationOf(input), side);
  if (audio) return await lookAtAudio(decoders, given, audio, await durationOf(input));
  throw new Error("there is nothing to see or hear in it");
}

async function lookAtVideo(
  { codecs, ffmpeg }: Decoders,
  given: Given,
  track: InputVideoTrack,
  duration: number,
  side: number,
): Promise<Film> {
  const width = await track.getDisplayWidth();
  const height = await track.getDisplayHeight();
  const asked = { at: posterTime(duration), size: fitted({ width, height }, { side, square: false }) };
  const poster = await posterOf(codecs, track, side).catch(() =>
    ffmpeg ? posterByFfmpeg(ffmpeg, given, asked) : undefined,
  );
  return { kind: "video", width, height, duration, ...(poster && { poster }) };
}

async function lookAtAudio(
  { codecs, ffmpeg }: Decoders,
  given: Given,
  track: InputAudioTrack,
  duration: number,
): Promise<Film> {
  const isVoice = duration > 0 && duration <= longestVoiceSeconds;
  const waveform = isVoice
    ? await waveformOf(codecs, track, duration).catch(() =>
        ffmpeg ? toWaveform(soundByFfmpeg(ffmpeg, given), duration) : undefined,
      )
    : undefined;
  return { kind: "audio", duration, ...(waveform && { waveform }) };
}

/** To the millisecond. */
async function durationOf(input: Input): Promise<number> {
  const seconds = (await input.computeDuration()) - (await input.getFirstTimestamp());
  return Math.round(seconds * 1000) / 1000;
}

/** The time of the poster in a film of so many seconds. */
function posterTime(duration: number): number {
  return Math.min(posterSeconds, duration / 10);
}

/** A frame of the film, not yet turned. */
async function posterOf(
  codecs: string | undefined,
  track: InputVideoTrack,
  side: number,
): Promise<RawPixels> {
  const decoder = await decoderOf(codecs, track);
  // A film may be stored squeezed.
  const whole = { width: await track.getSquarePixelWidth(), height: await track.getSquarePixelHeight() };
  const { width, height } = fitted(whole, { side, square: false });
  const until = performance.now() + patience;
  let data: Uint8Array | undefined;
  for await (const _ of framesFrom(decoder, packetsFrom(track))) {
    data = decoder.pixels(width, height) ?? data;
    if (data && (brightness(data) > dark || performance.now() > until)) break;
  }
  if (!data) throw new Error("no picture of it could be decoded");
  return { data, width, height, channels: 3, rotation: await track.getRotation() };
}

/** From the key frame before the time of the poster. */
async function* packetsFrom(track: InputVideoTrack): AsyncGenerator<EncodedPacket> {
  const sink = new EncodedPacketSink(track);
  const first = await track.getFirstTimestamp();
  const time = first + posterTime((await track.computeDuration()) - first);
  const key = (await sink.getKeyPacket(time)) ?? (await sink.getFirstKeyPacket());
  if (key) yield* sink.packets(key);
}

/** Stops at each frame that comes out. */
async function* framesFrom(decoder: Decoder, packets: AsyncIterable<EncodedPacket>): AsyncGenerator<void> {
  for await (const packet of packets) {
    decoder.send(packet.data);
    while (decoder.receive()) yield;
  }
  decoder.send();
  while (decoder.receive()) yield;
}

function brightness(pixels: Uint8Array): number {
  let sum = 0;
  for (const value of pixels) sum += value;
  return sum / pixels.length;
}

async function waveformOf(
  codecs: string | undefined,
  track: InputAudioTrack,
  duration: number,
): Promise<number[] | undefined> {
  const decoder = await decoderOf(codecs, track);
  async function* chunks(): AsyncGenerator<AudioChunk> {
    for await (const _ of framesFrom(decoder, new EncodedPacketSink(track).packets())) {
      const chunk = decoder.sound();
      if (chunk) yield chunk;
    }
  }
  return toWaveform(chunks(), duration);
}

async function decoderOf(
  codecs: string | undefined,
  track: InputVideoTrack | InputAudioTrack,
): Promise<Decoder> {
  if (codecs === undefined) throw new Error("there are no decoders");
  const codec = await track.getCodec();
  const config = await track.getDecoderConfig();
  if (!codec || !config) throw new Error("its codec is unknown");
  const sound = "sampleRate" in config ? { rate: config.sampleRate, channels: config.numberOfChannels } : {};
  return openDecoder(codecs, { codec, description: bytesOf(config.description), ...sound });
}

function bytesOf(given: ArrayBufferView | ArrayBufferLike | undefined): Uint8Array {
  if (given === undefined) return new Uint8Array();
  if (!ArrayBuffer.isView(given)) return new Uint8Array(given);
  return new Uint8Array(given.buffer, given.byteOffset, given.byteLength);
}
