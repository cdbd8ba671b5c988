import type { Contract } from "./contract.ts";

export type Frame = Record<string, any> & { type: string };

export interface SocketOptions {
  since?: string;
  /** How to authenticate; the default is the Authorization header. */
  by?: "header" | "path" | "subprotocol" | "ticket";
  headers?: Record<string, string>;
}

const patience = 10_000;

/** A client's WebSocket. Keeps every frame; each is checked against the AsyncAPI document. */
export class Socket {
  readonly frames: Frame[] = [];
  /** Called with each frame as it comes. */
  onFrame: ((frame: Frame) => void) | undefined;
  /** Settles with the close code. */
  readonly closed: Promise<number>;
  #seen = 0;
  #wake: (() => void)[] = [];
  #broken: Error | undefined;
  #requests = 0;
  #isClosed = false;

  private constructor(
    readonly ws: WebSocket,
    contract: Contract | undefined,
  ) {
    ws.onmessage = (event) => {
      try {
        const frame = JSON.parse(event.data as string) as Frame;
        contract?.checkFrame(frame);
        this.frames.push(frame);
        this.onFrame?.(frame);
      } catch (error) {
        this.#broken ??= error as Error;
      }
      this.#wakeAll();
    };
    this.closed = new Promise((resolve) => {
      ws.onclose = (event) => {
        this.#isClosed = true;
        this.#wakeAll();
        resolve(event.code);
      };
    });
  }

  static async open(
    url: string,
    token: string,
    options: SocketOptions = {},
    contract?: Contract,
  ): Promise<Socket> {
    const base = url.replace(/^http/, "ws");
    const query = new URLSearchParams(options.since === undefined ? {} : { since: options.since });
    const headers: Record<string, string> = { ...options.headers };
    const protocols: string[] = [];
    let path = "/ws";
    if (options.by === "path") path += `/${token}`;
    else if (options.by === "subprotocol") protocols.push("chat.v1", `bearer.${token}`);
    else if (options.by === "ticket") query.set("ticket", token);
    else headers["Authorization"] = `Bearer ${token}`;
    const ws = new WebSocket(`${base}${path}?${query}`, { headers, protocols });
    const socket = new Socket(ws, contract);
    await new Promise<void>((resolve, reject) => {
      ws.onopen = () => resolve();
      ws.onerror = () => reject(new Error("the socket did not open"));
    });
    return socket;
  }

  /** The next frame of a type that has not been returned yet; frames of other types before it are passed over. */
  async next(type: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    const deadline = AbortSignal.timeout(patience);
    let looked = 0;
    for (;;) {
      if (this.#broken) throw this.#broken;
      for (let i = Math.max(looked, this.#seen); i < this.frames.length; i++) {
        const frame = this.frames[i]!;
        if (frame.type !== type || !matches(frame)) continue;
        this.#seen = i + 1;
        return frame;
      }
      looked = this.frames.length;
      if (this.#isClosed) throw new Error(`the socket was closed before ${type} came`);
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve);
        deadline.onabort = () =>
          reject(new Error(`no ${type} in ${patience} ms; last: ${JSON.stringify(this.frames.slice(-3))}`));
      });
    }
  }

  /** Waits for one more frame, whatever it is. */
  async nextFrame(): Promise<void> {
    const { length } = this.frames;
    const deadline = AbortSignal.timeout(patience);
    while (this.frames.length === length) {
      if (this.#broken) throw this.#broken;
      if (this.#isClosed) throw new Error("the socket was closed before another frame came");
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve);
        deadline.onabort = () => reject(new Error(`no frame in ${patience} ms`));
      });
    }
  }

  send(frame: object): void {
    this.ws.send(JSON.stringify(frame));
  }

  /** Sends a frame and answers with its `ack`, `pong` or `error`; events that came before stay unread. */
  async ask(frame: { type: string } & Record<string, unknown>): Promise<Frame> {
    const request_id = `r${++this.#requests}`;
    const from = this.frames.length;
    this.send({ ...frame, request_id });
    return this.#answerTo(request_id, from);
  }

  async #answerTo(request_id: string, from: number): Promise<Frame> {
    const deadline = AbortSignal.timeout(patience);
    let looked = from;
    for (;;) {
      if (this.#broken) throw this.#broken;
      for (; looked < this.frames.length; looked++) {
        if (this.frames[looked]!["request_id"] === request_id) return this.frames[looked]!;
      }
      if (this.#isClosed) throw new Error(`the socket was closed before ${request_id} was answered`);
      await new Promise<void>((resolve, reject) => {
        this.#wake.push(resolve);
        deadline.onabort = () => reject(new Error(`${request_id} was not answered in ${patience} ms`));
      });
    }
  }

  /**
   * Everything of `type` that has come, once the server has answered a ping: a way to see that something did
   * not come.
   */
  async settled(type?: string): Promise<Frame[]> {
    await this.ask({ type: "ping" });
    return type === undefined ? this.frames : this.frames.filter((one) => one.type === type);
  }

  /** The cursor of the last event that came. */
  get cursor(): string {
    return this.frames.findLast((one) => typeof one["cursor"] === "string")!["cursor"] as string;
  }

  close(): Promise<number> {
    this.ws.close();
    return this.closed;
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }
}
