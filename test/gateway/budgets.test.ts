import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const config = {
  rateLimits: "on" as const,
  requestsPerMinute: 12,
  socketsPerUser: 100,
  trustedProxies: ["127.0.0.1"],
};

/** Knocks with this token from `address`, and waits for the answer to the handshake. */
function knock(server: TestServer, token: string, address: string): Promise<RawSocket> {
  return RawSocket.open(server.url, "/ws", [`Authorization: Bearer ${token}`, `X-Forwarded-For: ${address}`]);
}

/** Opens one more socket of somebody, who is greeted. */
async function enter(server: TestServer, person: Person, address: string): Promise<RawSocket> {
  const socket = await knock(server, person.accessToken, address);
  expect(socket.status).toBe(101);
  await socket.until(() => socket.frames[0]?.type === "connected");
  return socket;
}

function expectSlowedDown(socket: RawSocket): void {
  expect(socket.status).toBe(429);
  expect(JSON.parse(socket.body)).toMatchObject({ status: 429, code: "rate_limited", retry_after: 5 });
  expect(socket.header("Content-Type")).toBe("application/problem+json");
  expect(socket.header("Retry-After")).toBe("5");
  expect(socket.header("X-Request-Id")).toBeTruthy();
}

test("an address that opens sockets with one wrong token after another is slowed down, its people are not", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config });
  const alice = await server.register("alice");
  for (let i = 0; i < 12; i++) {
    const socket = await knock(server, `wrong${i}`, "203.0.113.1");
    expect([socket.status, await socket.closed]).toEqual([101, 4001]);
  }
  expectSlowedDown(await knock(server, "wrong12", "203.0.113.1"));
  const headers = { "X-Forwarded-For": "203.0.113.1" };
  expectRefused(await server.api.get("/api/auth/me", { headers, token: "wrong" }), 429, "rate_limited");

  expect(await (await knock(server, "wrong", "203.0.113.2")).closed).toBe(4001);
  await enter(server, alice, "203.0.113.1");
  clock.turn(5000);
  expect(await (await knock(server, "wrong13", "203.0.113.1")).closed).toBe(4001);
  expectSlowedDown(await knock(server, "wrong14", "203.0.113.1"));
});

test("somebody who opens too many sockets is slowed down wherever they are, and nobody else is", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const sockets: RawSocket[] = [];
  for (let i = 0; i < 12; i++) sockets.push(await enter(server, alice, "203.0.113.1"));
  expectSlowedDown(await knock(server, alice.accessToken, "203.0.113.1"));
  expectSlowedDown(await knock(server, alice.accessToken, "203.0.113.2"));
  expectSlowedDown(await RawSocket.open(server.url, `/ws/${alice.accessToken}`));
  expectRefused(await alice.get("/api/auth/me"), 429, "rate_limited");

  await enter(server, bob, "203.0.113.1");
  expect((await bob.get("/api/auth/me")).status).toBe(200);
  for (const socket of sockets) {
    socket.send({ type: "ping" });
    await socket.until(() => socket.frames.at(-1)?.type === "pong");
  }
  clock.turn(5000);
  await enter(server, alice, "203.0.113.1");
  expectSlowedDown(await knock(server, alice.accessToken, "203.0.113.1"));
});
