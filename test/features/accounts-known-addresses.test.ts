/** Wrong passwords slow down who guesses, and nobody who has signed in from there before. */
import { expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Config } from "../../src/config.ts";
import { deriveKey } from "../../src/platform/secret-key.ts";
import { ManualClock } from "../support/clock.ts";
import type { Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

const loginsPerMinute = 2;
/** How many times as much is let through for an address, a name, and what is only looked at; twice for a network. */
const more = 10;
const day = 86_400_000;

const home = "203.0.113.7";
const office = "198.51.100.1";

async function start(clock: ManualClock, config: Partial<Config> = {}): Promise<TestServer> {
  const limits = { requestsPerMinute: 100_000, registrationsPerHour: 1000, loginsPerMinute };
  return TestServer.start({
    clock,
    config: { rateLimits: "on", trustedProxies: ["127.0.0.1"], ...limits, ...config },
  });
}

function from(server: TestServer, address: string) {
  const headers = { "X-Forwarded-For": address };
  const post = (path: string, body: object) => server.api.post(path, body, { headers });
  return {
    post,
    login: (username: string, given = password) => post("/api/auth/login", { username, password: given }),
    async register(username: string) {
      const body = { username, email: `${username}@example.org`, password };
      const reply = await post("/api/auth/register", body);
      expect(reply.status).toBe(201);
      return server.as(reply.body);
    },
  };
}

/** Ever new networks guess a name until it is refused everywhere where its owner has never been. */
async function besiege(server: TestServer, username: string): Promise<void> {
  for (let n = 0; ; n++) {
    const reply = await from(server, `2001:db8:${n.toString(16)}::1`).login(username, `guess ${n}`);
    if (reply.status === 429) return;
    expectRefused(reply, 401, "bad_credentials");
    if (n > loginsPerMinute * more) throw new Error("it is never refused");
  }
}

test("whatever strangers guess from however many networks, whoever has signed in from there before signs in", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  await from(server, home).register("alice");
  await besiege(server, "alice");
  const elsewhere = from(server, office);
  expectRefused(await elsewhere.login("alice"), 429, "rate_limited");
  for (let n = 0; n < 2 * loginsPerMinute; n++) {
    expect((await from(server, home).login("ALICE")).status).toBe(200);
  }
  expectRefused(await from(server, home).login("alice", "typo"), 429, "rate_limited");
  expect((await from(server, home).login("alice")).status).toBe(200);
  // Once in from there, it is one of hers.
  clock.turn(60_000);
  expect((await elsewhere.login("alice")).status).toBe(200);
  await besiege(server, "alice");
  expect((await elsewhere.login("alice")).status).toBe(200);
});

test("an e-mail address is guarded like a user name", async () => {
  await using server = await start(new ManualClock());
  await from(server, home).register("alice");
  await besiege(server, "alice@example.org");
  expectRefused(await from(server, office).login("alice@example.org"), 429, "rate_limited");
  expect((await from(server, home).login("alice@example.org")).status).toBe(200);
});

test("whoever keeps a session up from somewhere is known there, too", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  const alice = await from(server, home).register("alice");
  const { refresh_token } = alice.signedIn;
  expect((await from(server, office).post("/api/auth/refresh", { refresh_token })).status).toBe(200);
  await besiege(server, "alice");
  expect((await from(server, office).login("alice")).status).toBe(200);
});

test("a colleague who guesses at the owner's own address does not keep them out, unless faster than it is looked at", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  const there = from(server, office);
  await there.register("alice");
  const guess = async (n: number, status: number) => {
    for (let i = 0; i < n; i++) expect((await there.login("alice", `guess ${i}`)).status).toBe(status);
  };
  await guess(loginsPerMinute, 401);
  await guess(loginsPerMinute * more - 2, 429);
  expect((await there.login("alice")).status).toBe(200);
  // Which wiped their attempts out; what was only looked at is gone.
  await guess(loginsPerMinute, 401);
  await guess(1, 429);
  expectRefused(await there.login("alice"), 429, "rate_limited");
  clock.turn(60_000 / (loginsPerMinute * more));
  expect((await there.login("alice")).status).toBe(200);
});

