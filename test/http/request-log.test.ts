/** What requests cost that are no calls, and what of them is in the log. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { sendRaw } from "../support/raw-http.ts";
import { TestServer } from "../support/server.ts";

const otherRequestsPerMinute = 30;
const logRefusalsPerMinute = 3;
const requestsPerMinute = 20;

const clock = new ManualClock();
let server: TestServer;
let addresses = 0;

beforeAll(async () => {
  const limits = { otherRequestsPerMinute, logRefusalsPerMinute, requestsPerMinute };
  const origins = { trustedProxies: ["127.0.0.1"], corsOrigins: ["https://app.example"] };
  server = await TestServer.start({ clock, config: { rateLimits: "on", ...limits, ...origins } });
});
afterAll(() => server[Symbol.asyncDispose]());

/** Asks from an address that nobody has called from. */
function place() {
  const address = `198.51.100.${++addresses}`;
  return async (method: string, path: string, headers: Record<string, string> = {}): Promise<number> => {
    const response = await fetch(server.url + path, {
      method,
      headers: { "X-Forwarded-For": address, ...headers },
    });
    await response.bytes();
    return response.status;
  };
}

async function untilRefused(ask: () => Promise<number>, status: number): Promise<number> {
  for (let n = 0; n < 1000; n++) {
    const got = await ask();
    if (got === 429) return n;
    expect(got).toBe(status);
  }
  throw new Error("it is never refused");
}

const preflight = { Origin: "https://app.example", "Access-Control-Request-Method": "PUT" };
const upgrade = { Connection: "Upgrade", Upgrade: "websocket", Origin: "https://evil.example" };

test.each([
  ["paths that are none", "GET", "/nothing/here", {}, 404],
  ["paths of the API that are none", "POST", "/api/nothing", {}, 404],
  ["methods that a path does not know", "DELETE", "/api/chats", {}, 405],
  ["what a browser asks before a call", "OPTIONS", "/api/chats", preflight, 204],
  ["sockets that are none", "GET", "/ws", {}, 426],
  ["sockets of other origins", "GET", `/ws/${"x".repeat(200)}`, upgrade, 403],
] as const)(
  "%s are refused when there are too many, and keep nobody from calling",
  async (_, method, path, headers, status) => {
    const ask = place();
    expect(await untilRefused(() => ask(method, path, headers), status)).toBe(otherRequestsPerMinute);
    expect(await ask("GET", "/health")).toBe(200);
    expect(await ask("GET", "/api/chats")).toBe(401);
    expect(await place()(method, path, headers)).toBe(status);
    clock.turn(60_000 / otherRequestsPerMinute);
    expect(await ask(method, path, headers)).toBe(status);
    expect(await ask(method, path, headers)).toBe(429);
  },
);

test("a page of another origin can read why it is refused", async () => {
  const address = `198.51.100.${++addresses}`;
  const headers = { "X-Forwarded-For": address, Origin: "https://app.example" };
  let response = await fetch(`${server.url}/nothing`, { headers });
  for (let n = 0; response.status === 404 && n < 100; n++) {
    response = await fetch(`${server.url}/nothing`, { headers });
  }
  expect(response.status).toBe(429);
  expect(response.headers.get("access-control-allow-origin")).toBe("https://app.example");
  expect(response.headers.get("access-control-expose-headers")).toContain("Retry-After");
  const other = await fetch(`${server.url}/nothing`, {
    headers: { ...headers, Origin: "https://evil.example" },
  });
  expect(other.headers.get("access-control-allow-origin")).toBeNull();
});

test("/health, too, is answered only so often to one address", async () => {
  const ask = place();
  expect(await untilRefused(() => ask("GET", "/health"), 200)).toBe(requestsPerMinute);
  expect(await place()("GET", "/health")).toBe(200);
});

test("a host that is none counts as well", async () => {
  const address = `198.51.100.${++addresses}`;
  const ask = async () =>
    (await sendRaw(server.url, `GET / HTTP/1.1\r\nHost: a b\r\nX-Forwarded-For: ${address}\r\n\r\n`)).status;
  expect(await untilRefused(ask, 400)).toBe(otherRequestsPerMinute);
});

const lines = (): Record<string, unknown>[] =>
  server.log.splice(0).map((line) => JSON.parse(line) as Record<string, unknown>);

test("of a path the log has no more than it needs", async () => {
  const path = `/${"x".repeat(5000)}`;
  lines();
  await place()("GET", path);
  await place()("GET", "/short");
  const paths = lines().map((one) => one["path"]);
  expect(paths).toEqual([`${path.slice(0, 200)}…`, "/short"]);
});

test("what is refused for being too many has a few lines and a sum, and all else a line each", async () => {
  const ask = place();
  lines();
  for (let n = 0; n < otherRequestsPerMinute + 50; n++) await ask("GET", "/nothing");
  expect(await ask("GET", "/health")).toBe(200);
  const statuses = lines().map((one) => one["status"]);
  expect(statuses.filter((one) => one === 404)).toHaveLength(otherRequestsPerMinute);
  expect(statuses.filter((one) => one === 429)).toHaveLength(logRefusalsPerMinute);
  expect(statuses.at(-1)).toBe(200);
  clock.turn(60_000);
  const sums = () => lines().filter((one) => one["message"] === "requests refused for being too many");
  expect(sums()).toMatchObject([{ level: "warn", count: 50 - logRefusalsPerMinute }]);
  clock.turn(60_000);
  expect(sums()).toEqual([]);
});
