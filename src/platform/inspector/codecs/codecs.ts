/**
 * FFmpeg's decoders and dav1d, compiled to WebAssembly (see README.md beside this file): a sandbox with bounded memory
 * and no system calls.
 */
import { readFile } from "node:fs/promises";

/** What `codecs.c` exports: addresses and sizes are in bytes of its memory, results below 0 are errors of FFmpeg. */
interface Exports {
  memory: WebAssembly.Memory;
  _initialize(): void;
  versions(): number;
  alloc(size: number): number;
  release(at: number): void;
  open(name: number, extra: number, size: number, rate: number, channels: number): number;
  send(at: number, size: number): number;
  receive(): number;
  reset(): void;
  width(): number;
  height(): number;
  rate(): number;
  samples(): number;
  rgb(width: number, height: number): number;
  mono(): number;
}

/** A track, as far as its decoder has to know it. */
export interface Coding {
  /** As WebCodecs and mediabunny name it: `avc`, `hevc`, `opus`, `pcm-s16` … */
  codec: string;
  /** What the container says to the decoder (avcC, hvcC, AudioSpecificConfig …). */
  description: Uint8Array;
  /** Of sound. */
  rate?: number;
  channels?: number;
}

export interface Decoder {
  /** Sends one packet; without one, flushes the decoder. False for a damaged packet. */
  send(packet?: Uint8Array): boolean;
  /** Whether there is one more frame. */
  receive(): boolean;
  /** Resets the decoder, for packets that do not follow the ones before, also after a flush. */
  reset(): void;
  /** The frame as pixels: red, green and blue, scaled to this size. Undefined where that does not work. */
  pixels(width: number, height: number): Uint8Array | undefined;
  /** The frame as sound, channels mixed to one, and samples a second. Good until the next call. */
  sound(): { samples: Float32Array; rate: number } | undefined;
}

/** FFmpeg's names, where they differ. */
const names: Record<string, string> = {
  avc: "h264",
  av1: "libdav1d",
  mp3: "mp3float",
  ulaw: "pcm_mulaw",
  alaw: "pcm_alaw",
};

/** The versions of FFmpeg and dav1d that the decoders in `file` were made from, as Debian numbers them. */
export async function codecVersions(file: string): Promise<string> {
  const { memory, versions } = await instantiate(file);
  const text = Buffer.from(memory.buffer, versions());
  return text.toString("latin1", 0, text.indexOf(0));
}

/**
 * A new instance for each file, so that one file cannot affect the next. `codecs`: where the decoders are. Throws for
 * an unknown codec.
 */
export async function openDecoder(
  codecs: string,
  { codec, description, rate = 0, channels = 0 }: Coding,
): Promise<Decoder> {
  const wasm = await instantiate(codecs);
  const copy = (bytes: Uint8Array) => {
    const at = wasm.alloc(bytes.length);
    if (at === 0) throw new Error("the decoder needs too much memory");
    new Uint8Array(wasm.memory.buffer, at, bytes.length).set(bytes);
    return at;
  };
  const name = copy(Buffer.from(nameOf(codec)));
  const result = wasm.open(name, copy(description), description.length, rate, channels);
  if (result < 0) throw new Error(`there is no decoder for ${codec}`);
  return {
    send(packet) {
      if (!packet) return wasm.send(0, 0) >= 0;
      const at = copy(packet);
      const isTaken = wasm.send(at, packet.length) >= 0;
      wasm.release(at);
      return isTaken;
    },
    receive: () => wasm.receive() === 1,
    reset: () => wasm.reset(),
    pixels(width, height) {
      const at = wasm.rgb(width, height);
      if (at === 0) return undefined;
      // A copy: the memory may move at the next call.
      const copied = new Uint8Array(wasm.memory.buffer, at, width * height * 3).slice();
      wasm.release(at);
      return copied;
    },
    sound() {
      const at = wasm.mono();
      if (at === 0) return undefined;
      return { samples: new Float32Array(wasm.memory.buffer, at, wasm.samples()), rate: wasm.rate() };
    },
  };
}

function nameOf(codec: string): string {
  if (codec.startsWith("pcm-")) return codec.replace("-", "_").replace(/(16|24|32|64)$/, "$1le");
  return names[codec] ?? codec;
}

async function instantiate(file: string): Promise<Exports> {
  const module = await WebAssembly.compile(Bun.zstdDecompressSync(await readFile(file)));
  // The decoders use no system: what they import is left over from how a C library says that it gives up.
  const imports: Record<string, Record<string, () => number>> = {};
  for (const one of WebAssembly.Module.imports(module)) {
    (imports[one.module] ??= {})[one.name] = one.name === "proc_exit" ? giveUp : () => 0;
  }
  const { exports } = await WebAssembly.instantiate(module, imports);
  const decoders = exports as unknown as Exports;
  decoders._initialize();
  return decoders;
}

function giveUp(): never {
  throw new Error("the decoder gave up");
}
