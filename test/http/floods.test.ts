/** What whoever sends long bodies for nothing, or asks without end, gets, and that nobody else waits for it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";

import { Arrivals } from "../../src/http/arrivals.ts";
import { gather } from "../../src/http/gathering.ts";
import { ManualClock } from "../support/clock.ts";
import { parse, type RawAnswer, sendRaw } from "../support/raw-http.ts";
import { password, TestServer } from "../support/server.ts";

const clock = new ManualClock();
const second = 1000;
const requestsPerMinute = 30;
let server: TestServer;
beforeAll(async () => {
  const limits = { longBodiesPerAddress: 32, refusalMilliseconds: second };
  const more = { requestsPerMinute, refusalsAtOnce: 2, trustedProxies: ["127.0.0.1"] };
  server = await TestServer.start({ clock, config: { rateLimits: "on", ...limits, ...more } });
});
afterAll(() => server[Symbol.asyncDispose]());

let addresses = 0;
const place = () => `198.51.100.${++addresses}`;

const long = 20_000;
const ofLength = `Content-Length: ${long}`;
const chunked = "Transfer-Encoding: chunked";

/** A request whose body does not come. */
function begin(
  address: string,
  length: string,
  path = "/api/auth/login",
  type = "application/json",
): Promise<RawAnswer> & { socket: Socket } {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const chunks: Buffer[] = [];
  const answer = new Promise<RawAnswer>((resolve) => {
    socket.on("data", (bytes) => chunks.push(Buffer.from(bytes)));
    socket.on("close", () => resolve(parse(chunks)));
    socket.on("error", () => {});
  });
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\nContent-Type: ${type}\r\n${length}\r\n\r\n`,
  );
  return Object.assign(answer, { socket });
}

const head = ({ status, head }: RawAnswer) => [status, /^connection: (.*)$/im.exec(head)?.[1]?.trim()];

/** The server has seen what was sent before. */
async function seen(): Promise<void> {
  for (let n = 0; n < 3; n++) {
    await sendRaw(server.url, `GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${place()}\r\n\r\n`);
  }
}

test("a body that is refused unread goes with its connection; one that is short does not", async () => {
  expect(head(await begin(place(), ofLength))).toEqual([413, "close"]);
  for (const path of ["/api/nowhere", "/health", "/api/auth/me"]) {
    const [, connection] = head(await begin(place(), ofLength, path));
    expect([path, connection]).toEqual([path, "close"]);
  }
  const request = `POST /api/nowhere HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${place()}\r\nContent-Length: 2\r\n\r\n{}`;
  expect(head(await sendRaw(server.url, request))).toEqual([404, undefined]);
});

test("one address has two bodies of unknown length at once, and those that are refused keep their place a moment", async () => {
  const [here, elsewhere] = [place(), place()];
  const waiting = [begin(here, chunked), begin(here, chunked)];
  await seen();
  expect(head(await begin(here, chunked))).toEqual([429, "close"]);
  expect(head(await begin(elsewhere, ofLength))).toEqual([413, "close"]);
  // Short ones need no place.
  const login = { username: "nobody", password };
  const headers = { "X-Forwarded-For": here };
  expect((await server.api.post("/api/auth/login", login, { headers })).status).toBe(401);
  for (const one of waiting) one.socket.write(`${long.toString(16)}\r\n${" ".repeat(long)}\r\n`);
  for (const one of waiting) expect((await one).status).toBe(413);
  expect((await begin(here, chunked)).status).toBe(429);
  clock.turn(second);
  const next = begin(here, chunked);
  await seen();
  next.socket.write(`3\r\n   \r\n0\r\n\r\n`);
  next.socket.end();
  expect((await next).status).toBe(400);
  // That one was read, and has left its place.
  const both = [begin(here, chunked), begin(here, chunked)];
  await seen();
  for (const one of both) one.socket.end("0\r\n\r\n");
  expect((await Promise.all(both)).map((one) => one.status)).toEqual([400, 400]);
  clock.turn(60 * second);
});

test("all addresses together have places for bodies that nobody reads yet, and keep none for those that are read", () => {
  const time = new ManualClock();
  const arrivals = new Arrivals(time, { perAddress: 4, inAll: 6, refusedMilliseconds: second });
  const [first, other] = [arrivals.enter("a", 4)!, arrivals.enter("b", 2)!];
  expect(arrivals.enter("c", 1)).toBeUndefined();
  first.reads();
  const third = arrivals.enter("c", 4)!;
  expect([arrivals.enter("d", 1), arrivals.enter("a", 1)]).toEqual([undefined, undefined]);
  other.leave(true);
  // Refused: the place at its own address stays taken for a moment, the one among all does not.
  expect(arrivals.enter("b", 3)).toBeUndefined();
  expect(arrivals.enter("d", 2)).toBeDefined();
  for (const one of [first, first, third, third]) one.leave(false);
  expect(arrivals.enter("a", 4)).toBeDefined();
  time.turn(second);
  expect([arrivals.enter("a", 1), arrivals.enter("b", 1)]).toEqual([undefined, undefined]);
});

test("whoever leaves twice leaves one place", () => {
  const arrivals = new Arrivals(new ManualClock(), { perAddress: 4, inAll: 6, refusedMilliseconds: second });
  const first = arrivals.enter("a", 2)!;
  arrivals.enter("a", 2);
  for (let n = 0; n < 2; n++) first.leave(false);
  expect(arrivals.enter("a", 3)).toBeUndefined();
  expect(arrivals.enter("a", 2)).toBeDefined();
});

test("files that come in chunks keep their places to the end, others leave them when they are read", async () => {
  const alice = await server.register("alice");
  const here = place();
  const upload = (length: string) =>
    begin(
      here,
      `${length}\r\nAuthorization: Bearer ${alice.accessToken}`,
      "/api/media/upload",
      "multipart/form-data; boundary=b",
    );
  const coming = [upload(ofLength)];
  await seen();
  coming.push(upload(chunked), upload(chunked));
  await seen();
  expect(head(await begin(here, chunked))).toEqual([429, "close"]);
  coming[1]!.socket.destroy();
  await server.logged(/"path":"\/api\/media\/upload"/);
  clock.turn(second);
  expect((await begin(here, ofLength)).status).toBe(413);
  for (const one of coming) one.socket.destroy();
});

test("who asks too often is refused a second later, and only so many wait for that", async () => {
  const here = place();
  const ask = () => {
    let isAnswered = false;
    const answer = sendRaw(
      server.url,
      `GET /health HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${here}\r\n\r\n`,
    ).then((one) => {
      isAnswered = true;
      return one.status;
    });
    return { answer, isAnswered: () => isAnswered };
  };
  for (let n = 0; n < requestsPerMinute; n++) expect(await ask().answer).toBe(200);
  const waiting = [ask(), ask()];
  await seen();
  expect(waiting.map((one) => one.isAnswered())).toEqual([false, false]);
  expect(await ask().answer).toBe(429);
  clock.turn(second - 1);
  await seen();
  expect(waiting.map((one) => one.isAnswered())).toEqual([false, false]);
  clock.turn(1);
  expect(await Promise.all(waiting.map((one) => one.answer))).toEqual([429, 429]);
});

test("in one turn of the event loop only so much of all bodies is looked at, and small pieces wait for more", async () => {
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const piece = new Uint8Array(512 * 1024);
  await Promise.all(Array.from({ length: 8 }, () => gather(piece)));
  expect(turns).toBeGreaterThanOrEqual(3);
  for (let n = 0; n < 2; n++) await new Promise(setImmediate);
  const before = turns;
  await gather(new Uint8Array(1));
  expect(turns).toBeGreaterThan(before);
  counting = false;
});
