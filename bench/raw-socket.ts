import type { Socket } from "bun";

export interface RawSocketOptions {
  port: number;
  token: string;
  /** What a trusted proxy says of where it comes from. */
  from?: string;
  /** The cursor after which it wants everything. */
  since?: string;
  /** Called with each text frame: its payload is `bytes` from `start` to `end`, only until this returns. */
  frame(bytes: Buffer, start: number, end: number): void;
  /** Called once the bytes that have arrived together are read. */
  read?(): void;
  /** Called once when it is over, with the close code: 1006 where there was none. */
  closed?(code: number): void;
}

/** Who does not become a socket is answered as any other request. */
export class RefusedSocket extends Error {
  constructor(readonly status: number) {
    super(`the server answered ${status} instead of opening a socket`);
  }
}

const text = 0x1;
const close = 0x8;
const ping = 0x9;
const pong = 0xa;
const noCode = 1006;
/** More than one frame of ours has. */
const mostOfAFrame = 4096;

/**
 * A WebSocket client (RFC 6455) that costs as little as it can, so that on two cores it measures the server
 * more than itself: no events, no decoding, no random masks. Understands unfragmented frames only.
 */
export class RawSocket {
  #socket!: Socket;
  #open = Promise.withResolvers<void>();
  #upgraded = false;
  #rest: Buffer | undefined;
  #unsent: Buffer | undefined;
  #code = noCode;
  closed = false;

  private constructor(private readonly options: RawSocketOptions) {}

  static async connect(options: RawSocketOptions): Promise<RawSocket> {
    const raw = new RawSocket(options);
    raw.#socket = await Bun.connect({
      hostname: "127.0.0.1",
      port: options.port,
      socket: {
        data: (_, bytes) => raw.#received(bytes),
        drain: () => raw.#flush(),
        close: () => raw.#ended(),
      },
    });
    const { port, token, from, since } = options;
    const query = since === undefined ? "" : `?since=${since}`;
    const forwarded = from === undefined ? "" : `X-Forwarded-For: ${from}\r\n`;
    raw.#socket.write(
      `GET /ws${query} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n" +
        `${forwarded}Authorization: Bearer ${token}\r\n\r\n`,
    );
    await raw.#open.promise;
    return raw;
  }

  /** Sends frames made with `encodeFrame`, in whole or, when the server does not read, later. */
  send(frames: Buffer): void {
    if (this.#unsent) {
      this.#unsent = Buffer.concat([this.#unsent, frames]);
      return;
    }
    const sent = this.#socket.write(frames);
    if (sent < frames.length) this.#unsent = Buffer.from(frames.subarray(Math.max(0, sent)));
  }

  /** The server does not read: what is sent now waits here. */
  get isBusy(): boolean {
    return this.#unsent !== undefined;
  }

  /** The system's buffers fill up, then the server's. */
  stopReading(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.end();
  }

  #flush(): void {
    const unsent = this.#unsent;
    this.#unsent = undefined;
    if (unsent) this.send(unsent);
  }

  #ended(): void {
    this.closed = true;
    this.#open.reject(new Error("the server closed a connection before it was a WebSocket"));
    if (this.#upgraded) this.options.closed?.(this.#code);
  }

  #received(bytes: Buffer): void {
    let at = 0;
    if (!this.#upgraded) {
      if (this.#rest) bytes = Buffer.concat([this.#rest, bytes]);
      const end = bytes.indexOf("\r\n\r\n");
      this.#rest = end < 0 ? bytes : undefined;
      if (end < 0) return;
      const status = Number(bytes.toString("latin1", 9, 12));
      if (status !== 101) {
        this.#open.reject(new RefusedSocket(status));
        return this.close();
      }
      this.#upgraded = true;
      this.#open.resolve();
      at = end + 4;
    }
    if (this.#rest) {
      // Only the frame that was cut is put together, not all that came after it.
      const rest = this.#rest;
      const joined = Buffer.concat([rest, bytes.subarray(0, mostOfAFrame)]);
      const end = frameEnd(joined, 0);
      if (end < 0 || end > joined.length) {
        this.#rest = Buffer.concat([rest, bytes]);
        return;
      }
      this.#frame(joined, 0, end);
      this.#rest = undefined;
      at = end - rest.length;
    }
    while (at < bytes.length) {
      const end = frameEnd(bytes, at);
      if (end < 0 || end > bytes.length) {
        this.#rest = Buffer.from(bytes.subarray(at));
        break;
      }
      this.#frame(bytes, at, end);
      at = end;
    }
    this.options.read?.();
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    const opcode = bytes[at]! & 15;
    const start = at + headerBytes(bytes[at + 1]!);
    if (opcode === text) this.options.frame(bytes, start, end);
    else if (opcode === ping) this.send(encodeFrame(bytes.subarray(start, end), pong));
    else if (opcode === close) {
      if (end >= start + 2) this.#code = bytes.readUInt16BE(start);
      this.close();
    }
  }
}

/** Where the frame that begins at `at` ends; -1 when that is not known yet. */
function frameEnd(bytes: Buffer, at: number): number {
  if (at + 2 > bytes.length) return -1;
  const length = bytes[at + 1]! & 127;
  if (length < 126) return at + 2 + length;
  if (at + headerBytes(bytes[at + 1]!) > bytes.length) return -1;
  if (length === 127) return at + 10 + Number(bytes.readBigUInt64BE(at + 2));
  return at + 4 + bytes.readUInt16BE(at + 2);
}

/** RFC 6455, section 5.2: a longer length follows in two bytes, or in eight. */
function headerBytes(second: number): number {
  const length = second & 127;
  return length < 126 ? 2 : length === 126 ? 4 : 10;
}

/** A client's frame. Its mask is zero, which changes no byte. */
export function encodeFrame(payload: Uint8Array, opcode = text): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, ...lengthOf(payload), 0, 0, 0, 0]), payload]);
}

function lengthOf({ length }: Uint8Array): number[] {
  if (length < 126) return [0x80 | length];
  const last = [(length >> 8) & 255, length & 255];
  if (length < 65_536) return [0xfe, ...last];
  return [0xff, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, ...last];
}
