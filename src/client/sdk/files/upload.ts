import { type Caller, type Fetch, read } from "../calls.ts";
import type { Environment } from "../environment.ts";
import { ParleyError } from "../errors.ts";
import type { Media, Uploaded } from "../wire.ts";
import { byXhr, XMLHttpRequest } from "./by-xhr.ts";
import { Deadline } from "./deadline.ts";
import { type FileToSend, Multipart } from "./multipart.ts";
import { readAll, toStream } from "./stream.ts";

export interface UploadOptions {
  signal: AbortSignal;
  /** How many bytes of the files have gone, which only grows. */
  onProgress(bytes: number): void;
  /** They are ciphertext, and their names and types say nothing. */
  isSealed?: boolean;
}

/** Also the time in which the last bytes, which the system has taken already, go over a slow line; in milliseconds. */
const patience = 120_000;

/**
 * Sends files, all or none, and answers what has become of them. Errors: those of the call; `file_missing` where a file cannot
 * be read any more.
 */
export async function upload(
  caller: Caller,
  environment: Environment,
  files: readonly FileToSend[],
  { signal, onProgress, isSealed = false }: UploadOptions,
): Promise<Media[]> {
  const deadline = new Deadline(environment, patience, signal);
  let most = 0;
  const sent = (bytes: number) => {
    deadline.moved();
    // It begins anew with another access token.
    if (bytes <= most) return;
    most = bytes;
    onProgress(bytes);
  };
  try {
    const fetch = XMLHttpRequest
      ? byXhr(XMLHttpRequest, files, isSealed, sent)
      : byStream(environment, files, isSealed, sent);
    const init = { method: "POST", signal: deadline.signal };
    const response = await caller.send("/api/media/upload", init, fetch);
    return (await read<Uploaded>(response, init.signal)).media;
  } catch (error) {
    if (error instanceof ParleyError && error.code === "no_answer") await requireReadable(files);
    throw error;
  } finally {
    deadline.rest();
  }
}

/** `fetch` with the files as its body, which it gets piece by piece. */
function byStream(
  environment: Environment,
  files: readonly FileToSend[],
  isSealed: boolean,
  sent: (bytes: number) => void,
): Fetch {
  return (url, init) => {
    const form = new Multipart(files, isSealed);
    const headers = new Headers(init.headers);
    headers.set("Content-Type", form.type);
    // Bun and Node send it with a stream, too. A body without it counts as a megabyte.
    headers.set("Content-Length", String(form.length));
    const body = toStream(paced(form.pieces(sent)));
    const stream = { ...init, headers, body, duplex: "half" as const };
    return environment.fetch(url, stream);
  };
}

/** Node looks for an early answer only between two turns, and would mostly be cut off before it has read a refusal. */
async function* paced(pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    await new Promise((resolve) => setTimeout(resolve));
    yield piece;
  }
}

async function requireReadable(files: readonly FileToSend[]): Promise<void> {
  for (const { name, blob } of files) {
    try {
      const bytes = readAll(blob.stream());
      await bytes.next();
      await bytes.return(undefined);
    } catch {
      throw new ParleyError("file_missing", `${name} cannot be read any more.`);
    }
  }
}
