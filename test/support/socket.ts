import type { Contract } from "./contract.ts";
import { News } from "./news.ts";

export type Frame = Record<string, any> & { type: string };

export interface SocketOptions {
  since?: string;
  /** How to authenticate; the default is the Authorization header. */
  by?: "header" | "path" | "subprotocol" | "ticket";
  headers?: Record<string, string>;
}

/** A client's WebSocket. Keeps every frame; each is checked against the AsyncAPI document. */
export class Socket {
  readonly frames: Frame[] = [];
  /** Called with each frame as it comes. */
  onFrame: ((frame: Frame) => void) | undefined;
  /** Settles with the close code. */
  readonly closed: Promise<number>;
  #seen = 0;
  readonly #news = new News();
  #broken: Error | undefined;
  #requests = 0;

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
      this.#news.came();
    };
    this.closed = new Promise((resolve) => {
      ws.onclose = (event) => {
        this.#news.over();
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
    const isNext = (one: Frame, index: number) => {
      if (index < this.#seen || one.type !== type || !matches(one)) return false;
      this.#seen = index + 1;
      return true;
    };
    const last = () => JSON.stringify(this.frames.slice(-3));
    return this.#find(this.#seen, isNext, () => `no ${type} came after ${last()}`);
  }

  /** Waits for one more frame, whatever it is. */
  async nextFrame(): Promise<void> {
    await this.#find(
      this.frames.length,
      () => true,
      () => "no frame came",
    );
  }

  /** The first that matches, of those from this index on that have come and that will. */
  #find(
    from: number,
    matches: (frame: Frame, index: number) => boolean,
    missing: () => string,
  ): Promise<Frame> {
    let looked = from;
    return this.#news.find(() => {
      if (this.#broken) throw this.#broken;
      while (looked < this.frames.length) {
        const frame = this.frames[looked]!;
        if (matches(frame, looked++)) return frame;
      }
      return undefined;
    }, missing);
  }

  send(frame: object): void {
    this.ws.send(JSON.stringify(frame));
  }

  /** Sends a frame and answers with its `ack`, `pong` or `error`; events that came before stay unread. */
  async ask(frame: { type: string } & Record<string, unknown>): Promise<Frame> {
    const request_id = `r${++this.#requests}`;
    const from = this.frames.length;
    this.send({ ...frame, request_id });
    return this.#find(
      from,
      (one) => one["request_id"] === request_id,
      () => `${request_id} was not answered`,
    );
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
}
