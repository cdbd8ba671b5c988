import { expect, test } from "bun:test";

import { note } from "../support/files.ts";
import { TestServer } from "../support/server.ts";

const app = "https://app.example.org";

function from(origin: string, more: RequestInit = {}): RequestInit {
  return { ...more, headers: { ...(more.headers as Record<string, string>), Origin: origin } };
}

test("a page of an allowed origin may call, and read refusals too", async () => {
  await using server = await TestServer.start({ config: { corsOrigins: [app] } });
  for (const [path, status] of [
    ["/health", 200],
    ["/api/auth/me", 401],
    ["/nowhere", 404],
    ["/api/auth/login", 405],
  ] as const) {
    const response = await fetch(server.url + path, from(app));
    expect([path, response.status]).toEqual([path, status]);
    expect(response.headers.get("access-control-allow-origin")).toBe(app);
    expect(response.headers.get("access-control-expose-headers")).toContain("X-Request-Id");
    expect(response.headers.get("vary")).toContain("Origin");
  }
});

test("a page of an allowed origin can fetch a part of a file, and read which", async () => {
  await using server = await TestServer.start({ config: { corsOrigins: [app] } });
  const alice = await server.register("alice");
  const [file] = (await alice.upload([note("hello")])).body.media;
  const { status, headers } = await alice.download(file.url, { Origin: app, Range: "bytes=1-2" });
  expect([status, headers.get("access-control-allow-origin")]).toEqual([206, app]);
  const readable = headers.get("access-control-expose-headers")!.toLowerCase().split(/,\s*/);
  expect(readable).toEqual(expect.arrayContaining(["content-range", "etag", "content-disposition"]));
});

test("a browser that asks first is told what an allowed page may do", async () => {
  await using server = await TestServer.start({ config: { corsOrigins: [app] } });
  const headers = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": "authorization,content-type",
  };
  const response = await fetch(`${server.url}/api/auth/me`, from(app, { method: "OPTIONS", headers }));
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBe(app);
  expect(response.headers.get("access-control-allow-methods")).toContain("PUT");
  expect(response.headers.get("access-control-allow-headers")).toContain("authorization");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
});

test("a page of another origin gets nothing that its browser would let it read", async () => {
  await using server = await TestServer.start({ config: { corsOrigins: [app] } });
  for (const origin of [
    "https://evil.example",
    "https://app.example.org.evil.example",
    "null",
    `${app}:444`,
  ]) {
    const response = await fetch(`${server.url}/health`, from(origin));
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  }
});

test("without allowed origins nobody's page may call", async () => {
  await using server = await TestServer.start();
  const response = await fetch(`${server.url}/health`, from(app));
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
});
