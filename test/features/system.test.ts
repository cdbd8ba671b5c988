import { expect, test } from "bun:test";

import packageJson from "../../package.json" with { type: "json" };
import { ManualClock } from "../support/clock.ts";
import { noDecoders } from "../support/decoders.ts";
import { longNote, note } from "../support/files.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const { version } = packageJson;

test("the server introduces itself, and sends a browser to its pages", async () => {
  await using server = await TestServer.start();
  const info = await server.api.get("/");
  expect(info.status).toBe(200);
  expect(info.body).toMatchObject({
    name: "Parley",
    version,
    // Nobody has built it.
    commit: null,
    registration: "open",
    push: { channels: ["web_push"] },
    websocket: "/ws",
  });
  expect(info.body.features).toContain("media");
  const types: (string | null)[] = [];
  for (const path of Object.values<string>(info.body.docs)) {
    const { status, headers } = await fetch(server.url + path);
    types.push(`${status} ${headers.get("content-type")?.split(";")[0]}`);
  }
  const [html, json] = ["200 text/html", "200 application/json"];
  expect(types).toEqual([html, html, json, json, html]);
  const headers = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
  for (const Accept of ["*/*", "application/json", ""]) {
    expect((await server.api.get("/", { headers: { Accept } })).status).toBe(200);
  }
  const browser = await server.api.get("/", { headers });
  expect([browser.status, browser.headers.get("location")]).toEqual([302, "/docs"]);
});

test.each([
  ["ok", { codecs: "/decoders", ffmpeg: "/usr/bin/ffmpeg" }, undefined],
  ["ffmpeg", { codecs: undefined, ffmpeg: "/usr/bin/ffmpeg" }, "ffmpeg decodes films"],
  ["none", noDecoders, "films and HEIC have no thumbnails"],
] as const)("health and the log say what decodes films: %s", async (films, decoders, line) => {
  await using server = await TestServer.start({ decoders });
  await server.app.warmUp();
  expect((await server.api.get("/health")).body.checks.films).toBe(films);
  const said = server.log.filter((one) => one.includes("no built-in decoders"));
  expect(said).toEqual(line === undefined ? [] : [expect.stringContaining(line)]);
});

test("the server says how much it takes, and takes that much", async () => {
  const config = {
    maxContentBytes: 50,
    maxGroupMembers: 3,
    maxMentions: 1,
    maxDocumentBytes: 2000,
    registration: "closed",
    userQuotaMb: 0,
  } as const;
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const others = [
    await server.register("bob"),
    await server.register("carol"),
    await server.register("dave"),
  ];
  await server.restart({ ...config, rateLimits: "on" });
  const { limits, registration } = (await server.api.get("/")).body;
  expect(registration).toBe("closed");
  expect([limits.frames_per_second, limits.requests_per_minute]).toEqual([20, 300]);
  expect(limits.user_quota_bytes).toBe(null);
  const again = server.as(alice.signedIn);
  const group = (count: number) =>
    again.post("/api/chats/group", { name: "Team", member_ids: others.slice(0, count).map((one) => one.id) });
  expectInvalid(await group(limits.group_members), "member_ids");
  const chat = (await group(limits.group_members - 1)).body.id;
  const say = (content: string) => again.post(`/api/messages/${chat}`, { content });
  expect((await say("x".repeat(limits.content_bytes))).status).toBe(201);
  expectInvalid(await say("x".repeat(limits.content_bytes + 1)), "content");
  const send = (size: number) => again.upload([longNote(size)]);
  expect((await send(limits.document_bytes)).status).toBe(201);
  expectRefused(await send(limits.document_bytes + 1), 413, "file_too_large");
  const many = (count: number) => again.upload(Array.from({ length: count }, () => note("hi")));
  expect((await many(limits.files_per_message)).status).toBe(201);
  expectInvalid(await many(limits.files_per_message + 1), "files");
  expect((await again.get(`/api/chats?limit=${limits.page}`)).status).toBe(200);
  expectInvalid(await again.get(`/api/chats?limit=${limits.page + 1}`), "query.limit");
});

test("the server says that it is well, and since when", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  clock.turn(90_500);
  const health = await server.api.get("/health");
  expect(health.status).toBe(200);
  expect(health.body).toEqual({
    status: "ok",
    version,
    uptime_s: 90,
    checks: { database: "ok", background: "ok", films: "none" },
  });
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
