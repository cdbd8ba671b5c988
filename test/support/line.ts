import { connect, createServer, type Server, type Socket } from "node:net";

/** A line between clients and a server that fails as lines do. */
export class Line {
  readonly #server: Server;
  readonly #open = new Set<Connection>();
  #isCut = false;

  private constructor(to: string) {
    const { hostname, port } = new URL(to);
    this.#server = createServer((client) => {
      if (this.#isCut) return client.destroy();
      const one = new Connection(client, connect(Number(port), hostname));
      this.#open.add(one);
      client.on("close", () => this.#open.delete(one));
    });
  }

  static async to(url: string): Promise<Line> {
    const line = new Line(url);
    await new Promise<void>((resolve) => line.#server.listen(0, "127.0.0.1", resolve));
    return line;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Ends all connections, and takes no others until it is mended. */
  cut(): void {
    this.#isCut = true;
    for (const one of this.#open) one.cut();
  }

  mend(): void {
    this.#isCut = false;
  }

  /** Over the connections that there are, nothing reaches the client any more, not even their end. */
  loseAnswers(): void {
    for (const one of this.#open) one.isDeaf = true;
  }

  [Symbol.dispose](): void {
    this.cut();
    this.#server.close();
  }
}

class Connection {
  isDeaf = false;

  constructor(
    private readonly client: Socket,
    server: Socket,
  ) {
    client.pipe(server);
    server.on("data", (bytes) => this.isDeaf || client.write(bytes));
    server.on("close", () => this.isDeaf || client.end());
    client.on("close", () => server.destroy());
    for (const end of [client, server]) end.on("error", () => {});
  }

  cut(): void {
    this.client.destroy();
  }
}
