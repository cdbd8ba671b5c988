/** Those who try passwords of others, or more than the server can hash, and what everybody else notices. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const limits = {
  rateLimits: "on" as const,
  requestsPerMinute: 10_000,
  loginsPerMinute: 3,
  trustedProxies: ["127.0.0.1"],
};
/** How many times as much is let through for a name from everywhere, and for an address with all names. */
const more = 10;

function login(server: TestServer, username: string, given: string, address: string): Promise<Reply> {
  const headers = { "X-Forwarded-For": address };
  return server.api.post("/api/auth/login", { username, password: given }, { headers });
}

async function start(clock = new ManualClock()): Promise<TestServer> {
  const server = await TestServer.start({ clock, config: limits });
  await server.register("alice");
  await server.register("bob");
  return server;
}

test("whoever guesses is kept out, but not the person whose password it is", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  const [home, mallory] = ["203.0.113.1", "198.51.100.1"];
  for (let i = 0; i < limits.loginsPerMinute; i++) {
    expectRefused(await login(server, "alice", `guess ${i}`, mallory), 401, "bad_credentials");
  }
  expectRefused(await login(server, "alice", "guess", mallory), 429, "rate_limited");
  // Not even when the guess is right.
  expectRefused(await login(server, "ALICE", password, mallory), 429, "rate_limited");

  for (let i = 0; i < 5; i++) expect((await login(server, "alice", password, home)).status).toBe(200);
  expect((await login(server, "bob", password, mallory)).status).toBe(200);
  clock.turn(60_000 / limits.loginsPerMinute);
  expect((await login(server, "alice", password, mallory)).status).toBe(200);
});

test("the right password wipes out the mistakes made from there, and no others", async () => {
  await using server = await start();
  const [home, mallory] = ["203.0.113.1", "198.51.100.1"];
  for (let i = 0; i < 3; i++) await login(server, "alice", "guess", mallory);
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 2; i++) {
      expectRefused(await login(server, "alice", "typo", home), 401, "bad_credentials");
    }
    expect((await login(server, "alice", password, home)).status).toBe(200);
  }
  expectRefused(await login(server, "alice", "guess", mallory), 429, "rate_limited");
});

test("an address that tries one name after another is slowed down, and no other address", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  const [home, mallory] = ["203.0.113.1", "198.51.100.1"];
  for (let i = 0; i < limits.loginsPerMinute * more; i++) {
    expectRefused(await login(server, `name${i}`, "password1", mallory), 401, "bad_credentials");
  }
  expectRefused(await login(server, "bob", password, mallory), 429, "rate_limited");
  expect((await login(server, "bob", password, home)).status).toBe(200);
  clock.turn(2000);
  expect((await login(server, "bob", password, mallory)).status).toBe(200);
});

test("a name that is guessed from ever new addresses is slowed down, and no other name", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  const address = (i: number) => `198.51.100.${i}`;
  for (let i = 0; i < limits.loginsPerMinute * more; i++) {
    expectRefused(await login(server, "alice", `guess ${i}`, address(i)), 401, "bad_credentials");
  }
  expectRefused(await login(server, "alice", "guess", address(100)), 429, "rate_limited");
  expectRefused(await login(server, "aLICE", password, address(101)), 429, "rate_limited");
  expect((await login(server, "bob", password, address(100))).status).toBe(200);
  clock.turn(2000);
  expect((await login(server, "alice", password, address(102))).status).toBe(200);
});

/** Dear enough that hashing is what a login costs. */
const dear = { passwordMemoryKib: 32_768, passwordIterations: 3, passwordConcurrency: 1, passwordQueue: 1 };

test("after a rush in which an unknown name was sent away, unknown names are refused as ever", async () => {
  await using server = await TestServer.start({ config: dear });
  await server.register("alice");
  const attempt = (username: string, given = "wrong password") =>
    server.api.post("/api/auth/login", { username, password: given });
  const { promise: isFull, resolve: full } = Promise.withResolvers<void>();
  const rush = Array.from({ length: 5 }, async () => {
    const reply = await attempt("alice");
    if (reply.status === 503) full();
  });
  await isFull;
  expectRefused(await attempt("nobody"), 503, "overloaded");
  await Promise.all(rush);

  const unknown = await attempt("nobody");
  const wrong = await attempt("alice");
  for (const reply of [unknown, wrong]) expectRefused(reply, 401, "bad_credentials");
  const { request_id: _, ...body } = unknown.body;
  expect(wrong.body).toMatchObject(body);
  expect(Object.keys(unknown.body)).toEqual(Object.keys(wrong.body));
  expect((await attempt("alice", password)).status).toBe(200);
});

test("the first unknown name after a start costs as much as a known one", async () => {
  await using server = await TestServer.start({ config: dear });
  await server.register("alice");
  const ratios: number[] = [];
  for (let i = 0; i < 3; i++) {
    await server.restart();
    await server.api.get("/health");
    const unknown = await costOf(() => server.api.post("/api/auth/login", { username: "nobody", password }));
    const wrong = { username: "alice", password: "wrong password" };
    ratios.push(unknown / (await costOf(() => server.api.post("/api/auth/login", wrong))));
  }
  const median = ratios.sort((a, b) => a - b)[1]!;
  // Two hashes instead of one would be 2, none at all a hundredth.
  expect(median).toBeGreaterThan(0.5);
  expect(median).toBeLessThan(1.7);
});

/** Microseconds of the processor's time: unlike those of the clock, hardly touched by who else is at work. */
async function costOf(call: () => Promise<Reply>): Promise<number> {
  const before = process.cpuUsage();
  expectRefused(await call(), 401, "bad_credentials");
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
