import { expect, test } from "bun:test";

import packageJson from "../../package.json" with { type: "json" };
import { ManualClock } from "../support/clock.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const { version } = packageJson;

test("the server introduces itself, and sends a browser to its pages", async () => {
  await using server = await TestServer.start();
  const info = await server.api.get("/");
  expect(info.status).toBe(200);
  expect(info.body).toMatchObject({ name: "Parley", version, websocket: "/ws" });
  for (const path of [info.body.docs, info.body.openapi, info.body.asyncapi]) {
    expect((await fetch(server.url + path)).status).toBe(200);
  }
  const headers = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  const browser = await server.api.get("/", { headers });
  expect([browser.status, browser.headers.get("location")]).toEqual([302, "/docs"]);
});

test("the server says that it is well, and since when", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  clock.turn(90_500);
  const health = await server.api.get("/health");
  expect(health.status).toBe(200);
  expect(health.body).toEqual({ status: "ok", version, uptime_s: 90, checks: { database: "ok" } });
});

test("only those who are signed in see how much there is", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  await alice.say(chat, "hello");
  await alice.say(chat, "anybody there?");
  const socket = await bob.connect();
  expect((await server.api.get("/api/status")).body).toEqual({ status: "ok", version });
  const seen = (await alice.get("/api/status")).body;
  expect(seen).toMatchObject({ users: 2, chats: 1, messages: 2, connections: 1 });
  expect(seen.database_bytes).toBeGreaterThan(4096);
  await socket.close();
  expectRefused(await server.api.get("/api/status", { token: "wrong" }), 401, "unauthorized");
});

test("every answer has its own request id, which the log has too", async () => {
  await using server = await TestServer.start();
  const ids = new Set<string>();
  for (const path of ["/health", "/health", "/nowhere", "/docs", "/api/chats"]) {
    ids.add((await fetch(server.url + path)).headers.get("x-request-id")!);
  }
  expect(ids.size).toBe(5);
  const logged = server.log.map((line) => JSON.parse(line));
  for (const id of ids) expect(logged.filter((one) => one.request_id === id)).toHaveLength(1);
});

test("what the server says of itself is kept apart for programs and for browsers", async () => {
  await using server = await TestServer.start();
  for (const [accept, status] of [
    ["application/json", 200],
    ["text/html,*/*;q=0.8", 302],
  ] as const) {
    const reply = await server.api.get("/", { headers: { Accept: accept } });
    expect([reply.status, reply.headers.get("vary")]).toEqual([status, "Accept"]);
  }
});
