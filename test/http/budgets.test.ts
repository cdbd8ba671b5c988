/** What people behind one address, or with one account, use up of each other's budgets: as little as can be. */
import { afterAll, beforeAll, expect, setDefaultTimeout, spyOn, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { picture } from "../support/files.ts";
import type { Person, Reply } from "../support/person.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const requestsPerMinute = 20;
const filesPerMinute = 30;
const loginsPerMinute = 2;

const clock = new ManualClock();
let server: TestServer;
let addresses = 0;
let people = 0;

beforeAll(async () => {
  const limits = { requestsPerMinute, filesPerMinute, loginsPerMinute, registrationsPerHour: 100 };
  const config = { rateLimits: "on" as const, trustedProxies: ["127.0.0.1"], ...limits };
  server = await TestServer.start({ clock, config });
});
afterAll(() => server[Symbol.asyncDispose]());

/** An address that nobody has called from, and what is done from there. */
function place() {
  const headers = { "X-Forwarded-For": `198.51.100.${++addresses}` };
  const post = (path: string, body: object) => server.api.post(path, body, { headers });
  return {
    headers,
    get: (path: string, token?: string) => server.api.get(path, { headers, token }),
    register(): Promise<Reply> {
      const username = `person${++people}`;
      return post("/api/auth/register", { username, email: `${username}@example.org`, password });
    },
    login: (username: string, given = password) => post("/api/auth/login", { username, password: given }),
    refresh: (body: object) => post("/api/auth/refresh", body),
  };
}

/** Does it until it is refused for being too often; answers how often it was not. */
async function untilRefused(attempt: (n: number) => Promise<Reply>, status: number): Promise<number> {
  for (let n = 0; ; n++) {
    const reply = await attempt(n);
    if (reply.status === 429) {
      expectRefused(reply, 429, "rate_limited");
      expect(reply.body.retry_after).toBeGreaterThan(0);
      return n;
    }
    expect(reply.status).toBe(status);
    if (n > 1000) throw new Error("it is never refused");
  }
}

/** Signing up, signing in and staying signed in all go on there. */
async function expectOpen(there: ReturnType<typeof place>): Promise<void> {
  const registered = await there.register();
  expect(registered.status).toBe(201);
  const signedIn = await there.login(registered.body.user.username);
  expect(signedIn.status).toBe(200);
  expect((await there.refresh({ refresh_token: signedIn.body.refresh_token })).status).toBe(200);
  expect((await there.get("/api/auth/me", signedIn.body.access_token)).status).toBe(200);
}

test("bad refresh tokens are refused ever faster, and keep nobody there from signing in", async () => {
  const there = place();
  const bad = (n: number) => there.refresh({ refresh_token: `made up ${n}` });
  expect(await untilRefused(bad, 401)).toBe(requestsPerMinute);
  await expectOpen(there);
  expectRefused(await bad(0), 429, "rate_limited");
  expectRefused(await place().refresh({ refresh_token: "made up" }), 401, "invalid_refresh_token");
  clock.turn(60_000 / requestsPerMinute);
  expectRefused(await bad(0), 401, "invalid_refresh_token");
  expectRefused(await bad(0), 429, "rate_limited");
});

test("so are bodies that are none, bad access tokens, and sockets with those", async () => {
  for (const [attempt, status] of [
    [(there: ReturnType<typeof place>) => there.refresh({}), 422],
    [(there: ReturnType<typeof place>) => there.get("/api/auth/me", "made up"), 401],
    [(there: ReturnType<typeof place>) => there.get("/api/status", "made up"), 401],
    [(there: ReturnType<typeof place>) => there.get("/api/avatars/1", "made up"), 401],
  ] as const) {
    const there = place();
    expect(await untilRefused(() => attempt(there), status)).toBe(requestsPerMinute);
    await expectOpen(there);
  }
  const there = place();
  const knock = async () => {
    const headers = {
      ...there.headers,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Version": "13",
    };
    const key = { "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" };
    const response = await fetch(`${server.url}/ws/made-up`, { headers: { ...headers, ...key } });
    return response.status;
  };
  const statuses: number[] = [];
  for (let n = 0; n <= requestsPerMinute; n++) statuses.push(await knock());
  expect(statuses.filter((one) => one === 429)).toHaveLength(1);
  await expectOpen(there);
});

test("with a token that is over one always learns so, whatever others there show", async () => {
  const [there, elsewhere] = [place(), place()];
  const owners = [(await there.register()).body, (await there.register()).body];
  const ended = (await there.register()).body.access_token;
  await server.api.post("/api/auth/logout", {}, { headers: there.headers, token: ended });
  clock.turn(3_600_000);
  await untilRefused((n) => there.get("/api/auth/me", `made up ${n}`), 401);
  for (const { access_token, refresh_token } of owners) {
    for (const path of ["/api/auth/me", "/api/status", "/api/avatars/1"]) {
      expectRefused(await there.get(path, access_token), 401, "unauthorized");
    }
    const knocked = await RawSocket.open(server.url, `/ws/${access_token}`, [
      `X-Forwarded-For: ${there.headers["X-Forwarded-For"]}`,
    ]);
    expect([knocked.status, await knocked.closed]).toEqual([101, 4001]);
    expect((await there.refresh({ refresh_token })).status).toBe(200);
  }
  expectRefused(await there.get("/api/auth/me", "made up"), 429, "rate_limited");
  // Whoever goes on and on with one is slowed down all the same, and nobody else, nor there with that one elsewhere.
  const [first, second] = owners;
  expect(await untilRefused(() => there.get("/api/auth/me", first!.access_token), 401)).toBe(
    requestsPerMinute - 4,
  );
  expectRefused(await there.get("/api/auth/me", second!.access_token), 401, "unauthorized");
  expectRefused(await there.get("/api/auth/me", ended), 401, "unauthorized");
  expectRefused(await elsewhere.get("/api/auth/me", first!.access_token), 401, "unauthorized");
});

test("where too much has been refused, a body far larger than a refresh token is not read", async () => {
  const there = place();
  const parse = spyOn(JSON, "parse");
  const large = () => there.refresh({ padding: "x".repeat(5000) });
  const parsed = () => parse.mock.calls.filter(([text]) => String(text).startsWith(`{"padding":`)).length;
  try {
    expect(await untilRefused(large, 422)).toBe(requestsPerMinute);
    expect(parsed()).toBe(requestsPerMinute);
    expectRefused(await large(), 429, "rate_limited");
    expect(parsed()).toBe(requestsPerMinute);
    await expectOpen(there);
    clock.turn(60_000 / requestsPerMinute);
    expectRefused(await large(), 422, "validation");
  } finally {
    parse.mockRestore();
  }
});

test("whoever reads the documents all the time, or fails to sign up, can still sign in", async () => {
  const there = place();
  expect(await untilRefused(() => there.get("/openapi.json"), 200)).toBe(requestsPerMinute);
  expect((await there.get("/asyncapi.json")).status).toBe(200);
  await expectOpen(there);
  const { username } = (await there.register()).body.user;
  const again = () =>
    server.api.post(
      "/api/auth/register",
      { username, email: "x@example.org", password: "password" },
      { headers: there.headers },
    );
  expect(await untilRefused(again, 422)).toBeLessThanOrEqual(requestsPerMinute);
  expect((await there.login(username)).status).toBe(200);
});

test("a weak password is not counted as a registration", async () => {
  const registrationsPerHour = 1;
  await using small = await TestServer.start({
    clock: new ManualClock(),
    config: { rateLimits: "on", registrationsPerHour },
  });
  const register = (given: string) =>
    small.api.post("/api/auth/register", { username: "alice", email: "a@example.org", password: given });
  for (let n = 0; n < 3; n++) expectRefused(await register("password"), 422, "weak_password");
  expect((await register(password)).status).toBe(201);
});

test("however many sign in from one address, they are let in; those who guess are not", async () => {
  await using office = await TestServer.start({
    clock: new ManualClock(),
    config: {
      rateLimits: "on",
      loginsPerMinute: 1,
      registrationsPerHour: 100,
      trustedProxies: ["127.0.0.1"],
    },
  });
  const elsewhere = { headers: { "X-Forwarded-For": "203.0.113.1" } };
  const visitor = { username: "visitor", email: "visitor@example.org", password };
  expect((await office.api.post("/api/auth/register", visitor, elsewhere)).status).toBe(201);
  const all = await Promise.all(Array.from({ length: 15 }, (_, n) => office.register(`office${n}`)));
  // A program that goes on and on with one wrong password uses up that name's attempts and no others.
  const stubborn = { username: "nobody", password: "wrong" };
  expectRefused(await office.api.post("/api/auth/login", stubborn), 401, "bad_credentials");
  for (let n = 0; n < 15; n++) {
    expectRefused(await office.api.post("/api/auth/login", stubborn), 429, "rate_limited");
  }
  for (const { username } of all) {
    expect((await office.api.post("/api/auth/login", { username, password })).status).toBe(200);
  }
  const guess = (n: number) =>
    office.api.post("/api/auth/login", { username: `nobody${n}`, password: "wrong" });
  expect(await untilRefused(guess, 401)).toBe(9);
  expectRefused(
    await office.api.post("/api/auth/login", { username: "visitor", password }),
    429,
    "rate_limited",
  );
  for (const { username } of all) {
    expect((await office.api.post("/api/auth/login", { username, password })).status).toBe(200);
  }
});

test("a session exchanges its token so often and no more, and others at its address are not concerned", async () => {
  const there = place();
  let token = (await there.register()).body.refresh_token;
  const exchange = async () => {
    const reply = await there.refresh({ refresh_token: token });
    token = reply.body.refresh_token ?? token;
    return reply;
  };
  expect(await untilRefused(exchange, 200)).toBe(requestsPerMinute);
  await expectOpen(there);
  clock.turn(60_000 / requestsPerMinute);
  expect((await exchange()).status).toBe(200);
});

// Files

async function somebody(): Promise<Person> {
  return server.as((await place().register()).body);
}

test("files have a budget of their own: many photos keep nobody from writing, nor calls from seeing", async () => {
  const [alice, bob] = [await somebody(), await somebody()];
  const { avatar_url } = (await alice.setPicture("/api/auth/me/avatar", picture())).body;
  const [file] = (await alice.upload([picture()])).body.media;
  await server.settled();
  const paths = [avatar_url, file.url, `${file.url}/thumbnail`];
  const look = async (n: number) => {
    const { status, headers, body } = await alice.download(paths[n % paths.length]!);
    return { status, headers, body };
  };
  expect(await untilRefused(look, 200)).toBe(filesPerMinute);
  for (const path of paths) expectRefused(await alice.download(path), 429, "rate_limited");
  const head = await fetch(server.url + file.url, {
    method: "HEAD",
    headers: { Authorization: `Bearer ${alice.accessToken}` },
  });
  expect([head.status, head.headers.get("retry-after")]).toEqual([429, "2"]);
  // What is known of a file is a call like others.
  expect((await alice.get(`${file.url}/info`)).status).toBe(200);
  expect((await bob.download(avatar_url)).status).toBe(200);
  clock.turn(60_000 / filesPerMinute);
  expect((await alice.download(avatar_url)).status).toBe(200);

  const carol = await somebody();
  await untilRefused(() => carol.get("/api/auth/me"), 200);
  expect((await carol.download(avatar_url)).status).toBe(200);
});

test("with the limits that a server begins with, a chat of 240 photos opened twice in a minute shows all of them", async () => {
  await using usual = await TestServer.start({ clock: new ManualClock(), config: { rateLimits: "on" } });
  const alice = await usual.register("alice");
  const [file] = (await alice.upload([picture()])).body.media;
  await usual.settled();
  const headers = { Authorization: `Bearer ${alice.accessToken}` };
  const statuses = new Set<number>();
  for (let n = 0; n < 2 * 240; n++) {
    const response = await fetch(`${usual.url}${file.url}/thumbnail`, { headers });
    await response.bytes();
    statuses.add(response.status);
  }
  expect([...statuses]).toEqual([200]);
  expect((await alice.get("/api/chats")).status).toBe(200);
});
