import { ChatError } from "../core/errors.ts";
import { type JsonLimits, parseJson } from "../core/json.ts";
import { gather } from "./gathering.ts";
import type { BodyRoom } from "./room.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true });
/** Bytes of a body of unknown length that the runtime takes in before anybody reads them. */
const readAhead = 1_048_576;
/** What a body has room for at first, in bytes; then twice as much each time. */
const firstRoom = 1024;

/**
 * The bytes of the JSON that a request from `address` carries. Errors: `unsupported_media_type` (also when none is
 * named, so that nothing is taken unvalidated), `payload_too_large`, `malformed_json` where it is cut off,
 * `rate_limited` and `overloaded` where there is no room for it.
 */
export async function readBody(
  request: Request,
  maxBytes: number,
  room: BodyRoom,
  address: string,
): Promise<Uint8Array> {
  const type = request.headers.get("content-type") ?? "";
  if (!/^application\/json\s*(;\s*charset\s*=\s*"?utf-8"?\s*)?$/i.test(type)) {
    throw new ChatError("unsupported_media_type");
  }
  return readBytes(request, maxBytes, room, address);
}

/** What they say. Errors: `malformed_json`, also for bytes that are not UTF-8. */
export function parseBody(bytes: Uint8Array, limits: JsonLimits): unknown {
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw new ChatError("malformed_json", "The body is not UTF-8.");
  }
  return parseJson(text, limits);
}

/** Reads no further than the limit, whatever Content-Length says, into one buffer: chunks may be of a byte each. */
async function readBytes(
  request: Request,
  maxBytes: number,
  room: BodyRoom,
  address: string,
): Promise<Uint8Array> {
  const tooLarge = () => new ChatError("payload_too_large", `The body is larger than ${maxBytes} bytes.`);
  const declared = Number(request.headers.get("content-length") ?? NaN);
  if (declared > maxBytes) throw tooLarge();
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  let refused: ChatError | undefined;
  const place = room.enter(address, (error) => {
    refused = error;
    void reader.cancel().catch(() => {});
  });
  const expected = Number.isNaN(declared) ? readAhead : declared;
  let buffer = new Uint8Array();
  let size = 0;
  try {
    place.grow(expected);
    for (;;) {
      const { done, value } = await reader.read();
      if (refused) throw refused;
      if (done) return buffer.subarray(0, size);
      if (size + value.byteLength > maxBytes) throw tooLarge();
      if (size + value.byteLength !== declared) await gather(value);
      if (refused) throw refused;
      if (size + value.byteLength > buffer.byteLength) {
        const wanted = Math.max(firstRoom, buffer.byteLength * 2, size + value.byteLength);
        const length = Math.min(wanted, maxBytes);
        place.grow(Math.max(expected, length));
        const larger = new Uint8Array(length);
        larger.set(buffer.subarray(0, size));
        buffer = larger;
      }
      buffer.set(value, size);
      size += value.byteLength;
      if (size === declared) return buffer.subarray(0, size);
    }
  } catch (error) {
    void reader.cancel().catch(() => {});
    if (error instanceof ChatError) throw error;
    // Whoever sent it has hung up.
    throw new ChatError("malformed_json", "The body ended too early.");
  } finally {
    place.leave();
  }
}
