/**
 * Messages with a number of fixed width, so that it can be written and read without making or parsing JSON. The
 * number stands in the request's id, in the client's id and at the start of the content.
 */
import { encodeJson } from "./raw-socket.ts";

const digits = 7;
const zero = "0".repeat(digits);
const requestAt = '{"type":"ack","request_id":"'.length;
const contentMark = '"content":"';

/** `send_message` frames with successive numbers. */
export class NumberedFrames {
  readonly #frame: Buffer;
  /** Where in the frame the number stands. */
  readonly #slots: number[];

  constructor(chatId: number) {
    const run = Buffer.from(crypto.getRandomValues(new Uint8Array(6))).toString("hex");
    const fields = {
      type: "send_message",
      request_id: zero,
      chat_id: chatId,
      client_id: `${run}-${zero}`,
      content: `${zero} is the number of this message, which is as long as many are.`,
    };
    this.#frame = encodeJson(fields);
    const text = this.#frame.toString("latin1");
    this.#slots = [...text.matchAll(new RegExp(`(?<=["-])${zero}`, "g"))].map((match) => match.index);
  }

  /** `count` frames in a row, from number `first` on. */
  encode(first: number, count: number): Buffer {
    const size = this.#frame.length;
    const frames = Buffer.allocUnsafe(size * count);
    for (let n = 0; n < count; n++) {
      this.#frame.copy(frames, n * size);
      for (const slot of this.#slots) writeNumber(frames, n * size + slot, first + n);
    }
    return frames;
  }
}

/** The number of the message that an `ack`, which begins at `start`, is about. */
export function acknowledgedNumber(bytes: Buffer, start: number): number {
  return readNumber(bytes, start + requestAt);
}

/**
 * How far from its end the number stands in a `new_message` frame: the same in all of a server's, since only what
 * comes before the content differs in length.
 */
export function numberFromEnd(frame: string): number {
  return frame.length - frame.indexOf(contentMark) - contentMark.length;
}

export function readNumber(bytes: Buffer, at: number): number {
  let value = 0;
  for (let n = 0; n < digits; n++) value = value * 10 + bytes[at + n]! - 48;
  return value;
}

function writeNumber(bytes: Buffer, at: number, value: number): void {
  for (let n = digits - 1; n >= 0; n--) {
    bytes[at + n] = 48 + (value % 10);
    value = Math.floor(value / 10);
  }
}
