import { ChatError } from "../core/errors.ts";
import { type JsonLimits, parseJson } from "../core/json.ts";
import type { BodyMemory } from "./body-memory.ts";
import { pace } from "./pacing.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** So many bytes of a body of unknown length the runtime buffers before anybody reads them. */
const readAhead = 1_048_576;
/** Capacity of a body's buffer at first, in bytes; then twice as much each time. */
const firstCapacity = 1024;

/**
 * The bytes of the JSON that a request from `address` carries. Errors: `unsupported_media_type` (also when none is
 * named, so that nothing is taken unvalidated), `payload_too_large`, `malformed_json` where it is cut off,
 * `rate_limited` and `overloaded` where there is no memory for it.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  memory: BodyMemory,
  address: string,
): Promise<Uint8Array> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new ChatError("unsupported_media_type");
  }
  return readBytes(request, maxBytes, memory, address);
}

/** Parses JSON. Errors: `malformed_json`, also for bytes that are not UTF-8. */
export function parseBody(bytes: Uint8Array, limits: JsonLimits): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ChatError("malformed_json", "The body is not UTF-8.");
  }
  return parseJson(text, limits);
}

/** Reads up to the limit, whatever Content-Length says, into one buffer, because chunks may be of one byte each. */
async function readBytes(
  request: Request,
  maxBytes: number,
  memory: BodyMemory,
  address: string,
): Promise<Uint8Array> {
  const declared = Number(request.headers.get("content-length") ?? NaN);
  if (declared > maxBytes) throw tooLarge(maxBytes);
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  let refused: ChatError | undefined;
  const reservation = memory.reserve(address, (error) => {
    refused = error;
    void reader.cancel().catch(() => {});
  });
  const expected = Number.isNaN(declared) ? readAhead : declared;
  const body = new GrowingBuffer(maxBytes, (bytes) => reservation.grow(Math.max(expected, bytes)));
  try {
    reservation.grow(expected);
    for (;;) {
      const { done, value } = await reader.read();
      if (refused) throw refused;
      if (done) return body.bytes;
      const size = body.size + value.byteLength;
      if (size > maxBytes) throw tooLarge(maxBytes);
      if (size !== declared) await pace(value);
      if (refused) throw refused;
      body.append(value);
      if (size === declared) return body.bytes;
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    if (error instanceof ChatError) throw error;
    // Whoever sent it has hung up.
    throw new ChatError("malformed_json", "The body ended too early.");
  } finally {
    reservation.release();
  }
}

function tooLarge(maxBytes: number): ChatError {
  return new ChatError("payload_too_large", `The body is larger than ${maxBytes} bytes.`);
}

/** A buffer that doubles its capacity when it is full, up to `maxBytes`. */
class GrowingBuffer {
  #buffer = new Uint8Array();
  #size = 0;

  constructor(
    private readonly maxBytes: number,
    /** Called before it takes so many bytes of memory. */
    private readonly reserve: (capacity: number) => void,
  ) {}

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#size);
  }

  append(chunk: Uint8Array): void {
    const size = this.#size + chunk.byteLength;
    if (size > this.#buffer.byteLength) this.#grow(size);
    this.#buffer.set(chunk, this.#size);
    this.#size = size;
  }

  #grow(size: number): void {
    const wanted = Math.max(firstCapacity, this.#buffer.byteLength * 2, size);
    const capacity = Math.min(wanted, this.maxBytes);
    this.reserve(capacity);
    const larger = new Uint8Array(capacity);
    larger.set(this.bytes);
    this.#buffer = larger;
  }
}
