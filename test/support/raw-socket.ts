import { encodeFrame, opcodes, RawSocket as Client, RefusedSocket } from "../../bench/raw-socket.ts";
import { News } from "./news.ts";
import type { Person } from "./person.ts";
import type { Frame } from "./socket.ts";

export { encodeUnmasked, opcodes } from "../../bench/raw-socket.ts";

/** A WebSocket client on bare TCP: it sees the handshake, can break the rules, and can stop reading. */
export class RawSocket {
  /** The answer to the handshake: its status, its header lines and, when it was refused, its body. */
  status = 101;
  head = "";
  body = "";
  readonly frames: Frame[] = [];
  /** The payloads of pings, and how many frames had come before each. */
  readonly pings: { payload: string; after: number }[] = [];
  /** As every client does, unless it is told not to. */
  answersPings = true;
  /** Settles with the close code; 1006 when the connection ended without one. */
  readonly closed: Promise<number>;
  #client!: Client;
  readonly #news = new News();
  readonly #closed = Promise.withResolvers<number>();

  private constructor() {
    this.closed = this.#closed.promise;
  }

  /** Opens `path` with these header lines and waits for the answer, whatever it is. */
  static async open(url: string, path: string, headers: string[] = []): Promise<RawSocket> {
    const socket = new RawSocket();
    try {
      await socket.#connect(Number(new URL(url).port), path, headers);
    } catch (error) {
      if (!(error instanceof RefusedSocket)) throw error;
      socket.#refused(error);
    }
    return socket;
  }

  /** Opens a socket of somebody's, with a query, and waits for its first frame. */
  static async of({ url, accessToken }: Person, query = ""): Promise<RawSocket> {
    const socket = await RawSocket.open(url, `/ws${query}`, [`Authorization: Bearer ${accessToken}`]);
    await socket.until(() => socket.frames.length > 0);
    return socket;
  }

  async #connect(port: number, path: string, headers: string[]): Promise<void> {
    this.#client = await Client.connect({
      port,
      path,
      headers,
      frame: (bytes, start, end) => this.frames.push(JSON.parse(bytes.toString("utf8", start, end)) as Frame),
      ping: (payload) => this.#pinged(payload),
      read: () => this.#news.came(),
      closed: (code) => this.#ended(code),
    });
    this.head = this.#client.head;
  }

  #refused({ status, head, body }: RefusedSocket): void {
    Object.assign(this, { status, head, body });
    this.#ended(1006);
  }

  #ended(code: number): void {
    this.#closed.resolve(code);
    this.#news.over();
  }

  #pinged(payload: Buffer): void {
    this.pings.push({ payload: payload.toString(), after: this.frames.length });
    if (this.answersPings) this.write(opcodes.pong, payload);
  }

  /** The value of a header of the handshake's answer. */
  header(name: string): string | undefined {
    const line = this.head
      .split("\r\n")
      .find((one) => one.toLowerCase().startsWith(`${name.toLowerCase()}:`));
    return line?.slice(name.length + 1).trim();
  }

  send(frame: object): void {
    this.sendTogether([frame]);
  }

  /** Many frames in one write, so that the server finds them all at once. */
  sendTogether(frames: object[]): void {
    this.#client.send(Buffer.concat(frames.map((one) => masked(Buffer.from(JSON.stringify(one))))));
  }

  write(opcode: number, payload: string | Uint8Array, encode = masked): void {
    this.#client.send(encode(Buffer.from(payload as Uint8Array), opcode));
  }

  /** The system's buffers fill up, then the server's. */
  stopReading(): void {
    this.#client.stopReading();
  }

  readOn(): void {
    this.#client.readOn();
  }

  /** Waits until it is so; throws when the connection ends before. */
  async until(isSo: () => boolean): Promise<void> {
    await this.#news.find(
      () => isSo() || undefined,
      () => "it has not come so far",
    );
  }

  /** The cursor of the last event that was read. */
  get cursor(): string {
    return this.frames.findLast((one) => typeof one["cursor"] === "string")!["cursor"] as string;
  }

  /** Cuts the line. */
  end(): void {
    if (this.status === 101) this.#client.cut();
  }
}

/** As every client masks (RFC 6455, section 5.3). */
function masked(payload: Uint8Array, opcode?: number): Buffer {
  return encodeFrame(payload, opcode, crypto.getRandomValues(new Uint8Array(4)));
}
