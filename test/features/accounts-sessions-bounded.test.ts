/** Sessions do not live for ever, nor in any number, and what belongs to them does not pile up. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash, createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { deriveKey } from "../../src/platform/secret-key.ts";
import { Browser } from "../support/browser.ts";
import { ManualClock } from "../support/clock.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";
import { Socket } from "../support/socket.ts";
import { until } from "../support/until.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

const day = 86_400_000;

function count(server: TestServer, rows: string): number {
  using db = openBeside(server.dataDir);
  return db.query<{ rows: number }, []>(`SELECT count(*) AS rows FROM ${rows}`).get()!.rows;
}

const living = (server: TestServer) => count(server, "sessions WHERE ended_at IS NULL");

test("a session that nobody has gone on with ends, with its sockets and devices; one that is kept up stays", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { refreshTokenDays: 2 } });
  const phone = await server.register("alice");
  const laptop = await server.login("alice");
  const bob = await server.register("bob");
  await phone.post("/api/auth/device-token", { token: "phone" });
  await laptop.post("/api/auth/device-token", { token: "laptop" });
  clock.turn(1.5 * day);
  const { refresh_token } = laptop.signedIn;
  const kept = server.as((await server.api.post("/api/auth/refresh", { refresh_token })).body);
  const here = await kept.connect();
  const before = (await kept.get("/api/auth/sessions")).body.sessions;
  expect(before.map((one: any) => one.current)).toEqual([false, true]);

  clock.turn(0.5 * day + 3_600_000);
  await until(() => living(server) === 1);
  await server.settled();
  expect(count(server, "device_tokens")).toBe(1);
  expect(count(server, "device_tokens WHERE token = 'laptop'")).toBe(1);
  expect(await here.settled("pong")).toHaveLength(1);
  for (const { signedIn } of [phone, bob]) {
    const old = { refresh_token: signedIn.refresh_token };
    expectRefused(await server.api.post("/api/auth/refresh", old), 401, "invalid_refresh_token");
  }
  expect(count(server, "refresh_tokens")).toBe(2);
});

test("a session that lives on its socket alone counts as used, and ends some time after the socket", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({
    clock,
    config: { refreshTokenDays: 2, accessTokenSeconds: 86_400, sessionsPerUser: 2, heartbeatSeconds: 900 },
  });
  const display = await server.register("alice");
  const socket = await display.connect();
  const isLiving = "sessions WHERE id = 1 AND ended_at IS NULL";
  const isTouched = () => count(server, `${isLiving} AND last_used_at > ${clock.now() - 3_600_000}`) === 1;
  for (let n = 0; n < 4; n++) {
    clock.turn(day);
    await until(isTouched);
  }
  expect(await socket.settled("pong")).toHaveLength(1);

  // Of too many it is the other one that has been unused for longest.
  const other = await server.login("alice");
  clock.turn(2 * 3_600_000);
  await until(isTouched);
  const newest = await server.login("alice");
  expectRefused(await other.get("/api/auth/me"), 401, "unauthorized");
  expect(await socket.settled("pong")).toHaveLength(2);

  await socket.close();
  await until(async () => (await newest.get("/api/status")).body.connections === 0);
  clock.turn(3 * day);
  await until(() => count(server, isLiving) === 0);
});

test("what has ended long ago is deleted, many at a time, and its tokens stay refused", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { accessTokenSeconds: 86_400 } });
  const alice = await server.register("alice");
  const gone = await server.login("alice");
  const socket = await gone.connect();
  const { ticket } = (await gone.post("/api/auth/ws-ticket")).body;
  await gone.post("/api/auth/logout");
  expect(await socket.closed).toBe(4003);
  {
    using db = openBeside(server.dataDir);
    db.run(
      `INSERT INTO sessions (user_id, created_at, last_used_at, ended_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
       SELECT ?, 0, ?, ? FROM n`,
      [alice.id, clock.now(), clock.now()],
    );
    // Forgotten last of all that is forgotten in an hour.
    db.run("INSERT INTO known_addresses (hash, user_id, last_used_at) VALUES ('old', 999, 0)");
  }
  const newest = (await server.login("alice")).signedIn;
  await server.api.post("/api/auth/logout", {}, { token: newest.access_token });
  clock.turn(day - 3_600_000);
  await until(() => count(server, "known_addresses WHERE hash = 'old'") === 0);
  expect(count(server, "sessions")).toBe(1003);
  clock.turn(2 * 3_600_000 - 1);
  await until(() => count(server, "sessions") === 1);
  expectRefused(await gone.get("/api/auth/me"), 401, "unauthorized");
  const { refresh_token } = gone.signedIn;
  const again = await server.api.post("/api/auth/refresh", { refresh_token });
  expectRefused(again, 401, "invalid_refresh_token");
  expect(await (await Socket.open(server.url, ticket, { by: "ticket" })).closed).toBe(4001);
  // Nobody else is ever given the numbers that such tokens name.
  const next = await server.login("alice");
  const { sessions } = (await next.get("/api/auth/sessions")).body;
  expect(sessions.at(-1).id).toBeGreaterThan(1003);
  expectRefused(await gone.get("/api/auth/me"), 401, "unauthorized");
});

test("one session too many ends the one unused for longest, and nobody else's", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { sessionsPerUser: 3 } });
  const bob = await server.register("bob");
  const first = await server.register("alice");
  clock.turn(1000);
  const second = await server.login("alice");
  clock.turn(1000);
  const third = await server.login("alice");
  clock.turn(1000);
  const { refresh_token } = first.signedIn;
  expect((await server.api.post("/api/auth/refresh", { refresh_token })).status).toBe(200);
  const sockets = [await first.connect(), await second.connect(), await third.connect()];
  clock.turn(1000);
  const fourth = await server.login("alice");
  expect(await sockets[1]!.closed).toBe(4003);
  expectRefused(await second.get("/api/auth/me"), 401, "unauthorized");
  for (const one of [first, third, fourth, bob]) expect((await one.get("/api/auth/me")).status).toBe(200);
  expect((await fourth.get("/api/auth/sessions")).body.sessions).toHaveLength(3);
});

test("thousands of sessions from before there was a limit end, some with each that begins", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { sessionsPerUser: 3 } });
  const alice = await server.register("alice");
  const many = () => {
    using db = openBeside(server.dataDir);
    db.run(
      `INSERT INTO sessions (user_id, created_at, last_used_at)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1200)
       SELECT ?, 0, ? FROM n`,
      [alice.id, clock.now() - 1000],
    );
  };
  many();
  const left: number[] = [];
  for (let n = 0; n < 4; n++) {
    await server.login("alice");
    left.push(living(server));
  }
  expect(left).toEqual([702, 203, 3, 3]);

  // All at once where somebody says so, in events of a bounded size.
  many();
  const events = count(server, "journal WHERE type = 'sessions_ended'");
  const current = await server.login("alice");
  many();
  const change = { current_password: password, new_password: "another fine one" };
  expect((await current.post("/api/auth/password", change)).status).toBe(204);
  expect(living(server)).toBe(1);
  // The new one ended 500 of 1,203, the new password the other 1,903.
  expect(count(server, "journal WHERE type = 'sessions_ended'") - events).toBe(1 + 4);
});

// What belongs to a session

test("however often a session is kept up, few of its refresh tokens are kept, and reuse still ends it", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const first = alice.signedIn.refresh_token;
  let token = first;
  for (let n = 0; n < 20; n++) {
    clock.turn(31_000);
    token = (await server.api.post("/api/auth/refresh", { refresh_token: token })).body.refresh_token;
  }
  expect(count(server, "refresh_tokens")).toBeLessThanOrEqual(3);
  const other = await server.login("alice");
  const socket = await alice.connect();
  const reused = await server.api.post("/api/auth/refresh", { refresh_token: first });
  expectRefused(reused, 401, "invalid_refresh_token");
  expect(await socket.closed).toBe(4003);
  const last = await server.api.post("/api/auth/refresh", { refresh_token: token });
  expectRefused(last, 401, "invalid_refresh_token");
  expect((await other.get("/api/auth/me")).status).toBe(200);
});

test("nobody makes up a refresh token that ends somebody's session", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await server.people("alice", "bob");
  const [own, others] = [bob, alice].map((one) => Buffer.from(one.signedIn.refresh_token, "base64url"));
  const session = 16;
  const forged = Buffer.from(own!);
  others!.copy(forged, session, session, session + 6);
  const random = Buffer.from(others!).fill(7, 0, session);
  const mark = Buffer.from(others!);
  mark[31]! ^= 1;
  for (const made of [forged, random, mark, others!.subarray(0, 31), Buffer.alloc(0)]) {
    const refresh_token = made.toString("base64url") || "-";
    const reply = await server.api.post("/api/auth/refresh", { refresh_token });
    expectRefused(reply, 401, "invalid_refresh_token");
  }
  expect((await alice.get("/api/auth/me")).status).toBe(200);
});

test("a refresh token of an earlier release is exchanged as before", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const earlier = Buffer.alloc(32, "earlier release").toString("base64url");
  {
    using db = openBeside(server.dataDir);
    db.run("UPDATE refresh_tokens SET hash = ?", [createHash("sha256").update(earlier).digest("hex")]);
  }
  const exchange = (refresh_token: string) => server.api.post("/api/auth/refresh", { refresh_token });
  const next = (await exchange(earlier)).body.refresh_token;
  expect((await exchange(earlier)).body.refresh_token).toBe(next);
  expect((await exchange(next)).status).toBe(200);
  expect((await alice.get("/api/auth/sessions")).body.sessions).toHaveLength(1);
});

/** What an earlier release answered to `token` with. */
function earlierSuccessor(server: TestServer, token: string): string {
  const key = deriveKey(readFileSync(join(server.dataDir, "secret.key")), "refresh tokens");
  return createHmac("sha256", key).update(token).digest("base64url");
}

