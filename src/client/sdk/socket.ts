import { signal, type Signal } from "@preact/signals-core";

import { backoff } from "./backoff.ts";
import type { Authorization } from "./calls.ts";
import type { Environment } from "./environment.ts";
import { noAnswer, ParleyError } from "./errors.ts";
import { set } from "./told.ts";
import type { Commands, ErrorFrame, ServerFrame } from "./wire.ts";

export interface SocketParts {
  server: string;
  environment: Environment;
  authorization: Authorization;
  /** The last cursor that has been applied; undefined for none. */
  cursor(): string | undefined;
  /** Every frame, in its order. */
  heard(frame: ServerFrame): void;
  /** The line is gone; it comes back by itself. */
  lost(): void;
  /** The session is over: there is nothing to come back to. */
  isOver(): boolean;
}

type Answer = ServerFrame | ErrorFrame;

interface Waiting {
  resolve(answer: Answer): void;
  reject(error: ParleyError): void;
  timer: unknown;
}

/** Milliseconds. */
const patience = {
  /** From opening a socket to its first frame. */
  opening: 15_000,
  /** For the answer to a command. */
  answer: 20_000,
  /** For the pong of a line that has been silent for the time of a heartbeat. */
  pong: 10_000,
  /** The same after the program was asleep or hidden. */
  pongAfterWake: 3000,
  /** A timer that comes later than this comes from a program that was asleep. */
  late: 2000,
};

const replaced = 4009;
/** Close codes that say: not as you are (docs/clients.md). */
const isAboutSession = (code: number) => code >= 4000 && code <= 4004;
/** Of our own: nothing came, and nobody waits for the close any more (RFC 6455, 7.4.1 reserves it for that). */
const abnormal = 1006;
const normal = 1000;

export type SocketState = "opening" | "open" | "waiting";

/** The socket of a session: stays connected until it is closed, or is told not to come back. */
export class Socket {
  /** `open` between `connected` and the end of a socket; `waiting` until it is tried again. */
  readonly state: Signal<SocketState> = signal("opening");
  /** Why it does not come back. */
  readonly ended: Signal<ParleyError | undefined> = signal(undefined);
  readonly #waiting = new Map<string, Waiting>();
  #requests = 0;
  #ws: WebSocket | undefined;
  #giveUp: ((code: number) => void) | undefined;
  #endPause: (() => void) | undefined;
  #attempt = 0;
  #isClosed = false;
  #isRunning = false;
  #stopWaking: (() => void) | undefined;
  /** When something came last, and since when a pong is waited for. */
  #heardAt = 0;
  #probedAt: number | undefined;
  #timer: unknown;
  #heartbeat = 30_000;

  constructor(private readonly parts: SocketParts) {}

  get isOpen(): boolean {
    return this.state.value === "open";
  }

