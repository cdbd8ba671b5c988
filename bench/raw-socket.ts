import type { Socket } from "bun";

export interface RawSocketOptions {
  port: number;
  token?: string;
  /** What a trusted proxy says of where it comes from. */
  from?: string;
  /** The cursor after which it wants everything. */
  since?: string;
  /** Instead of `/ws` with `since`. */
  path?: string;
  /** More lines of the request. */
  headers?: readonly string[];
  /** Called with each text frame: its payload is `bytes` from `start` to `end`, only until this returns. */
  frame(bytes: Buffer, start: number, end: number): void;
  /** Called with each ping, instead of answering it. */
  ping?(payload: Buffer): void;
  /** Called once the bytes that have arrived together are read. */
  read?(): void;
  /** Called once when it is over, with the close code: 1006 where there was none. */
  closed?(code: number): void;
}

/** Who does not become a socket is answered as any other request. */
export class RefusedSocket extends Error {
  readonly status: number;

  constructor(
    readonly head: string,
    readonly body: string,
  ) {
    const status = statusOf(head);
    super(`the server answered ${status} instead of opening a socket`);
    this.status = status;
  }
}

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const noCode = 1006;
const headEnd = "\r\n\r\n";
/** Bytes, of a server's frame. */
const mostOfAHead = 10;

/**
 * A WebSocket client (RFC 6455) on bare TCP, which costs as little as it can, so that on two cores it measures the
 * server more than itself: no events, no decoding, no random masks. Understands unfragmented frames only.
 */
export class RawSocket {
  #socket!: Socket;
  #open = Promise.withResolvers<void>();
  #upgraded = false;
  #rest: Buffer | undefined;
  #unsent: Buffer | undefined;
  #code = noCode;
  closed = false;
  /** Of the answer to its request. */
  head = "";

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
    raw.#socket.write(requestOf(options));
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

  readOn(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.end();
  }

  /** Without a goodbye, and whatever is still unsent. */
  cut(): void {
    this.#socket.terminate();
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
      this.#rest = undefined;
      at = this.#readHead(bytes);
      if (at < 0) {
        this.#rest = Buffer.from(bytes);
        return;
      }
    }
    if (this.#rest) {
      // Only the frame that was cut is put together, not all that came after it.
      const rest = this.#rest;
      const end = frameEnd(Buffer.concat([rest, bytes.subarray(0, mostOfAHead)]), 0);
      if (end < 0 || end > rest.length + bytes.length) {
        this.#rest = Buffer.concat([rest, bytes]);
        return;
      }
      at = end - rest.length;
      this.#frame(Buffer.concat([rest, bytes.subarray(0, at)]), 0, end);
      this.#rest = undefined;
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

  /** Where the frames begin; -1 when that is not known yet, or when there will be none. */
  #readHead(bytes: Buffer): number {
    const end = bytes.indexOf(headEnd);
    if (end < 0) return -1;
    const start = end + headEnd.length;
    const head = bytes.toString("latin1", 0, end);
    if (statusOf(head) !== 101) {
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (bytes.length < start + length) return -1;
      this.#open.reject(new RefusedSocket(head, bytes.toString("utf8", start)));
      this.close();
      return -1;
    }
    this.head = head;
    this.#upgraded = true;
    this.#open.resolve();
    return start;
  }

  #frame(bytes: Buffer, at: number, end: number): void {
    const opcode = bytes[at]! & 15;
    const start = at + headerBytes(bytes[at + 1]!);
    if (opcode === opcodes.text) this.options.frame(bytes, start, end);
    else if (opcode === opcodes.ping) this.#pinged(bytes.subarray(start, end));
    else if (opcode === opcodes.close) {
      if (end >= start + 2) this.#code = bytes.readUInt16BE(start);
      this.close();
    }
  }

  #pinged(payload: Buffer): void {
    if (this.options.ping) this.options.ping(payload);
    else this.send(encodeFrame(payload, opcodes.pong));
  }
}

function requestOf({ port, token, from, since, path, headers = [] }: RawSocketOptions): string {
  const query = since === undefined ? "" : `?since=${since}`;
  const lines = [
    `GET ${path ?? `/ws${query}`} HTTP/1.1`,
    ...(headers.some((one) => /^host:/i.test(one)) ? [] : [`Host: 127.0.0.1:${port}`]),
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
    ...(from === undefined ? [] : [`X-Forwarded-For: ${from}`]),
    ...(token === undefined ? [] : [`Authorization: Bearer ${token}`]),
    ...headers,
  ];
  return `${lines.join("\r\n")}${headEnd}`;
}

function statusOf(head: string): number {
  return Number(head.split(" ")[1]);
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

/** A client's frame. Without `mask`, of four bytes, it is masked with zeros, which change no byte. */
export function encodeFrame(payload: Uint8Array, opcode: number = opcodes.text, mask?: Uint8Array): Buffer {
  const head = Buffer.from([0x80 | opcode, ...lengthOf(payload, 0x80), ...(mask ?? [0, 0, 0, 0])]);
  return Buffer.concat([head, mask ? payload.map((byte, i) => byte ^ mask[i % 4]!) : payload]);
}

/** What only servers may send. */
export function encodeUnmasked(payload: Uint8Array, opcode: number = opcodes.text): Buffer {
  return Buffer.concat([Buffer.from([0x80 | opcode, ...lengthOf(payload, 0)]), payload]);
}

export function encodeJson(value: object): Buffer {
  return encodeFrame(Buffer.from(JSON.stringify(value)));
}

function lengthOf({ length }: Uint8Array, masked: number): number[] {
  if (length < 126) return [masked | length];
  const last = [(length >> 8) & 255, length & 255];
  if (length < 65_536) return [masked | 126, ...last];
  return [masked | 127, 0, 0, 0, 0, length >>> 24, (length >> 16) & 255, ...last];
}
