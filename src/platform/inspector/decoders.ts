import { codecsFile } from "./codecs/location.ts";
import type { FilmDecoder } from "./inspector.ts";

/** What decodes films, sounds and HEIC pictures. Where there is neither, they have no thumbnails and no waveforms. */
export interface Decoders {
  /** The file of our own decoders (codecs/). */
  codecs: string | undefined;
  /** The program, for what our own do not decode. */
  ffmpeg: string | undefined;
}

/** The decoders of this machine: those in the executable or built by this user, and the ffmpeg on the PATH. */
export function decodersHere(): Decoders {
  return { codecs: codecsFile(), ffmpeg: Bun.which("ffmpeg") ?? undefined };
}

/** Which of them decodes films. */
export function filmDecoderOf({ codecs, ffmpeg }: Decoders): FilmDecoder {
  if (codecs !== undefined) return "ok";
  return ffmpeg === undefined ? "none" : "ffmpeg";
}
