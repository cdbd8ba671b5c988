import { randomId } from "../environment.ts";
import { readAll } from "./stream.ts";

/** A file with the name under which others see it. */
export interface FileToSend {
  name: string;
  blob: Blob;
  /** A small picture of it, for encrypted chats. In others the server makes its own. It counts as a file of the message. */
  thumbnail?: Blob | undefined;
}

/** The most bytes of a piece. */
const pieceBytes = 65_536;

/** Files as `multipart/form-data` (RFC 7578), written as browsers do (HTML, 4.10.21.8). */
export class Multipart {
  readonly type: string;
  /** Bytes of the whole body. */
  readonly length: number;
  readonly #boundary = `----parley-${randomId()}`;
  readonly #encoder = new TextEncoder();

  constructor(
    private readonly files: readonly FileToSend[],
    private readonly isSealed: boolean,
  ) {
    this.type = `multipart/form-data; boundary=${this.#boundary}`;
    const written = files.reduce((sum, one) => sum + this.#head(one).length + one.blob.size + 2, 0);
    this.length = this.#start().length + written + this.#end().length;
  }

  /** `sent` is told how many bytes of the files have been asked for. */
  async *pieces(sent: (bytes: number) => void): AsyncGenerator<Uint8Array> {
    let bytesSent = 0;
    yield this.#start();
    for (const file of this.files) {
      yield this.#head(file);
      for await (const bytes of readAll(file.blob.stream())) {
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          const piece = bytes.subarray(at, at + pieceBytes);
          yield piece;
          sent((bytesSent += piece.length));
        }
      }
      yield this.#encoder.encode("\r\n");
    }
    yield this.#end();
  }

  /** Before the files, so that the server looks into none of them. */
  #start(): Uint8Array {
    const head = `--${this.#boundary}\r\nContent-Disposition: form-data; name="encrypted"\r\n\r\n`;
    return this.#encoder.encode(this.isSealed ? `${head}true\r\n` : "");
  }

  #head({ name, blob }: FileToSend): Uint8Array {
    return this.#encoder.encode(
      `--${this.#boundary}\r\nContent-Disposition: form-data; name="files"; filename="${escape(name)}"\r\n` +
        `Content-Type: ${blob.type || "application/octet-stream"}\r\n\r\n`,
    );
  }

  #end(): Uint8Array {
    return this.#encoder.encode(`--${this.#boundary}--\r\n`);
  }
}

function escape(name: string): string {
  return name.replaceAll("\n", "%0A").replaceAll("\r", "%0D").replaceAll('"', "%22");
}
