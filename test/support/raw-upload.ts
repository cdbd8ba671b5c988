import { connect, type Socket } from "node:net";

import type { Person } from "./person.ts";
import { parse, type RawAnswer } from "./raw-http.ts";

const boundary = "----Parley";
const patience = 10_000;

/** A form with files, byte by byte. */
export async function formOf(files: File[], field = "files"): Promise<Buffer> {
  const parts: Buffer[] = [];
  for (const file of files) {
    const name = `Content-Disposition: form-data; name="${field}"; filename="${file.name}"`;
    const type = `Content-Type: ${file.type}`;
    parts.push(Buffer.from(`--${boundary}\r\n${name}\r\n${type}\r\n\r\n`), Buffer.from(await file.bytes()));
    parts.push(Buffer.from("\r\n"));
  }
  return Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
}

/** An upload on bare TCP, which says that `length` bytes come and sends as many as a test wants. */
export class RawUpload {
  /** What came back until the connection ended. */
  readonly answered: Promise<RawAnswer>;
  readonly #tcp: Socket;

  constructor(person: Person, length: number, path = "/api/media/upload", method = "POST") {
    const { hostname, port, host } = new URL(person.url);
    this.#tcp = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    this.answered = new Promise((resolve, reject) => {
      this.#tcp.setTimeout(patience, () => reject(new Error(`no answer in ${patience} ms`)));
      this.#tcp.on("data", (chunk) => {
        chunks.push(Buffer.from(chunk));
        // A server may leave the line open until it has seen the whole body.
        if (/\r\n\r\n[^]*}$/.test(Buffer.concat(chunks).toString())) resolve(parse(chunks));
      });
      this.#tcp.on("close", () => resolve(parse(chunks)));
    });
    this.answered.catch(() => {});
    // What happened is told by "close".
    this.#tcp.on("error", () => {});
    const head = [
      `${method} ${path} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${person.accessToken}`,
      `Content-Type: multipart/form-data; boundary=${boundary}`,
      `Content-Length: ${length}`,
    ];
    this.#tcp.write(`${head.join("\r\n")}\r\n\r\n`);
  }

  /** Settles when the system has taken it, or the line is cut. */
  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#tcp.write(bytes, () => resolve()));
  }

  /** Cuts the line. */
  cut(): void {
    this.#tcp.destroy();
  }
}
