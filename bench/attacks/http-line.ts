import { connect, type Socket } from "node:net";

/** An answer's status, or 0 where the connection was cut without one. */
export type Status = number;

const headEnd = "\r\n\r\n";

/** A connection on bare TCP with one request at a time, of which any part may be sent. Connects again when it was cut. */
export class HttpLine {
  static readonly #waiting = new Set<HttpLine>();

  #socket: Socket | undefined;
  #received = "";
  #answered: PromiseWithResolvers<Status> | undefined;

  constructor(private readonly port: number) {}

  /** How many of them wait for an answer. */
  static get waiting(): number {
    return HttpLine.#waiting.size;
  }

  /** Sends a whole request and waits for what it is answered with. */
  async ask(request: Uint8Array): Promise<Status> {
    const answer = this.begin();
    await this.write(request);
    return answer;
  }

  /** Settles when what is written from now on is answered. */
  begin(): Promise<Status> {
    if (!this.#socket) this.#connect();
    this.#answered = Promise.withResolvers();
    HttpLine.#waiting.add(this);
    return this.#answered.promise;
  }

  /** Settles when there is room for more; false when there will be none. */
  async write(bytes: Uint8Array): Promise<boolean> {
    const socket = this.#socket;
    if (!socket || !this.#answered) return false;
    if (socket.write(bytes)) return true;
    await Promise.race([
      new Promise((resolve) => socket.once("drain", resolve)),
      new Promise((resolve) => socket.once("close", resolve)),
      this.#answered.promise,
    ]);
    return this.#answered !== undefined && !socket.destroyed;
  }

  /** What was not answered stays so. */
  cut(): void {
    this.#socket?.destroy();
    this.#ended();
  }

  #connect(): void {
    const socket = connect(this.port, "127.0.0.1");
    this.#socket = socket;
    this.#received = "";
    socket.setNoDelay(true);
    socket.on("data", (bytes) => this.#take(bytes.toString("latin1")));
    // What happened is told by "close".
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#ended();
    });
  }

  #take(text: string): void {
    this.#received += text;
    const end = this.#received.indexOf(headEnd);
    if (end < 0) return;
    const head = this.#received.slice(0, end).toLowerCase();
    const length = Number(/\r\ncontent-length: (\d+)/.exec(head)?.[1] ?? 0);
    const isCut = /\r\nconnection: close/.test(head) || head.includes("\r\ntransfer-encoding: ");
    if (!isCut && this.#received.length < end + headEnd.length + length) return;
    this.#received = "";
    if (isCut) this.#leave();
    this.#settle(Number(head.slice(9, 12)));
  }

  #ended(): void {
    this.#leave();
    this.#settle(0);
  }

  #leave(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #settle(status: Status): void {
    HttpLine.#waiting.delete(this);
    this.#answered?.resolve(status);
    this.#answered = undefined;
  }
}
