import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

const limits = {
  rateLimits: "on",
  requestsPerMinute: 10_000,
  loginsPerMinute: 5,
  registrationsPerHour: 3,
} as const;

function login(server: TestServer, username: string, given: string, address = "127.0.0.1"): Promise<Reply> {
  const headers = { "X-Forwarded-For": address };
  return server.api.post("/api/auth/login", { username, password: given }, { headers });
}

test("guessing a password gets slow, whatever the case of the name, and only for that name", async () => {
  const clock = new ManualClock();
  const config = { ...limits, trustedProxies: ["127.0.0.1"] };
  await using server = await TestServer.start({ clock, config });
  await server.register("alice");
  await server.register("bob");
  const attempt = (name: string, given: string) => login(server, name, given, "203.0.113.1");
  for (const name of ["alice", "ALICE", "alice", "Alice", "alice"]) {
    expectRefused(await attempt(name, "wrong"), 401, "bad_credentials");
  }
  const refused = await attempt("aLiCe", password);
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.retry_after).toBe(12);
  expect((await attempt("bob", password)).status).toBe(200);
  clock.turn(11_000);
  expectRefused(await attempt("alice", password), 429, "rate_limited");
  clock.turn(1000);
  expect((await attempt("alice", password)).status).toBe(200);
});

test("the right password wipes earlier mistakes out", async () => {
  await using server = await TestServer.start({ clock: new ManualClock(), config: limits });
  await server.register("alice");
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 4; i++) {
      expectRefused(await login(server, "alice", "wrong"), 401, "bad_credentials");
    }
    expect((await login(server, "alice", password)).status).toBe(200);
  }
});

test("names that do not exist are slowed down just the same", async () => {
  await using server = await TestServer.start({ clock: new ManualClock(), config: limits });
  for (let i = 0; i < 5; i++) expectRefused(await login(server, "nobody", "wrong"), 401, "bad_credentials");
  expectRefused(await login(server, "nobody", "wrong"), 429, "rate_limited");
});

test("the current password is not to be guessed by a stolen session either", async () => {
  await using server = await TestServer.start({ clock: new ManualClock(), config: limits });
  const alice = await server.register("alice");
  const guess = (current_password: string) =>
    alice.post("/api/auth/password", { current_password, new_password: "another fine one" });
  for (let i = 0; i < 5; i++) expectRefused(await guess("wrong"), 422, "wrong_password");
  expectRefused(await guess(password), 429, "rate_limited");
  const email = { email: "x@example.org", current_password: password };
  expectRefused(await alice.put("/api/auth/me", email), 429, "rate_limited");
});

test("one address makes so many accounts, and more later", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: limits });
  const register = (username: string) =>
    server.api.post("/api/auth/register", { username, email: `${username}@example.org`, password });
  for (const name of ["one", "two", "three"]) expect((await register(name)).status).toBe(201);
  const refused = await register("four");
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.retry_after).toBe(1200);
  clock.turn(20 * 60_000);
  expect((await register("four")).status).toBe(201);
  expectRefused(await register("five"), 429, "rate_limited");
});

test("asking for names and addresses that are taken uses up the same budget", async () => {
  await using server = await TestServer.start({ clock: new ManualClock(), config: limits });
  await server.register("alice");
  const register = (username: string, email: string) =>
    server.api.post("/api/auth/register", { username, email, password });
  expectRefused(await register("ALICE", "new@example.org"), 409, "username_taken");
  expectRefused(await register("mallory", "alice@example.org"), 409, "email_taken");
  expectRefused(await register("mallory", "alice@example.org"), 429, "rate_limited");
  expectRefused(await register("mallory", "new@example.org"), 429, "rate_limited");
});

test("whether an e-mail address is taken can be asked so many times a day, and is not told after that", async () => {
  const clock = new ManualClock();
  const config = { ...limits, emailChangesPerDay: 3, trustedProxies: ["127.0.0.1"] };
  await using server = await TestServer.start({ clock, config });
  const alice = await server.register("alice");
  const laptop = await server.login("alice");
  const bob = await server.register("bob");
  const change = (email: string, given = password, by = alice) =>
    by.put("/api/auth/me", { email, current_password: given });
  // These tell nothing of others.
  for (let n = 0; n < 4; n++) expect((await change("ALICE@example.org")).status).toBe(200);
  for (let n = 0; n < 4; n++) expectRefused(await change("x@example.org", "wrong"), 422, "wrong_password");

  expectRefused(await change("bob@example.org"), 409, "email_taken");
  expect((await change("free@example.org")).status).toBe(200);
  expectRefused(await change("BOB@example.org", password, laptop), 409, "email_taken");
  for (const email of ["bob@example.org", "nobodys@example.org"]) {
    const refused = await change(email);
    expectRefused(refused, 429, "rate_limited");
    expect(refused.body.retry_after).toBe(8 * 3600);
    expectRefused(await change(email, password, laptop), 429, "rate_limited");
  }
  expect((await change("free@example.org")).status).toBe(200);
  expect((await alice.put("/api/auth/me", { bio: "here" })).status).toBe(200);
  expect((await change("bobs@example.org", password, bob)).status).toBe(200);
  clock.turn(8 * 3_600_000);
  const again = server.as((await login(server, "alice", password)).body);
  expectRefused(await change("bobs@example.org", password, again), 409, "email_taken");
});

test("somebody who calls too often waits, and nobody else does", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { ...limits, requestsPerMinute: 30 } });
  const alice = await server.register("alice");
  const laptop = await server.login("alice");
  const bob = await server.register("bob");
  for (let i = 0; i < 30; i++) {
    expect((await (i % 2 ? alice : laptop).get("/api/auth/me")).status).toBe(200);
  }
  const refused = await alice.get("/api/auth/me");
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.retry_after).toBe(2);
  expectRefused(await laptop.get("/api/chats"), 429, "rate_limited");
  expect((await bob.get("/api/auth/me")).status).toBe(200);
  clock.turn(2000);
  expect((await alice.get("/api/auth/me")).status).toBe(200);
  expectRefused(await alice.get("/api/auth/me"), 429, "rate_limited");
  for (let i = 0; i < 30; i++) expect((await server.api.get("/health")).status).toBe(200);
});

test("limits are off when the operator turns them off", async () => {
  await using server = await TestServer.start({ config: { ...limits, rateLimits: "off" } });
  for (let i = 0; i < 10; i++) expectRefused(await login(server, "nobody", "x"), 401, "bad_credentials");
});

test("an address that tries one token after another is slowed down, its people are not", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { ...limits, requestsPerMinute: 20 } });
  const alice = await server.register("alice");
  let reply = await server.api.get("/api/auth/me", { token: "nobody" });
  expectRefused(reply, 401, "unauthorized");
  for (let n = 0; n < 20 && reply.status === 401; n++) {
    reply = await server.api.get("/api/auth/me", { token: `nobody${n}` });
  }
  expectRefused(reply, 429, "rate_limited");
  expect((await alice.get("/api/auth/me")).status).toBe(200);
});