/** Puts tokens of an earlier release in place of somebody's: `used` milliseconds ago, in order, and one that is next. */
function earlierTokens(server: TestServer, now: number, used: readonly number[]): string[] {
  const tokens = [Buffer.alloc(32, "earlier release").toString("base64url")];
  for (const _ of used) tokens.push(earlierSuccessor(server, tokens.at(-1)!));
  using db = openBeside(server.dataDir);
  const [row] = db.query("DELETE FROM refresh_tokens RETURNING session_id, created_at").values();
  tokens.forEach((token, i) => {
    const hash = createHash("sha256").update(token).digest("hex");
    const replaced = i < used.length ? now - used[i]! : null;
    db.run("INSERT INTO refresh_tokens (hash, session_id, created_at, replaced_at) VALUES (?, ?, ?, ?)", [
      hash,
      ...(row as [number, number]),
      replaced,
    ]);
  });
  return tokens;
}

test("an answer that was lost while the release changed is asked for again: the successor that is stored", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const [used, next] = earlierTokens(server, clock.now(), [20_000]);
  const exchange = (refresh_token: string) => server.api.post("/api/auth/refresh", { refresh_token });
  const again = await exchange(used!);
  expect(again.status).toBe(200);
  expect(again.body.refresh_token).toBe(next);
  expect((await exchange(again.body.refresh_token)).status).toBe(200);
  expect((await alice.get("/api/auth/sessions")).body.sessions).toHaveLength(1);
});

