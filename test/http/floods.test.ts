/** What whoever sends long bodies for nothing, or asks without end, gets, and that nobody else waits for it. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { connect } from "node:net";

import { LongBodySlots } from "../../src/http/long-body-slots.ts";
import { pace } from "../../src/http/pacing.ts";
import { ManualClock } from "../support/clock.ts";
import { type RawAnswer, RawRequest, sendRaw } from "../support/raw-http.ts";
import { password, TestServer } from "../support/server.ts";

const clock = new ManualClock();
const second = 1000;
const requestsPerMinute = 30;
const longBodiesPerAddress = 4;
let server: TestServer;
beforeAll(async () => {
  const limits = { longBodiesPerAddress, refusalMilliseconds: second };
  const more = { requestsPerMinute, refusalsAtOnce: 2, trustedProxies: ["127.0.0.1"] };
  server = await TestServer.start({ clock, config: { rateLimits: "on", ...limits, ...more } });
});
afterAll(() => server[Symbol.asyncDispose]());

let addresses = 0;
const place = () => `198.51.100.${++addresses}`;

const long = 20_000;
const ofLength = `Content-Length: ${long}`;
const chunked = "Transfer-Encoding: chunked";

/** A request whose body does not come. Settles when the server has hung up. */
function begin(address: string, length: string, path = "/api/auth/login") {
  const request = new RawRequest(server.url);
  void request.send(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${address}\r\nContent-Type: application/json\r\n${length}\r\n\r\n`,
  );
  return Object.assign(request.closed, { request });
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

test("one address has only so many long bodies that are refused unread within a second, others have theirs", async () => {
  const [here, elsewhere] = [place(), place()];
  // Nobody is called there, so nobody reads them.
  const nowhere = (address: string, length: string) => begin(address, length, "/api/nowhere");
  for (let n = 0; n < longBodiesPerAddress; n++) {
    expect(head(await nowhere(here, n % 2 ? chunked : ofLength))).toEqual([404, "close"]);
  }
  expect(head(await nowhere(here, chunked))).toEqual([429, "close"]);
  const slow = nowhere(here, ofLength);
  await seen();
  // Short ones need no place.
  const headers = { "X-Forwarded-For": here };
  expect(
    (await server.api.post("/api/auth/login", { username: "nobody", password }, { headers })).status,
  ).toBe(401);
  expect(head(await nowhere(elsewhere, chunked))).toEqual([404, "close"]);
  clock.turn(second);
  expect(head(await slow)).toEqual([429, "close"]);
  expect(head(await nowhere(here, chunked))).toEqual([404, "close"]);
  clock.turn(second);
});

test("what is refused for being too many leaves its place among all while it waits", async () => {
  const places = { longBodiesPerAddress: 2, longBodiesInAll: 2, otherRequestsPerMinute: 2 };
  const config = {
    rateLimits: "on" as const,
    refusalMilliseconds: second,
    trustedProxies: ["127.0.0.1"],
    ...places,
  };
  const before = server;
  await using few = await TestServer.start({ clock, config });
  server = few;
  const here = place();
  for (let n = 0; n < 2; n++) expect((await begin(here, ofLength, "/api/nowhere")).status).toBe(404);
  clock.turn(second);
  const waiting = [begin(here, ofLength, "/api/nowhere"), begin(here, ofLength, "/api/nowhere")];
  await seen();
  expect((await begin(place(), ofLength, "/api/nowhere")).status).toBe(404);
  clock.turn(second);
  expect((await Promise.all(waiting)).map((one) => one.status)).toEqual([429, 429]);
  server = before;
});

test("bodies that are being read keep nobody's place, however slowly they come", async () => {
  const here = place();
  const coming = Array.from({ length: longBodiesPerAddress + 1 }, () => begin(here, chunked));
  await seen();
  const next = begin(here, chunked);
  await seen();
  next.request.end("0\r\n\r\n");
  expect((await next).status).toBe(400);
  for (const one of coming) one.request.end("0\r\n\r\n");
  expect(new Set((await Promise.all(coming)).map((one) => one.status))).toEqual(new Set([400]));
});

test("a body that was read to its end leaves the connection as it is, whatever is wrong with it", async () => {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  const answers: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("data", (bytes) => {
    answers.push(...bytes.toString().split(/(?=HTTP\/1\.1 )/));
    if (answers.length === 2) resolve();
  });
  const request =
    `POST /api/auth/login HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: ${place()}\r\nContent-Type: application/json\r\n` +
    `${chunked}\r\n\r\n2\r\n{}\r\n0\r\n\r\n`;
  socket.write(request);
  await seen();
  socket.write(request);
  await promise;
  expect(answers.map((one) => one.slice(9, 12))).toEqual(["422", "422"]);
  socket.destroy();
});

test("all addresses together have slots for bodies that nobody reads yet", () => {
  const time = new ManualClock();
  const slots = new LongBodySlots(time, { perAddress: 2, inAll: 3, refusedMilliseconds: second });
  const [first, other, third] = [slots.take("a")!, slots.take("a")!, slots.take("b")!];
  expect([slots.take("a"), slots.take("b")]).toEqual([undefined, undefined]);
  // Refused: its slot at its own address stays taken for a moment, the one among all does not.
  for (let n = 0; n < 2; n++) first(true);
  expect(slots.take("a")).toBeUndefined();
  const fourth = slots.take("b")!;
  expect(slots.take("c")).toBeUndefined();
  for (const release of [other, other, third, fourth]) release(false);
  expect(slots.take("a")).toBeDefined();
  expect(slots.take("a")).toBeUndefined();
  time.turn(second);
  expect(slots.take("a")).toBeDefined();
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

test("in one turn of the event loop only so much of all bodies is looked at, and small chunks wait for more", async () => {
  let turns = 0;
  let counting = true;
  const count = () => {
    turns += 1;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const chunk = new Uint8Array(512 * 1024);
  await Promise.all(Array.from({ length: 8 }, () => pace(chunk)));
  expect(turns).toBeGreaterThanOrEqual(3);
  for (let n = 0; n < 2; n++) await new Promise(setImmediate);
  const before = turns;
  await pace(new Uint8Array(1));
  expect(turns).toBeGreaterThan(before);
  counting = false;
});
