import { connect, type Socket } from "node:net";

export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

const patience = 10_000;

/** A request on bare TCP, of which a test sends any part whenever it wants to. */
export class RawRequest {
  /** All of the answer, or what came until the server hung up. */
  readonly answer: Promise<RawAnswer>;
  /** The same once the server has hung up. */
  readonly closed: Promise<RawAnswer>;
  readonly #tcp: Socket;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.#tcp = connect(Number(port), hostname);
    this.#tcp.setNoDelay(true);
    const chunks: Buffer[] = [];
    this.closed = new Promise((resolve) => this.#tcp.on("close", () => resolve(parse(chunks))));
    this.answer = new Promise((resolve, reject) => {
      this.#tcp.setTimeout(patience, () => reject(new Error(`no answer in ${patience} ms`)));
      this.#tcp.on("data", (chunk) => {
        chunks.push(Buffer.from(chunk));
        // A server may leave the line open until it has seen the whole request.
        const answer = parse(chunks);
        if (isWhole(answer)) resolve(answer);
      });
      void this.closed.then(resolve);
    });
    this.answer.catch(() => {});
    // What happened is told by "close".
    this.#tcp.on("error", () => {});
  }

  /** Settles when the system has taken it, or the line is cut. */
  send(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#tcp.write(bytes, () => resolve()));
  }

  /** Sends the last of it, and that nothing follows. */
  end(bytes: string): void {
    this.#tcp.end(bytes);
  }

  /** Cuts the line. */
  cut(): void {
    this.#tcp.destroy();
  }

  [Symbol.dispose](): void {
    this.cut();
  }
}

/** Sends a request as it is; with `hangUp`, we hang up as soon as it is sent. */
export async function sendRaw(url: string, text: string, { hangUp = false } = {}): Promise<RawAnswer> {
  using request = new RawRequest(url);
  if (hangUp) request.end(text);
  else void request.send(text);
  return await request.answer;
}

function parse(chunks: Buffer[]): RawAnswer {
  const [head = "", ...body] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: body.join("\r\n\r\n") };
}

function isWhole({ head, body }: RawAnswer): boolean {
  const length = /^content-length: (\d+)/im.exec(head)?.[1];
  return length !== undefined && Buffer.byteLength(body) >= Number(length);
}