test("a token that was used up before the release changed ends the session, until it has expired", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { refreshTokenDays: 2 } });
  const alice = await server.register("alice");
  const [used, next] = earlierTokens(server, clock.now(), [day]);
  const exchange = (refresh_token: string) => server.api.post("/api/auth/refresh", { refresh_token });
  let token = next!;
  for (let n = 0; n < 3; n++) {
    token = (await exchange(token)).body.refresh_token;
    clock.turn(31_000);
  }
  const socket = await alice.connect();
  expectRefused(await exchange(used!), 401, "invalid_refresh_token");
  expect(await socket.closed).toBe(4003);
  expectRefused(await exchange(token), 401, "invalid_refresh_token");

  const bob = await server.register("bob");
  const [, last] = earlierTokens(server, clock.now(), [day]);
  token = last!;
  for (let n = 0; n < 4; n++) {
    token = (await exchange(token)).body.refresh_token;
    clock.turn(0.9 * day);
  }
  expect(count(server, "refresh_tokens")).toBeLessThanOrEqual(3);
  expect((await server.as((await exchange(token)).body).get("/api/auth/me")).body.id).toBe(bob.id);
});

test("a page that asks for its files' token again and again has ten at most, the last among them", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  await server.register("alice");
  const browser = new Browser(server.api);
  await browser.post("/api/auth/login", { username: "alice", password, cookie: true });
  for (let n = 0; n < 15; n++) {
    clock.turn(1000);
    for (const name of browser.cookies.keys()) {
      if (name.includes("_files_")) browser.cookies.delete(name);
    }
    expect((await browser.post("/api/auth/refresh", { cookie: true })).status).toBe(200);
  }
  expect(count(server, "file_tokens")).toBe(10);
  expect((await browser.show("/api/avatars/1")).status).toBe(404);
});

test("somebody who asks for ever more tickets loses their own oldest ones, and nobody else's", async () => {
  await using server = await TestServer.start({ config: { socketsPerUser: 3 } });
  const [alice, bob] = await server.people("alice", "bob");
  const ticketOf = async (person: typeof alice) => (await person.post("/api/auth/ws-ticket")).body.ticket;
  const bobs = await ticketOf(bob);
  const tickets: string[] = [];
  for (let n = 0; n < 8; n++) tickets.push(await ticketOf(alice));
  const open = async (ticket: string) => {
    const socket = await Socket.open(server.url, ticket, { by: "ticket" });
    return Promise.race([socket.closed, socket.settled("pong").then(() => "open")]);
  };
  const opened = [];
  for (const ticket of [tickets[0], tickets[1], tickets[2], tickets[7], bobs])
    opened.push(await open(ticket));
  expect(opened).toEqual([4001, 4001, "open", "open", "open"]);
  // One that is used makes room.
  for (let n = 0; n < 2; n++) tickets.push(await ticketOf(alice));
  expect(await open(tickets[3]!)).toBe("open");
});