test("where an address has used up its attempts, those who have signed in there before still sign in", async () => {
  await using server = await start(new ManualClock());
  const there = from(server, office);
  await there.register("alice");
  await from(server, home).register("bob");
  for (let n = 0; n < loginsPerMinute * more; n++) {
    expectRefused(await there.login(`nobody${n}`), 401, "bad_credentials");
  }
  expectRefused(await there.login("bob"), 429, "rate_limited");
  expect((await there.login("alice")).status).toBe(200);
});

test("a colleague who tries a password on everybody is bounded over all names, and keeps nobody out by that", async () => {
  const clock = new ManualClock();
  await using server = await start(clock);
  const there = from(server, office);
  const names = Array.from({ length: 4 }, (_, n) => `colleague${n}`);
  for (const name of names) await there.register(name);
  const [alice, bob, carol] = names as [string, string, string];
  const verify = spyOn(Bun.password, "verify");
  try {
    const spray = async (n: number) => {
      for (let i = 0; i < n; i++) await there.login(`nobody${clock.monotonic()}-${i}`, "Summer 2030");
      return verify.mock.calls.length;
    };
    // All are looked at: what the address has, and twice what one name has beyond it.
    expect(await spray(loginsPerMinute * more * 3)).toBe(loginsPerMinute * more * 3);

    // Now a name has a few looks left, although nobody has tried it here.
    for (let i = 0; i < loginsPerMinute; i++)
      expectRefused(await there.login(bob, "Summer 2030"), 429, "rate_limited");
    verify.mockClear();
    expectRefused(await there.login(bob), 429, "rate_limited");
    expect(verify).not.toHaveBeenCalled();
    // What was right costs none of them.
    for (let i = 0; i < loginsPerMinute * 2; i++) expect((await there.login(alice)).status).toBe(200);
    expectRefused(await there.login(carol, "typo"), 429, "rate_limited");
    expect((await there.login(carol)).status).toBe(200);

    // Who was tried, too, is in before long: with a new look of the address, while there is one.
    clock.turn(60_000 / (loginsPerMinute * more * 2));
    expect((await there.login(bob)).status).toBe(200);
  } finally {
    verify.mockRestore();
  }
});

test("neither answer nor work tells whether a name exists, nor whether its owner has been there", async () => {
  await using server = await start(new ManualClock());
  await from(server, office).register("alice");
  await from(server, home).register("bob");
  const verify = spyOn(Bun.password, "verify");
  try {
    for (const [address, looks] of [
      [office, 1],
      ["192.0.2.1", 0],
    ] as const) {
      const there = from(server, address);
      for (let n = 0; n < loginsPerMinute * more; n++) await there.login(`nobody${n}`);
      const seen: unknown[] = [];
      for (const name of ["alice", "bob", "bob@example.org", "nobody", "nobody@example.org"]) {
        verify.mockClear();
        const reply = await there.login(name, "wrong");
        expectRefused(reply, 429, "rate_limited");
        seen.push({ ...reply.body, request_id: "", looks: verify.mock.calls.length });
      }
      expect(seen).toEqual(seen.map(() => ({ ...(seen[0] as object), looks })));
      // Nor does a password tell that it is right.
      const right = await there.login("bob");
      expect({ ...right.body, request_id: "", looks }).toEqual(seen[0]);
    }
  } finally {
    verify.mockRestore();
  }
});

test("a network whose addresses take turns is slowed down, and no other network", async () => {
  await using server = await start(new ManualClock(), { loginsPerMinute: 1 });
  await from(server, home).register("alice");
  const address = (n: number) => from(server, `198.51.100.${1 + (n % 20)}`);
  for (let n = 0; n < more * more; n++) {
    expectRefused(await address(n).login(`nobody${n}`), 401, "bad_credentials");
  }
  expectRefused(await from(server, "198.51.100.200").login("alice"), 429, "rate_limited");
  expect((await from(server, "198.51.101.1").login("alice")).status).toBe(200);
});

test("a network makes ten times as many accounts as an address, and no more", async () => {
  await using server = await start(new ManualClock(), { registrationsPerHour: 1 });
  for (let n = 0; n < more; n++) await from(server, `2001:db8:0:${n}::1`).register(`person${n}`);
  const body = { username: "last", email: "last@example.org", password };
  const register = (address: string) => from(server, address).post("/api/auth/register", body);
  expectRefused(await register("2001:db8:0:ffff::1"), 429, "rate_limited");
  expect((await register("2001:db8:1::1")).status).toBe(201);
});