  start(): void {
    this.#stopWaking ??= this.parts.environment.onWake(() => this.wake());
    if (!this.#isRunning) void this.#run();
  }

  /** Looks at the line at once: it may say that it is open though nothing has come through for long. */
  wake(): void {
    if (this.#isClosed) return;
    if (this.ended.value?.code === "replaced") {
      set(this.ended, undefined);
      this.start();
    }
    this.#endPause?.();
    if (this.isOpen) this.#probe(patience.pongAfterWake);
  }

  /** Gives this line up, and tries another. */
  reopen(): void {
    this.#giveUp?.(abnormal);
  }

  /** Sends a command and answers with its `ack`. Errors: what it is refused with; `no_answer`. */
  ask<T extends keyof Commands>(type: T, fields: Commands[T]["fields"]): Promise<Commands[T]["ack"]> {
    const request_id = String(++this.#requests);
    const answer = new Promise<Answer>((resolve, reject) => {
      const { setTimeout } = this.parts.environment;
      const timer = setTimeout(() => {
        this.#waiting.delete(request_id);
        reject(noAnswer("The server did not answer in time."));
      }, patience.answer);
      this.#waiting.set(request_id, { resolve, reject, timer });
    });
    if (!this.#send({ type, request_id, ...fields })) this.#forgetWaiting("The line is not open.");
    return answer.then((frame) => {
      if (frame.type === "error") throw new ParleyError(frame.code, frame.detail, frame);
      return frame as Commands[T]["ack"];
    });
  }

  /** Sends a command to which no answer is needed, if the line is open. */
  tell<T extends keyof Commands>(type: T, fields: Commands[T]["fields"]): void {
    this.#send({ type, ...fields });
  }

  close(): void {
    this.#isClosed = true;
    this.#stopWaking?.();
    this.#endPause?.();
    this.#giveUp?.(normal);
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (!this.#isClosed && !this.ended.value) {
      try {
        await this.#once();
      } catch (error) {
        // Nothing else is a reason not to come back: not a store that fails, nor what a proxy says.
        if (error instanceof ParleyError && error.code === "replaced") set(this.ended, error);
        if (this.parts.isOver()) break;
      }
      if (!this.#isClosed && !this.ended.value) await this.#pause();
    }
    this.#isRunning = false;
  }

  /** One socket, from opening to its end. */
  async #once(): Promise<void> {
    const { authorization } = this.parts;
    set(this.state, "opening");
    const token = await authorization.token();
    if (this.#isClosed) return;
    const code = await this.#connection(token);
    // What the session has become, the refresh says. Only its refusal is final.
    if (isAboutSession(code)) await authorization.renew(token);
    if (code === replaced) {
      throw new ParleyError("replaced", "Signed in at too many places; this one was the oldest.");
    }
  }

  #connection(token: string): Promise<number> {
    const { server, environment } = this.parts;
    const cursor = this.parts.cursor();
    const since = cursor === undefined ? "" : `?since=${encodeURIComponent(cursor)}`;
    const ws = new environment.WebSocket(`${server.replace(/^http/, "ws")}/ws${since}`, [
      "chat.v1",
      `bearer.${token}`,
    ]);
    this.#ws = ws;
    return new Promise<number>((resolve) => {
      let isOver = false;
      const over = (code: number) => {
        if (isOver) return;
        isOver = true;
        resolve(code);
        this.#over(ws);
      };
      this.#giveUp = over;
      this.#watch(patience.opening, () => over(abnormal));
      ws.onclose = ({ code }) => over(code);
      ws.onerror = () => {};
      ws.onmessage = ({ data }) => {
        if (!isOver && typeof data === "string") this.#heard(data);
      };
    });
  }

  /** A dead line may take minutes to say that it is closed: nothing that it still says counts. */
  #over(ws: WebSocket): void {
    ws.onmessage = ws.onclose = null;
    ws.close();
    const { clearTimeout } = this.parts.environment;
    clearTimeout(this.#timer);
    this.#ws = undefined;
    this.#giveUp = undefined;
    this.#probedAt = undefined;
    this.#forgetWaiting("The line was lost.");
    const wasOpen = this.isOpen;
    set(this.state, "waiting");
    if (wasOpen) this.parts.lost();
  }

  #heard(text: string): void {
    const frame = JSON.parse(text) as ServerFrame;
    this.#heardAt = this.parts.environment.elapsed();
    if (frame.type === "connected") {
      this.#attempt = 0;
      this.#heartbeat = frame.heartbeat_s * 1000;
      set(this.state, "open");
      this.#listenOn();
    }
    const request = "request_id" in frame ? frame.request_id : undefined;
    const waiting = request === undefined ? undefined : this.#waiting.get(request);
    if (request === undefined || !waiting) return this.parts.heard(frame);
    this.parts.environment.clearTimeout(waiting.timer);
    this.#waiting.delete(request);
    waiting.resolve(frame);
  }

  #forgetWaiting(why: string): void {
    for (const { reject, timer } of this.#waiting.values()) {
      this.parts.environment.clearTimeout(timer);
      reject(noAnswer(why));
    }
    this.#waiting.clear();
  }

  #send(frame: object): boolean {
    if (!this.isOpen || !this.#ws) return false;
    this.#ws.send(JSON.stringify(frame));
    return true;
  }

  /** Scripts see no pings of the protocol (RFC 6455, 5.5.2): a line that is silent for long is asked. */
  #listenOn(): void {
    this.#watch(this.#heartbeat, () => {
      const silent = this.parts.environment.elapsed() - this.#heardAt;
      if (silent < this.#heartbeat) this.#listenOn();
      else this.#probe(patience.pong);
    });
  }

  #probe(wait: number): void {
    const { elapsed } = this.parts.environment;
    const since = elapsed();
    this.#probedAt ??= since;
    this.#send({ type: "ping" });
    this.#watch(wait, () => {
      if (this.#heardAt >= since) {
        this.#probedAt = undefined;
        return this.#listenOn();
      }
      // The program was asleep itself, and the pong may be among what it has not looked at yet: ask once more.
      const isLate = elapsed() - since > wait + patience.late;
      if (isLate && this.#probedAt === since) return this.#probe(patience.pongAfterWake);
      this.#giveUp?.(abnormal);
    });
  }

  #watch(milliseconds: number, run: () => void): void {
    const { setTimeout, clearTimeout } = this.parts.environment;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(run, milliseconds);
  }

  #pause(): Promise<void> {
    const { environment } = this.parts;
    set(this.state, "waiting");
    return new Promise((resolve) => {
      const timer = environment.setTimeout(() => this.#endPause?.(), backoff(environment, this.#attempt++));
      this.#endPause = () => {
        environment.clearTimeout(timer);
        this.#endPause = undefined;
        resolve();
      };
    });
  }
}
