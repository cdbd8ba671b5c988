import { connect } from "node:net";

export interface RawAnswer {
  status: number;
  head: string;
  body: string;
}

/**
 * Sends a request as it is and answers with the answer, or with what came until the server hung up; with
 * `hangUp`, we do as soon as the request is sent.
 */
export async function sendRaw(url: string, request: string, { hangUp = false } = {}): Promise<RawAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    const chunks: Buffer[] = [];
    socket.setTimeout(10_000, () => socket.destroy(new Error("no answer in 10 s")));
    socket.on("error", reject);
    socket.on("end", () => resolve(parse(chunks)));
    socket.on("data", (chunk) => {
      chunks.push(Buffer.from(chunk));
      const answer = parse(chunks);
      const length = /^content-length: (\d+)/im.exec(answer.head)?.[1];
      if (length === undefined || Buffer.byteLength(answer.body) < Number(length)) return;
      socket.destroy();
      resolve(answer);
    });
    if (hangUp) socket.end(request);
    else socket.write(request);
  });
}

/** What has come so far. */
export function parse(chunks: Buffer[]): RawAnswer {
  const [head = "", ...body] = Buffer.concat(chunks).toString().split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), head, body: body.join("\r\n\r\n") };
}
