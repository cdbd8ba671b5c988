import { encodeJson, RawSocket, RefusedSocket } from "../raw-socket.ts";
import type { Ground } from "./attack.ts";
import { HttpLine, type Status } from "./http-line.ts";
import { attackerAddress, attackers } from "./people.ts";
import { Told } from "./told.ts";

export interface AssaultInput {
  attack: string;
  port: number;
  /** Of the attackers' accounts. */
  tokens: string[];
  ground: Ground;
}

/** What a user's frames may be by default: so many at once, then one each so many milliseconds. */
const burst = 40;
const frameMilliseconds = 50;
/** Whoever is refused a connection comes back after this. */
const pauseMilliseconds = 200;

/** What an attack does things with, and notes what it is told. */
export class Assault {
  readonly port: number;
  readonly tokens: string[];
  readonly ids = attackers;
  readonly ground: Ground;
  readonly told = new Told();

  constructor(
    input: AssaultInput,
    /** Called when all is there that the attack needs; settles when it may begin. */
    readonly begin: () => Promise<void>,
  ) {
    this.port = input.port;
    this.tokens = input.tokens;
    this.ground = input.ground;
  }

  /** So many connections, each of which does this again and again; `round` counts what all of them did. */
  async lines(count: number, work: (line: HttpLine, round: number) => Promise<Status>): Promise<void> {
    let rounds = 0;
    const one = async () => {
      const line = new HttpLine(this.port);
      for (;;) {
        const status = await work(line, rounds++);
        this.told.add(status || "cut");
        if (status === 0) await Bun.sleep(pauseMilliseconds);
      }
    };
    await Promise.all(Array.from({ length: count }, one));
  }

  /** A socket that is opened again when it was closed. `use` is called with each. */
  async keepSocket(
    token: string,
    use: (socket: RawSocket) => Promise<void> | void,
    { since, answered, opened }: SocketOptions = {},
  ): Promise<void> {
    for (;;) {
      const closed = Promise.withResolvers<void>();
      try {
        const socket: RawSocket = await RawSocket.connect({
          port: this.port,
          token,
          from: attackerAddress,
          ...(since !== undefined && { since }),
          frame: (bytes, start) => {
            const type = typeOfAnswer(bytes, start);
            if (type === undefined) return;
            this.told.add(type);
            answered?.(type, socket);
          },
          closed: (code) => {
            this.told.add(`closed ${code}`);
            closed.resolve();
          },
        });
        opened?.();
        await use(socket);
        await closed.promise;
      } catch (error) {
        this.told.add(error instanceof RefusedSocket ? `refused ${error.status}` : "cut");
        await Bun.sleep(pauseMilliseconds);
      }
    }
  }

  /** The same for several, once each has been open. */
  async keepSockets(
    tokens: readonly string[],
    use: (socket: RawSocket, index: number) => Promise<void> | void,
  ) {
    await Promise.all(
      tokens.map(
        (token, index) =>
          new Promise<void>(
            (opened) => void this.keepSocket(token, (socket) => use(socket, index), { opened }),
          ),
      ),
    );
  }

  /** As many frames as the connection takes. */
  async flood(socket: RawSocket, frames: Buffer): Promise<void> {
    while (!socket.closed) {
      if (socket.isBusy) await Bun.sleep(1);
      else {
        socket.send(frames);
        await new Promise(setImmediate);
      }
    }
  }

  /** As many frames as a user's rate lets through, `atOnce` of them before it begins to wait, at most so many. */
  async atFrameRate(
    socket: RawSocket,
    make: (n: number) => object,
    { most = Infinity, atOnce = burst } = {},
  ): Promise<void> {
    const started = performance.now();
    for (let n = 0; n < most && !socket.closed;) {
      const due = atOnce + (performance.now() - started) / frameMilliseconds;
      for (; n < Math.min(due, most); n++) socket.send(encodeJson(make(n)));
      await Bun.sleep(frameMilliseconds);
    }
  }

  /** A frame about the chat that was prepared. */
  inChat(type: string, more: object = {}): object {
    return { type, chat_id: this.ground["chat"], request_id: "1", ...more };
  }

  message(content: string): object {
    return this.inChat("send_message", { content });
  }
}

interface SocketOptions {
  since?: string;
  /** Called with each answer. */
  answered?: (type: string, socket: RawSocket) => void;
  /** Called each time that it is open. */
  opened?: () => void;
}

/** Undefined for events, which are not worth counting. */
function typeOfAnswer(bytes: Buffer, start: number): string | undefined {
  return /^\{"type":"(ack|error|pong|resumed|resync)"/.exec(bytes.toString("latin1", start, start + 24))?.[1];
}
