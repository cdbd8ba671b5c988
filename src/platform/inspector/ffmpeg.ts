/**
 * Decoding with the machine's ffmpeg: what the server's own decoders (codecs/) do not know, or all where they are
 * missing.
 */
import type { RawPixels, Size } from "./image.ts";
import type { AudioChunk } from "./waveform.ts";

/** Limits of ffmpeg itself, within those of a file. */
const seconds = 8;
/** Of a frame, whatever a container says of it: 8192 by 8192, in ten bits. */
export const mostPixels = 8192 * 8192;
const mostBytesAtOnce = mostPixels * 4;
/** Enough for a waveform. */
const samplesPerSecond = 8000;
const bytesPerSample = 4;

/** The demuxer to use. Left to guess, ffmpeg may read a file as a playlist, which names other files. */
export type Container = "mov" | "matroska" | "mpegts" | "mp3" | "wav" | "ogg" | "flac" | "aac";

export interface Given {
  file: string;
  container: Container;
}

/** A frame of the film from this second on, turned upright, in this size. Undefined where it finds none. */
export async function posterByFfmpeg(
  program: string,
  given: Given,
  { at, size }: { at: number; size: Size },
): Promise<RawPixels | undefined> {
  // Many films begin with a fade from black: of a second's frames this takes a typical one.
  const filters = `scale=${size.width}:${size.height},setsar=1,thumbnail=n=25`;
  const child = start(program, ["-ss", String(at), ...fromFile(given)], pixmap(filters));
  return parsePixmap(await new Response(child.stdout).bytes());
}

/**
 * The pictures of an HEVC stream, put through these filters into one. Undefined where one of them cannot be decoded.
 */
export async function pictureByFfmpeg(
  program: string,
  stream: Uint8Array,
  filters: string,
): Promise<RawPixels | undefined> {
  // Else what is missing is made up.
  const strict = ["-xerror", "-err_detect", "explode"];
  const input = [...strict, "-protocol_whitelist", "pipe", "-f", "hevc", "-i", "pipe:0"];
  const child = start(program, input, pixmap(filters), stream);
  const picture = parsePixmap(await new Response(child.stdout).bytes());
  return (await child.exited) === 0 ? picture : undefined;
}

/** The sound of a file, its channels mixed to one. Nothing where it cannot be decoded. */
export async function* soundByFfmpeg(program: string, given: Given): AsyncGenerator<AudioChunk> {
  const output = ["-map", "0:a:0", "-ac", "1", "-ar", String(samplesPerSecond), "-f", "f32le", "-"];
  let rest = Buffer.alloc(0);
  for await (const chunk of start(program, fromFile(given), output).stdout) {
    const bytes = Buffer.concat([rest, chunk]);
    const whole = bytes.length - (bytes.length % bytesPerSample);
    const samples = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + whole));
    yield { samples, rate: samplesPerSecond };
    rest = bytes.subarray(whole);
  }
}

function start(program: string, input: string[], output: string[], stdin: "ignore" | Uint8Array = "ignore") {
  const threads = ["-threads", "1", "-filter_threads", "1"];
  const memory = ["-max_alloc", String(mostBytesAtOnce), "-max_pixels", String(mostPixels)];
  const limits = ["-nostdin", "-v", "error", "-timelimit", String(seconds), ...threads, ...memory];
  return Bun.spawn([program, ...limits, ...input, ...output], {
    env: {},
    stdin,
    stdout: "pipe",
    stderr: "ignore",
    timeout: seconds * 1000,
    killSignal: "SIGKILL",
  });
}

function fromFile({ file, container }: Given): string[] {
  return ["-protocol_whitelist", "file", "-f", container, "-i", `file:${file}`];
}

function pixmap(filters: string): string[] {
  // Else what has more than 8 bits keeps them.
  const format = ["-pix_fmt", "rgb24", "-c:v", "ppm", "-f", "image2pipe", "-"];
  return ["-frames:v", "1", "-vf", filters, ...format];
}

/** A binary PPM: `P6 WIDTH HEIGHT 255` and the pixels. */
function parsePixmap(bytes: Uint8Array): RawPixels | undefined {
  const head = /^P6\s(\d{1,5})\s(\d{1,5})\s255\s/.exec(Buffer.from(bytes.subarray(0, 32)).toString("latin1"));
  if (!head) return undefined;
  const [width, height] = [Number(head[1]), Number(head[2])];
  const data = bytes.subarray(head[0].length, head[0].length + width * height * 3);
  if (data.length < width * height * 3) return undefined;
  return { data, width, height, channels: 3, rotation: 0 };
}
