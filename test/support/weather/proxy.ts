import { connect, createServer, type Server, type Socket } from "node:net";

import { moment } from "../moment.ts";
import { calm, type Fault, type Weather } from "./faults.ts";
import { firstRequest, type Request } from "./request.ts";

const html = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>";
const badGateway = `HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: ${html.length}\r\nConnection: close\r\n\r\n${html}`;

/**
 * A line between clients and a server, over HTTP and WebSocket, with the faults that `weather` says. Calm at first.
 * Each connection of a client has one of its own to the server, so that the end of either is heard at the other.
 */
export class FaultyProxy {
  weather: Weather = calm;
  /** The server's address; undefined while it is down. */
  server: string | undefined;
  /** How often what has happened. */
  readonly happened: Record<string, number> = {};
  readonly #listener: Server;
  readonly #open = new Set<Connection>();

  private constructor() {
    this.#listener = createServer((client) => {
      const one = new Connection(client, this);
      this.#open.add(one);
      client.on("close", () => this.#open.delete(one));
    });
  }

  static async start(server?: string): Promise<FaultyProxy> {
    const proxy = new FaultyProxy();
    proxy.server = server;
    await new Promise<void>((resolve) => proxy.#listener.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as { port: number }).port}`;
  }

  /** A new connection to the server; undefined while it is down. */
  reach(): Socket | undefined {
    if (this.server === undefined) return undefined;
    const { hostname, port } = new URL(this.server);
    return connect(Number(port), hostname);
  }

  /** From now on nothing happens to any connection. What is silent stays so until its time is up. */
  calm(): void {
    this.weather = calm;
    for (const one of this.#open) one.begin({});
  }

  /** Ends all connections. */
  cut(): void {
    for (const one of this.#open) one.close();
  }

  count(what: string): void {
    this.happened[what] = (this.happened[what] ?? 0) + 1;
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#listener.close();
  }
}

/** One connection of a client: one request after the other, or a WebSocket. */
class Connection {
  #server: Socket | undefined;
  #fault: Fault = {};
  #isSocket = false;
  #isBroken = false;
  /** What has come of a request that is not whole yet. */
  #begun = Buffer.alloc(0);
  readonly #toServer: Direction;
  readonly #toClient: Direction;

  constructor(
    private readonly client: Socket,
    private readonly proxy: FaultyProxy,
  ) {
    const broken = () => this.#break();
    this.#toServer = new Direction((bytes) => this.#isBroken || this.#server?.write(bytes), broken);
    this.#toClient = new Direction((bytes) => this.#tell(bytes), broken);
    client.on("data", (bytes) => this.#take(Buffer.from(bytes)));
    client.on("close", () => this.#server?.destroy());
    client.on("error", () => {});
  }

  begin(fault: Fault): void {
    this.#fault = fault;
    this.#toServer.begin(fault.toServer, fault.delay);
    this.#toClient.begin(fault.toClient, fault.delay);
  }

  close(): void {
    this.client.destroySoon();
    this.#server?.destroySoon();
  }

  #take(bytes: Buffer): void {
    if (this.#isBroken) return;
    if (this.#isSocket) return this.#toServer.pass(bytes);
    this.#begun = Buffer.concat([this.#begun, bytes]);
    const request = firstRequest(this.#begun);
    if (!request) return;
    // Clients wait for an answer before they ask for the next, but the first frames may follow a handshake at once.
    this.#begun = Buffer.from(request.rest);
    void this.#handle(request);
  }

  async #handle({ bytes, kind, rest }: Request): Promise<void> {
    this.#isSocket = kind === "socket";
    const fault = this.proxy.weather({ kind, isServerDown: this.proxy.server === undefined });
    this.#note(kind, fault);
    this.begin(fault);
    if (fault.page === "unasked") return this.#answerWithPage();
    if (fault.twice) await askOnce(this.proxy.reach(), bytes);
    this.#server ??= this.#connect();
    if (!this.#server) return this.close();
    this.#toServer.pass(this.#isSocket ? Buffer.concat([bytes, rest]) : bytes);
  }

  #note(kind: string, fault: Fault): void {
    this.proxy.count(kind);
    for (const what of Object.keys(fault)) this.proxy.count(`${kind}: ${what}`);
  }

  #connect(): Socket | undefined {
    const server = this.proxy.reach();
    server?.on("data", (bytes) => this.#toClient.pass(Buffer.from(bytes)));
    // What it said before comes first.
    server?.on("close", () => void this.#toClient.passed().then(() => this.#isBroken || this.close()));
    server?.on("error", () => {});
    return server;
  }

  #tell(bytes: Buffer): void {
    if (this.#isBroken) return;
    if (this.#fault.page === "asked") this.#answerWithPage();
    else this.client.write(bytes);
  }

  #answerWithPage(): void {
    this.#isBroken = true;
    this.client.write(badGateway);
    this.close();
  }

  #break(): void {
    this.#isBroken = true;
    const { silence } = this.#fault;
    if (silence === undefined) this.close();
    else void moment(silence).then(() => this.close());
  }
}

/** Bytes pass in their order, perhaps late, until the line breaks. */
class Direction {
  #left = Infinity;
  #delay: (() => number) | undefined;
  #passed: Promise<void> = Promise.resolve();

  constructor(
    private readonly write: (bytes: Buffer) => void,
    private readonly broken: () => void,
  ) {}

  begin(left = Infinity, delay?: () => number): void {
    this.#left = left;
    this.#delay = delay;
  }

  pass(bytes: Buffer): void {
    this.#passed = this.#passed.then(async () => {
      if (this.#delay) await moment(this.#delay());
      this.#pass(bytes);
    });
  }

  /** Settles when all that was to pass so far has passed. */
  passed(): Promise<void> {
    return this.#passed;
  }

  #pass(bytes: Buffer): void {
    if (this.#left < 0) return;
    const part = bytes.subarray(0, this.#left);
    if (part.length > 0) this.write(part);
    this.#left -= bytes.length;
    if (this.#left < 0) this.broken();
  }
}

/** Sends a request and drops the answer; settles when that has come, or the server has gone. */
async function askOnce(server: Socket | undefined, bytes: Buffer): Promise<void> {
  if (!server) return;
  await new Promise<void>((resolve) => {
    server.on("data", () => resolve());
    server.on("close", () => resolve());
    server.on("error", () => {});
    server.write(bytes);
  });
  server.destroy();
}
