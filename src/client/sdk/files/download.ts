import { pause, waitAfter } from "../backoff.ts";
import { type Caller, lost } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { maySucceedLater, noAnswer, ParleyError } from "../errors.ts";
import type { Media } from "../wire.ts";
import { Deadline } from "./deadline.ts";
import { readAll, toStream } from "./stream.ts";

export interface DownloadOptions {
  /** Its thumbnail instead. */
  thumbnail?: boolean;
  /**
   * The first byte that is wanted: so many are there already. What is encrypted is fetched from its beginning all the same, because it is checked as
   * a whole.
   */
  from?: number;
  /** How many bytes are there, with those before `from`, of how many. */
  onProgress?(bytes: number, of: number): void;
  signal?: AbortSignal;
}

/** What opens encrypted files. */
export interface FileOpener {
  /**
   * The bytes of a file, as an opened message shows it, each after it was checked; `read` has what is sealed. Errors: `file_damaged`; `not_opened`
   * for what no opened message has shown; `no_thumbnail`; those of `read`.
   */
  openFile(
    media: object,
    options: DownloadOptions,
    read: (id: number) => AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array>;
}

/** The server itself waits up to 10 seconds for a file that it still looks into; in milliseconds. */
const patience = 30_000;

/**
 * The bytes of a file, each asked for when it is read. When the line breaks, or the file is not ready yet, it goes on by itself from
 * where it was. `encryption` opens what is encrypted. Errors, in the stream: those of the call that are final; `file_changed`; `aborted`; those of
 * `encryption`. Cancelling it ends the request.
 */
export function download(
  caller: Caller,
  environment: Environment,
  media: Pick<Media, "id"> & Partial<Media>,
  options: DownloadOptions = {},
  encryption?: FileOpener,
): ReadableStream<Uint8Array> {
  const { thumbnail, from = 0, onProgress, signal } = options;
  const cancelled = new AbortController();
  const ended = signal ? AbortSignal.any([signal, cancelled.signal]) : cancelled.signal;
  const read = (path: number | string, begin = 0, told?: DownloadOptions["onProgress"]) =>
    pieces(new Remainder(caller, environment, `/api/media/${path}`, begin, ended), environment, ended, told);
  const bytes =
    media.encrypted && encryption
      ? encryption.openFile(media, options, read)
      : read(thumbnail ? `${media.id}/thumbnail` : media.id, from, onProgress);
  return toStream(bytes, () => cancelled.abort());
}

async function* pieces(
  file: Remainder,
  environment: Environment,
  ended: AbortSignal,
  onProgress: DownloadOptions["onProgress"],
): AsyncGenerator<Uint8Array> {
  for (let failures = 0; !file.isWhole; failures += 1) {
    try {
      for await (const bytes of file.read()) {
        failures = 0;
        onProgress?.(file.position, file.size);
        yield bytes;
      }
    } catch (error) {
      if (!maySucceedLater(error)) throw error;
      await pause(environment, waitAfter(environment, error, failures), ended);
    }
  }
}

/** What is still to be read of a file. */
class Remainder {
  size = Infinity;
  /** Of the file as it was at first. */
  #etag: string | undefined;

  constructor(
    private readonly caller: Caller,
    private readonly environment: Environment,
    private readonly path: string,
    public position: number,
    private readonly ended: AbortSignal,
  ) {}

  get isWhole(): boolean {
    return this.position >= this.size;
  }

  /** As far as the line holds. */
  async *read(): AsyncGenerator<Uint8Array> {
    const deadline = new Deadline(this.environment, patience, this.ended);
    try {
      const { body } = await this.#ask(deadline.signal);
      for await (const bytes of body ? readAll(body) : []) {
        // Whoever reads slowly holds nothing up.
        deadline.rest();
        this.position += bytes.length;
        yield bytes;
        deadline.moved();
      }
    } catch (error) {
      if (!(await this.#isEnd(error, deadline.signal))) throw lost(error, deadline.signal);
    } finally {
      deadline.rest();
    }
    if (this.size === Infinity) this.size = this.position;
    if (!this.isWhole) throw noAnswer("The line broke in the middle of a file.");
  }

  /** Whether nothing was refused but to read on from the end (RFC 9110, 15.5.17): then the byte before is the last one. */
  async #isEnd(error: unknown, signal: AbortSignal): Promise<boolean> {
    if (!(error instanceof ParleyError) || error.status !== 416 || this.position === 0) return false;
    const last = this.position - 1;
    const response = await this.caller.send(this.path, { signal, headers: { Range: `bytes=${last}-` } });
    await response.body?.cancel();
    return response.headers.get("Content-Range") === `bytes ${last}-${last}/${this.position}`;
  }

  async #ask(signal: AbortSignal): Promise<Response> {
    const range = this.position > 0 && { Range: `bytes=${this.position}-` };
    const sameFile = range && this.#etag !== undefined && { "If-Range": this.#etag };
    const response = await this.caller.send(this.path, { signal, headers: { ...range, ...sameFile } });
    const { headers } = response;
    const [, from, of] = /^bytes (\d+)-\d+\/(\d+)$/.exec(headers.get("Content-Range") ?? "") ?? [];
    if (Number(from ?? 0) !== this.position) {
      await response.body?.cancel();
      throw new ParleyError("file_changed", "The file has changed since its first part was read.");
    }
    this.size = Number(of ?? headers.get("Content-Length") ?? Infinity);
    this.#etag = strong(headers.get("ETag"));
    return response;
  }
}

/** A weak one says nothing of single bytes (RFC 9110, 13.1.5). */
function strong(etag: string | null): string | undefined {
  return etag?.startsWith('"') ? etag : undefined;
}
