import { afterAll, beforeAll, expect, test } from "bun:test";

import { note } from "../support/files.ts";
import { TestServer } from "../support/server.ts";

const app = "https://app.example.org";

let server: TestServer;

beforeAll(async () => {
  server = await TestServer.start({ config: { corsOrigins: [app] } });
});
afterAll(() => server[Symbol.asyncDispose]());

function from(origin: string, more: RequestInit = {}): RequestInit {
  return { ...more, headers: { ...(more.headers as Record<string, string>), Origin: origin } };
}

test("a page of an allowed origin may call, and read refusals too", async () => {
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
  const alice = await server.register("alice");
  const [file] = (await alice.upload([note("hello")])).body.media;
  const { status, headers } = await alice.download(file.url, { Origin: app, Range: "bytes=1-2" });
  expect([status, headers.get("access-control-allow-origin")]).toEqual([206, app]);
  const readable = headers.get("access-control-expose-headers")!.toLowerCase().split(/,\s*/);
  expect(readable).toEqual(expect.arrayContaining(["content-range", "etag", "content-disposition"]));
});

test("a browser that asks first is told what an allowed page may do, and remembers it", async () => {
  const asked = ["authorization", "content-type", "range", "if-range", "if-none-match"];
  const headers = {
    "Access-Control-Request-Method": "PUT",
    "Access-Control-Request-Headers": asked.join(","),
  };
  const response = await fetch(`${server.url}/api/auth/me`, from(app, { method: "OPTIONS", headers }));
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-allow-origin")).toBe(app);
  expect(response.headers.get("access-control-allow-methods")).toContain("PUT");
  const allowed = response.headers.get("access-control-allow-headers")!.toLowerCase().split(/,\s*/);
  expect(allowed).toEqual(expect.arrayContaining(asked));
  expect(response.headers.get("access-control-max-age")).toBe("7200");
  expect(response.headers.get("vary")!.split(/,\s*/)).toContain("Origin");
  expect(response.headers.get("access-control-allow-credentials")).toBeNull();
});

test("a page of another allowed origin can show what its service worker fetched, and the others' cannot", async () => {
  const alice = await server.register("shows");
  const [file] = (await alice.upload([note("hello")])).body.media;
  const { headers } = await alice.download(file.url);
  const etag = headers.get("etag")!;
  const policy = "cross-origin-resource-policy";
  for (const more of [{}, { Range: "bytes=1-2" }, { "If-None-Match": etag }]) {
    // Its service worker names the page's origin; an <img> in its place names none.
    for (const from of [{ Origin: app }, {}]) {
      const answer = await alice.download(file.url, { ...more, ...from });
      expect([answer.status < 400, answer.headers.get(policy)]).toEqual([true, "cross-origin"]);
      expect(answer.headers.get("vary")!.split(/,\s*/)).toContain("Origin");
    }
    const evil = await alice.download(file.url, { ...more, Origin: "https://evil.example" });
    expect(evil.headers.get("access-control-allow-origin")).toBeNull();
    expect(evil.headers.get("vary")!.split(/,\s*/)).toContain("Origin");
  }
  await using alone = await TestServer.start();
  const bob = await alone.register("bob");
  const [his] = (await bob.upload([note("hello")])).body.media;
  const answer = await bob.download(his.url, { Origin: app });
  expect([answer.headers.get(policy), answer.headers.get("vary")]).toEqual(["same-site", null]);
});

test("a page of another origin gets nothing that its browser would let it read", async () => {
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
  await using alone = await TestServer.start();
  const response = await fetch(`${alone.url}/health`, from(app));
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
});
