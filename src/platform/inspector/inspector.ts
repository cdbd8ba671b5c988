/** The first argument of this program where it is started to look into files. */
export const inspectWord = "inspect";

/**
 * What location and camera data are taken out of: formats of which it is known where these can stand, and what else in
 * them is the picture or the film. All others stay as they are.
 */
const cleanedTypes = [
  ...(["image/jpeg", "image/png", "image/webp", "image/gif", "image/avif", "image/heic"] as const),
  ...(["video/mp4", "video/quicktime", "video/3gpp", "audio/mp4", "video/webm", "video/x-matroska"] as const),
  "audio/wav" as const,
];
export type CleanedType = (typeof cleanedTypes)[number];

export function isCleaned(type: string): type is CleanedType {
  return (cleanedTypes as string[]).includes(type);
}

/** A job for the process that looks into files. All paths are of this machine. */
export interface Job {
  file: string;
  /** The media type that its content has. */
  type: string;
  /** Where to write it without location and camera data; absent where these may stay. */
  clean?: string;
  /** Where to write a WebP of it: `side` pixels at most on the longer side, or a square of so many. */
  picture: { file: string; side: number; square: boolean };
  /** How long may be worked at it: without an end then, what is known of it otherwise is still said in time. */
  seconds?: number;
}

/** What there is to know of a file. Nothing of it has to be there. */
export interface Findings {
  /** Why it could not be looked at, as a sentence without its end. What else is said was found before. */
  failed?: string;
  /**
   * No such data are left that somebody here knows: true where there were some and `clean` has been written, false
   * where there are none. Absent where that was not asked for, or could not be done: whether somebody else can read it
   * nobody knows.
   */
  cleaned?: boolean;
  /** Something in it is unknown here. It stayed, and may say where the file was made. */
  hasUnknown?: boolean;
  /** `picture` has been written. */
  pictured?: boolean;
  /** What it turned out to be, where the type leaves that open: a container may hold sound alone. */
  kind?: "image" | "video" | "audio";
  /** In pixels, as people see it: turned as it says. */
  width?: number;
  height?: number;
  /** Seconds. */
  duration?: number;
  /** How loud it is over time: 64 numbers from 0 to 100. */
  waveform?: number[];
}

/** Which codec reads images: sharp's, or the runtime's own where that one cannot be loaded on this machine. */
export interface Codec {
  images: "sharp" | "bun";
  /** Why it is not sharp. */
  reason?: string;
}

/** What decodes films, sounds and HEIC pictures: decoders of our own (`ok`), the program on the PATH, or nothing. */
export type FilmDecoder = "ok" | "ffmpeg" | "none";

/** How long a file may be examined this time. */
export interface Allowance {
  /** No more than a file may have in all, which is what it has where this is absent. */
  milliseconds?: number;
  /**
   * Called with the time that was spent on it, whatever came of it, with that of a restart where it ended the process.
   */
  took(milliseconds: number): void;
}

/** The allowance was too short. The file has not failed: more time may be enough. */
export class TooShort extends Error {}

/**
 * Examines files that people sent, one after another, in a process of its own: whatever is in them, it costs the server
 * neither time nor memory, and it ends.
 */
export interface Inspector {
  /**
   * Never fails because of the file: what cannot be read, takes too long, needs too much memory or kills the process is
   * `failed`. Errors: TooShort; ChatError `stopping` after `close`; another Error when the process cannot be started,
   * or the system does not let it work (a full disk).
   */
  inspect(job: Job, allowance?: Allowance): Promise<Findings>;
  /** Starts the process, to know its codec. Errors: one where it cannot be started. */
  start(): Promise<void>;
  /** Known once the process has been started for the first time. */
  readonly codec: Codec | undefined;
  readonly filmDecoder: FilmDecoder;
  /** Ends the process; what was under way is `stopping`. */
  close(): Promise<void>;
}
