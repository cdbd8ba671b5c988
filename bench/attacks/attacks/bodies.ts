import type { Assault } from "../assault.ts";
import type { Attack } from "../attack.ts";
import type { HttpLine, Status } from "../http-line.ts";
import { chunked, headOf, headOfChunks, lastChunk, type RequestOptions } from "../requests.ts";

const signIn = ["/api/auth/login", "/api/auth/register"];
const dribblers = 12;
const stalled = 300;
const accounts = 10;
const size = 1_000_000;
const withToken = 900_000;
const anonymous = 60_000;
/** Bytes that are written together: as many as a connection takes at once. */
const piece = 65_536;
const form = "multipart/form-data; boundary=b";

const text = (bytes: number) => Buffer.from(`{"username":"${"a".repeat(bytes - 15)}"}`);
const formWith = (bytes: number) =>
  Buffer.from(
    `--b\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\n` +
      `${"a".repeat(bytes)}\r\n--b--\r\n`,
  );

/** Calls that take a body, that take none, and that are not there. */
const everywhere: [method: string, path: string, options: RequestOptions][] = [
  ["POST", "/api/auth/refresh", {}],
  ["POST", "/api/auth/logout", {}],
  ["PUT", "/api/auth/me", {}],
  ["POST", "/api/chats/group", {}],
  ["POST", "/api/messages/1", {}],
  ["POST", "/api/notifications/read-all", {}],
  ["GET", "/health", {}],
  ["DELETE", "/api/nowhere", {}],
  ["POST", "/api/media/upload", { type: form }],
];

/** Bodies that cost more than their bytes, and bodies that never end. */
export const bodies: Attack[] = [
  {
    name: "bodies-dribbled",
    seconds: 8,
    async run(assault) {
      const body = chunked(text(size), 1);
      await assault.begin();
      await assault.lines(dribblers, (line, round) =>
        dribble(line, headOfChunks("POST", signIn[round % signIn.length]!), body),
      );
    },
  },
  {
    name: "bodies-stalled",
    run: (assault) => stall(assault, withToken, "/api/chats/group", assault.tokens.slice(0, accounts)),
  },
  { name: "bodies-stalled-anonymous", run: (assault) => stall(assault, anonymous, signIn[0]!, [undefined]) },
  {
    name: "bodies-everywhere",
    async run(assault) {
      const plain = chunked(text(size), 1);
      const inForm = chunked(formWith(size), 1);
      await assault.begin();
      await assault.lines(2 * everywhere.length, (line, round) => {
        const [method, path, options] = everywhere[round % everywhere.length]!;
        const token = assault.tokens[round % accounts];
        const head = headOfChunks(method, path, { token, ...options });
        return dribble(line, head, options.type === form ? inForm : plain);
      });
    },
  },
];

async function dribble(line: HttpLine, head: Buffer, body: Buffer): Promise<Status> {
  const answer = line.begin();
  await line.write(head);
  for (let at = 0; at < body.length; at += piece) {
    if (!(await line.write(body.subarray(at, at + piece)))) return answered(line, answer);
  }
  await line.write(lastChunk);
  return answer;
}

/** Half of them say how long the body is, half send it in chunks. All but its end is sent. */
async function stall(
  assault: Assault,
  bytes: number,
  path: string,
  tokens: (string | undefined)[],
): Promise<void> {
  const body = text(bytes);
  const chunks = chunked(body, 16_384);
  await assault.begin();
  await assault.lines(stalled, async (line, round) => {
    const token = tokens[round % tokens.length];
    const isChunked = round % 2 > 0;
    const answer = line.begin();
    await line.write(
      isChunked ? headOfChunks("POST", path, { token }) : headOf("POST", path, bytes + 1, { token }),
    );
    await line.write(isChunked ? chunks : body);
    return answered(line, answer);
  });
}

/** Whoever is answered before all is sent cannot use the connection any more. */
async function answered(line: HttpLine, answer: Promise<Status>): Promise<Status> {
  const status = await answer;
  line.cut();
  return status;
}
