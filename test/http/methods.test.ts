import { expect, test } from "bun:test";

import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"];

test("a path that does not know a method says which it knows", async () => {
  const [alice] = await server.people("alice");
  const paths = Object.entries<object>(alice.contract.openApi["paths"]);
  for (const [path, known] of paths) {
    const knows = Object.keys(known).map((one) => one.toUpperCase());
    for (const method of methods) {
      // Also where another path would fit the same address, as {chat_id} does with `direct`.
      if (knows.includes(method)) continue;
      const reply = await alice.call(method, path.replace(/\{\w+\}/g, "1"), undefined);
      expectRefused(reply, 405, "method_not_allowed");
      const allow = knows.flatMap((one) => (one === "GET" ? ["GET", "HEAD"] : [one]));
      expect(reply.headers.get("allow")).toBe(allow.join(", "));
    }
  }
});

test("a path that nobody made is not there", async () => {
  const [alice] = await server.people("alice");
  for (const path of [
    "/nowhere",
    "/api",
    "/api/chats/1/2/3",
    "/api/auth",
    "/API/CHATS",
    "/.env",
    "/api//chats",
  ]) {
    for (const method of ["GET", "POST", "DELETE"]) {
      expectRefused(await alice.call(method, path, undefined), 404, "not_found");
    }
  }
});

test("a trailing slash is the same path", async () => {
  const [alice] = await server.people("alice");
  const chat = await alice.group("Team");
  for (const path of [
    "/health",
    "/api/chats",
    `/api/chats/${chat}`,
    "/api/auth/me",
    `/api/messages/${chat}`,
  ]) {
    const [plain, slashed] = [await alice.get(path), await alice.get(`${path}/`)];
    expect(slashed.status).toBe(200);
    if (path !== "/health") expect(slashed.body).toEqual(plain.body);
  }
  expect((await alice.get("/api/chats/?limit=1")).body.chats).toHaveLength(1);
  expect((await alice.post(`/api/messages/${chat}/`, { content: "hi" })).status).toBe(201);
  expect((await fetch(`${server.url}/docs/`)).status).toBe(200);
});

test("HEAD answers as GET does, without the body", async () => {
  const [alice] = await server.people("alice");
  const chat = await alice.group("Team");
  const headers = { Authorization: `Bearer ${alice.accessToken}` };
  for (const path of ["/", "/openapi.json", "/docs", `/api/chats/${chat}`, "/api/chats/999", "/nowhere"]) {
    const [head, get] = await Promise.all(
      ["HEAD", "GET"].map((method) => fetch(server.url + path, { method, headers })),
    );
    expect({ path, status: head!.status }).toEqual({ path, status: get!.status });
    expect(head!.headers.get("content-type")).toBe(get!.headers.get("content-type"));
    expect(Math.abs(Number(head!.headers.get("content-length")) - (await get!.bytes()).length)).toBeLessThan(
      5,
    );
    expect(await head!.text()).toBe("");
  }
  expect((await fetch(`${server.url}/api/auth/logout`, { method: "HEAD", headers })).status).toBe(405);
  expect((await alice.get("/api/auth/me")).status).toBe(200);
});

test("a path for sockets says so to those who come without one", async () => {
  const [alice] = await server.people("alice");
  expectRefused(await alice.get("/ws"), 426, "upgrade_required");
  expectRefused(await alice.get(`/ws/${alice.accessToken}`), 426, "upgrade_required");
});

test("a token in the path is not logged, even where the path is a little wrong", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  for (const path of ["/ws/", "//ws/", "/WS/", "/chat/ws/", "/wss/"]) {
    expect((await fetch(`${server.url}${path}${alice.accessToken}`)).status).toBeOneOf([404, 426]);
  }
  const log = server.log.join("\n");
  expect(log).toContain('"path":"/ws"');
  expect(log).not.toContain(alice.accessToken);
});
