import { connect, type Socket as TcpSocket } from "node:net";

import type { Frame } from "./socket.ts";

export const opcodes = { text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const key = "dGhlIHNhbXBsZSBub25jZQ==";
const patience = 10_000;

/** A WebSocket client on bare TCP: it sees the handshake, can break the rules, and can stop reading. */
export class RawSocket {
  /** The answer to the handshake: its status, its header lines and, when it was refused, its body. */
  status = 0;
  head = "";
  body = "";
  readonly frames: Frame[] = [];
  /** The payloads of pings, and how many frames had come before each. */
  readonly pings: { payload: string; after: number }[] = [];
  /** As every client does, unless it is told not to. */
  answersPings = true;
  /** Settles with the close code; 1006 when the connection ended without one. */
  readonly closed: Promise<number>;
  readonly #tcp: TcpSocket;
  #rest: Buffer = Buffer.alloc(0);
  #code = 1006;
  #ended = false;
  #wake: (() => void)[] = [];

  private constructor(url: string, request: string) {
    const { hostname, port } = new URL(url);
    this.#tcp = connect(Number(port), hostname);
    this.#tcp.on("data", (chunk) => this.#received(chunk as Buffer));
    // What happened is told by "close".
    this.#tcp.on("error", () => {});
    this.closed = new Promise((resolve) => {
      this.#tcp.on("close", () => {
        this.#ended = true;
        this.#wakeAll();
        resolve(this.#code);
      });
    });
    this.#tcp.write(request);
  }

  /** Opens `path` with these header lines and waits for the answer, whatever it is. */
  static async open(url: string, path: string, headers: string[] = []): Promise<RawSocket> {
    const given = headers.map((one) => one.split(":")[0]!.toLowerCase());
    const usual = [
      `Host: ${new URL(url).host}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Version: 13",
      `Sec-WebSocket-Key: ${key}`,
    ].filter((one) => !given.includes(one.split(":")[0]!.toLowerCase()));
    const socket = new RawSocket(url, [`GET ${path} HTTP/1.1`, ...usual, ...headers, "", ""].join("\r\n"));
    await socket.until(() => socket.status === 101 || (socket.status !== 0 && socket.body !== ""));
    return socket;
  }

  /** The value of a header of the handshake's answer. */
  header(name: string): string | undefined {
    const line = this.head
      .split("\r\n")
      .find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line?.slice(name.length + 1).trim();
  }

  send(frame: object): void {
    this.write(opcodes.text, JSON.stringify(frame));
  }

  /** Many frames in one write, so that the server finds them all at once. */
  sendTogether(frames: object[]): void {
    this.#tcp.write(Buffer.concat(frames.map((one) => encode(opcodes.text, JSON.stringify(one), true))));
  }

  write(opcode: number, payload: string | Uint8Array, masked = true): void {
    this.#tcp.write(encode(opcode, payload, masked));
  }

  /** The system's buffers fill up, then the server's. */
  stopReading(): void {
    this.#tcp.pause();
  }

  readOn(): void {
    this.#tcp.resume();
  }

  /** Waits until it is so; throws when the connection ends before. */
  async until(isSo: () => boolean): Promise<void> {
    const deadline = AbortSignal.timeout(patience);
    while (!isSo()) {
      if (this.#ended) throw new Error("the connection ended");
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve);
        deadline.onabort = () => reject(new Error(`still not so after ${patience} ms`));
      });
    }
  }

  /** The cursor of the last event that was read. */
  get cursor(): string {
    return this.frames.findLast((one) => typeof one["cursor"] === "string")!["cursor"] as string;
  }

  /** Cuts the line. */
  end(): void {
    this.#tcp.destroy();
  }

  #received(chunk: Buffer): void {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (this.status === 0) this.#readHead();
    if (this.status === 101) this.#readFrames();
    else this.body = this.#rest.toString();
    this.#wakeAll();
  }

  #readHead(): void {
    const end = this.#rest.indexOf("\r\n\r\n");
    if (end < 0) return;
    this.head = this.#rest.subarray(0, end).toString();
    this.status = Number(this.head.split(" ")[1]);
    this.#rest = this.#rest.subarray(end + 4);
  }

  #readFrames(): void {
    for (let frame = decode(this.#rest); frame; frame = decode(this.#rest)) {
      this.#rest = this.#rest.subarray(frame.size);
      if (frame.opcode === opcodes.text) this.frames.push(JSON.parse(frame.payload.toString()) as Frame);
      if (frame.opcode === opcodes.ping) this.#pinged(frame.payload);
      if (frame.opcode === opcodes.close && frame.payload.length >= 2) {
        this.#code = frame.payload.readUInt16BE(0);
      }
    }
  }

  #pinged(payload: Buffer): void {
    this.pings.push({ payload: payload.toString(), after: this.frames.length });
    if (this.answersPings) this.write(opcodes.pong, payload);
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}

/** One final frame (RFC 6455, 5.2). */
function encode(opcode: number, given: string | Uint8Array, masked: boolean): Buffer {
  const payload = Buffer.from(given as Uint8Array);
  const { length } = payload;
  const extended = Buffer.alloc(length < 126 ? 0 : length < 65_536 ? 2 : 8);
  if (extended.length === 2) extended.writeUInt16BE(length);
  if (extended.length === 8) extended.writeBigUInt64BE(BigInt(length));
  const short = extended.length === 0 ? length : extended.length === 2 ? 126 : 127;
  const start = Buffer.from([0x80 | opcode, (masked ? 0x80 : 0) | short]);
  if (!masked) return Buffer.concat([start, extended, payload]);
  const mask = crypto.getRandomValues(new Uint8Array(4));
  for (let i = 0; i < length; i++) payload[i]! ^= mask[i & 3]!;
  return Buffer.concat([start, extended, mask, payload]);
}

/** The first frame in `bytes`, when all of it is there. Servers do not mask. */
function decode(bytes: Buffer): { opcode: number; payload: Buffer; size: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes[1]! & 0x7f;
  const start = short < 126 ? 2 : short === 126 ? 4 : 10;
  if (bytes.length < start) return undefined;
  const length =
    short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  if (bytes.length < start + length) return undefined;
  return {
    opcode: bytes[0]! & 0x0f,
    payload: bytes.subarray(start, start + length),
    size: start + length,
  };
}
