/** Files of any size on their way in and out, over raw TCP: never more than a piece of them is in memory. */

export interface TransferOptions {
  port: number;
  token: string;
  /** Count the bytes and do not hash them, which costs about as much as sending them. */
  unhashed?: boolean;
}

export interface Transferred {
  status: number;
  /** Of the file, in bytes. */
  size: number;
  /** Of the file; empty for `unhashed`. */
  sha256: string;
  seconds: number;
}

const pieceBytes = 256 * 1024;
const boundary = "----------a-boundary-that-is-in-no-file";
/** Stands for somebody who has given up. */
const patienceMilliseconds = 120_000;

/** Sends a made-up file, as one that is encrypted: of that the server believes nothing. `body` is its answer. */
export async function upload(
  options: TransferOptions & { size: number; seed: number; path?: string },
): Promise<Transferred & { body: any }> {
  const { port, token, size, seed, path = "/api/media/upload" } = options;
  const file = new Counted(options);
  const begin =
    `--${boundary}\r\nContent-Disposition: form-data; name="encrypted"\r\n\r\ntrue\r\n` +
    `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="large.bin"\r\n` +
    "Content-Type: application/octet-stream\r\n\r\n";
  const end = `\r\n--${boundary}--\r\n`;
  const head =
    `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
    `Content-Type: multipart/form-data; boundary=${boundary}\r\n` +
    `Content-Length: ${begin.length + size + end.length}\r\n\r\n`;
  function* request() {
    yield Buffer.from(head + begin);
    for (const piece of pieces(size, seed)) yield file.add(piece);
    yield Buffer.from(end);
  }
  const answer: Buffer[] = [];
  const { status, seconds } = await exchange(port, request(), (chunk) => answer.push(Buffer.from(chunk)));
  return { status, seconds, ...file.sum(), body: JSON.parse(Buffer.concat(answer).toString()) };
}

/** Receives a file, or the part of it that `range` names. */
export async function download(
  options: TransferOptions & { path: string; range?: string },
): Promise<Transferred> {
  const { port, token, path, range } = options;
  const file = new Counted(options);
  const request =
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nAuthorization: Bearer ${token}\r\n` +
    `${range === undefined ? "" : `Range: ${range}\r\n`}\r\n`;
  const answer = await exchange(port, [Buffer.from(request)].values(), (chunk) => file.add(chunk));
  return { ...answer, ...file.sum() };
}

/** The bytes of a file of any size, piece after piece in the same buffer. No two pieces are the same. */
export function* pieces(size: number, seed: number): Generator<Buffer> {
  const numbers = new Uint32Array(pieceBytes / 4);
  let last = seed;
  for (let i = 0; i < numbers.length; i++) numbers[i] = last = Math.imul(last, 1_664_525) + 1_013_904_223;
  for (let made = 0; made < size; made += pieceBytes) {
    numbers[0] = made / pieceBytes;
    yield Buffer.from(numbers.buffer, 0, Math.min(pieceBytes, size - made));
  }
}

/** Bytes that come by. */
class Counted {
  readonly #hash: Bun.CryptoHasher | undefined;
  #size = 0;

  constructor({ unhashed }: { unhashed?: boolean }) {
    if (!unhashed) this.#hash = new Bun.CryptoHasher("sha256");
  }

  add(bytes: Buffer): Buffer {
    this.#hash?.update(bytes);
    this.#size += bytes.length;
    return bytes;
  }

  sum(): { size: number; sha256: string } {
    return { size: this.#size, sha256: this.#hash?.digest("hex") ?? "" };
  }
}

/** Sends a request piece by piece, each once the one before it is on its way, and hands on what is answered. */
async function exchange(
  port: number,
  request: Iterator<Buffer>,
  take: (chunk: Buffer) => void,
): Promise<{ status: number; seconds: number }> {
  const started = performance.now();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const answer = new Answer(take, resolve);
  let unsent: Buffer | undefined;
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      drain: send,
      data: (_, chunk) => answer.add(chunk),
      close: () => reject(new Error("the server hung up before it had answered")),
    },
  });
  function send(): void {
    for (;;) {
      unsent ??= request.next().value as Buffer | undefined;
      if (!unsent) return;
      const sent = Math.max(0, socket.write(unsent));
      unsent = sent < unsent.length ? unsent.subarray(sent) : undefined;
      if (unsent) return;
    }
  }
  const deadline = setTimeout(() => reject(new Error("a transfer took too long")), patienceMilliseconds);
  try {
    send();
    const status = await promise;
    return { status, seconds: (performance.now() - started) / 1000 };
  } finally {
    clearTimeout(deadline);
    socket.end();
  }
}

/** An HTTP answer whose length is known. */
class Answer {
  #head = "";
  #status = 0;
  #left = Infinity;

  constructor(
    private readonly take: (chunk: Buffer) => void,
    private readonly finished: (status: number) => void,
  ) {}

  add(chunk: Buffer): void {
    if (this.#status > 0) return this.#body(chunk);
    const end = (this.#head + chunk.toString("latin1")).indexOf("\r\n\r\n") + 4;
    const body = end < 4 ? chunk.length : end - this.#head.length;
    this.#head += chunk.toString("latin1", 0, body);
    if (end < 4) return;
    this.#status = Number(this.#head.split(" ")[1]);
    this.#left = Number(/^content-length: (\d+)/im.exec(this.#head)![1]);
    this.#body(chunk.subarray(body));
  }

  #body(chunk: Buffer): void {
    this.#left -= chunk.length;
    this.take(chunk);
    if (this.#left <= 0) this.finished(this.#status);
  }
}