test("whoever is signed in changes their password whatever others guess", async () => {
  await using server = await start(new ManualClock());
  const alice = await from(server, home).register("alice");
  await besiege(server, "alice");
  const change = { current_password: password, new_password: "another fine one" };
  expect((await alice.post("/api/auth/password", change)).status).toBe(204);
});

test("of too many addresses the one unused for longest is forgotten, and each after a time", async () => {
  const clock = new ManualClock();
  await using server = await start(clock, { addressesPerUser: 2, addressDays: 10 });
  const [first, second, third] = ["192.0.2.1", "192.0.2.2", "192.0.2.3"];
  const login = (address: string) => from(server, address).login("alice");
  await from(server, first!).register("alice");
  for (const address of [second!, first!, third!]) {
    clock.turn(3_600_000);
    expect((await login(address)).status).toBe(200);
  }
  await besiege(server, "alice");
  expectRefused(await login(second!), 429, "rate_limited");
  expect((await login(first!)).status).toBe(200);
  expect((await login(third!)).status).toBe(200);

  clock.turn(5 * day);
  expect((await login(first!)).status).toBe(200);
  clock.turn(5 * day + 1);
  await until(() => hashes(server).length === 1);
  await besiege(server, "alice");
  expectRefused(await login(third!), 429, "rate_limited");
  expect((await login(first!)).status).toBe(200);
});

test("nobody reads in the database from where people have signed in", async () => {
  await using server = await start(new ManualClock());
  await from(server, home).register("alice");
  const key = deriveKey(readFileSync(join(server.dataDir, "secret.key")), "addresses");
  const hash = createHmac("sha256", key).update(home).digest("hex");
  expect(hashes(server)).toEqual([hash]);
});

function hashes(server: TestServer): string[] {
  using db = openBeside(server.dataDir);
  return db
    .query<{ hash: string }, []>("SELECT hash FROM known_addresses")
    .all()
    .map((row) => row.hash);
}

// Places in the queue

/** Dear enough that hashing is what a login costs. */
const dear = { passwordMemoryKib: 32_768, passwordIterations: 3, passwordConcurrency: 1 };

/** Goes on with one attempt after another, `atOnce` at a time, while somebody else signs in. */
async function flooding(attempt: (n: number) => Promise<Reply>, atOnce: number) {
  let isOver = false;
  let n = 0;
  const statuses = new Set<number>();
  const { promise: full, resolve } = Promise.withResolvers<void>();
  const all = Array.from({ length: atOnce }, async () => {
    while (!isOver) {
      const { status } = await attempt(n++);
      statuses.add(status);
      if (status === 503) resolve();
    }
  });
  await full;
  return async () => {
    isOver = true;
    await Promise.all(all);
    return statuses;
  };
}

test.each([
  ["address", { passwordsPerAddress: 3 }, () => office],
  ["network", { passwordsPerNetwork: 3 }, (n: number) => `2001:db8:0:${(n % 20).toString(16)}::1`],
] as const)("one %s does not take all places of those who sign in", async (_, share, address) => {
  await using server = await start(new ManualClock(), {
    ...dear,
    ...share,
    passwordQueue: 6,
    loginsPerMinute: 1_000_000,
    requestsPerMinute: 1_000_000,
  });
  await from(server, home).register("alice");
  const stop = await flooding((n) => from(server, address(n)).login(`nobody${n}`), 12);
  // Nobody has signed in from there before either.
  const { status } = await from(server, "192.0.2.9").login("alice");
  expect([...(await stop())].toSorted()).toEqual([401, 503]);
  expect(status).toBe(200);
});

test("with the limits that a server begins with, an office of thirty that comes in at once signs in", async () => {
  await using server = await TestServer.start({
    clock: new ManualClock(),
    config: { rateLimits: "on", registrationsPerHour: 30 },
  });
  const people = [];
  for (let n = 0; n < 30; n++) people.push(await server.register(`person${n}`));
  const replies = await Promise.all(
    people.map(({ username }) => server.api.post("/api/auth/login", { username, password })),
  );
  expect(replies.map((one) => one.status)).toEqual(people.map(() => 200));
});
