import type { BusboyInstance } from "@fastify/busboy";
import type { Readable } from "node:stream";

import { ChatError } from "../core/errors.ts";
import type { Form, FormPart } from "../feature.ts";
import { pace } from "./pacing.ts";

/** A form has a handful of parts with short headers; what has more is refused before it costs anything. */
const limits = { parts: 20, fieldSize: 1024, headerPairs: 20, headerSize: 16_384 };

/**
 * The parts of a `multipart/form-data` (RFC 7578) while they arrive: at most one chunk is read ahead, and at most
 * `mostBytes` in all. Errors: `unsupported_media_type`,
 * `malformed_form`, `payload_too_large`.
 */
export async function* readForm(request: Request, mostBytes: number): Form {
  const parts = new Parts();
  const parser = await openParser(request, parts);
  const feeding = feed(request, parser, mostBytes).then(
    () => parts.end(),
    (error: unknown) => parts.fail(error instanceof ChatError ? error : cutOff()),
  );
  try {
    for (let part = await parts.next(); part; part = await parts.next()) yield part;
    await feeding;
  } finally {
    // Whoever has seen enough reads no further; what is left of the body is not waited for.
    parser.destroy();
  }
}

async function openParser(request: Request, parts: Parts): Promise<BusboyInstance> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^multipart\/form-data\s*(;|$)/i.test(type)) throw new ChatError("unsupported_media_type");
  // With the first form, not with the start.
  const { Busboy } = await import("@fastify/busboy");
  let parser: BusboyInstance;
  try {
    parser = new Busboy({ headers: { "content-type": type }, limits, preservePath: true });
  } catch {
    throw new ChatError("malformed_form", "The content type names no boundary.");
  }
  const tooMany = () => parts.fail(new ChatError("malformed_form", `More than ${limits.parts} parts.`));
  return parser
    .on("file", (field, bytes, name, _encoding, type) => {
      // Without a listener an error would end the process; whoever reads the bytes is told.
      bytes.on("error", () => {});
      parts.add({ field, name: name ?? "", type, bytes: whole(bytes) }, bytes);
    })
    .on("field", (field, value) => parts.add({ field, value }))
    .on("partsLimit", tooMany);
}

async function* whole(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* bytes;
  } catch (error) {
    throw error instanceof ChatError ? error : cutOff();
  }
}

function cutOff(): ChatError {
  return new ChatError("malformed_form", "The body ended too early, or is not what it says.");
}

/** Feeds the body to the parser, as fast as the parts are read (backpressure). */
async function feed(request: Request, parser: BusboyInstance, mostBytes: number): Promise<void> {
  const finished = Promise.withResolvers<void>();
  finished.promise.catch(() => {});
  // Both are settled by hand: what each chunk hangs on a promise of the whole body stays in memory until its end.
  let written = finished;
  const failed = (error?: Error) => [finished, written].forEach((one) => one.reject(error));
  parser
    .on("finish", () => [finished, written].forEach((one) => one.resolve()))
    .on("error", failed)
    .on("close", failed);
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new ChatError("payload_too_large", `A form may have ${mostBytes} bytes.`);
    await pace(chunk);
    const { promise, resolve, reject } = (written = Promise.withResolvers<void>());
    parser.write(chunk, (error) => (error ? reject(error) : resolve()));
    await promise;
  }
  parser.end();
  await finished.promise;
}

/** A queue of parts between the parser and the consumer. */
class Parts {
  readonly #waiting: FormPart[] = [];
  #over: { error?: Error } | undefined;
  #wake: (() => void) | undefined;
  /** The last one's, of which more may come. */
  #open: Readable | undefined;

  add(part: FormPart, bytes?: Readable): void {
    this.#open = bytes;
    this.#waiting.push(part);
    this.#wake?.();
  }

  end(): void {
    this.#over ??= {};
    this.#wake?.();
  }

  /** Whoever reads the bytes of a part hears of it, too: the parser does not know that no more come. */
  fail(error: Error): void {
    this.#over ??= { error };
    this.#open?.destroy(error);
    this.#wake?.();
  }

  /** Undefined after the last one. */
  async next(): Promise<FormPart | undefined> {
    while (this.#waiting.length === 0 && !this.#over) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const part = this.#waiting.shift();
    if (!part && this.#over?.error) throw this.#over.error;
    return part;
  }
}
