/** Data that an executable has written, under these sources: whoever was signed in still is. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { Browser } from "./support/browser.ts";
import type { Person } from "./support/person.ts";
import { expectRefused } from "./support/refusal.ts";
import { password, type TestServer } from "./support/server.ts";
import { kept, startUpgraded, stopAndRestore } from "./support/upgraded.ts";

let server: TestServer;
let people: Record<string, Person>;

beforeAll(async () => {
  ({ server, people } = await startUpgraded());
});
afterAll(() => server[Symbol.asyncDispose]());

const person = (name: string) => people[name]!;

test("whoever was signed in still is, with each kind of token, and whoever was not is not", async () => {
  const { erin, ...others } = people;
  for (const one of Object.values(others)) {
    expect((await one.get("/api/auth/me")).body.username).toBe(one.username);
  }
  expectRefused(await erin!.get("/api/auth/me"), 401, "unauthorized");
  const refresh = (refresh_token: string) => server.api.post("/api/auth/refresh", { refresh_token });
  expectRefused(await refresh(erin!.signedIn.refresh_token), 401, "invalid_refresh_token");
  // He used it up a moment before, and the answer may have been lost.
  expect((await refresh(kept.usedUp)).body.refresh_token).toBe(person("bob").signedIn.refresh_token);
  for (const token of [person("carol").signedIn.refresh_token, kept.earlierToken]) {
    const { access_token, user } = (await refresh(token)).body;
    expect((await server.api.get("/api/auth/me", { token: access_token })).body.id).toBe(user.id);
  }
  expect((await server.login("carol")).username).toBe("carol");
  const refused = await server.api.post("/api/auth/login", { username: "erin", password });
  expectRefused(refused, 401, "bad_credentials");
});

test("a page goes on with its cookies, and fetches files with them", async () => {
  const { avatar_url } = (await person("alice").get("/api/auth/me")).body;
  const browser = new Browser(server.api);
  const { port } = new URL(server.url);
  for (const [kind, path] of [
    ["refresh", "/api/auth"],
    ["files", "/api"],
  ] as const) {
    browser.cookies.set(`parley_${kind}_${port}`, { value: kept.cookies[kind], path, attributes: [] });
  }
  expect((await browser.show(avatar_url)).status).toBe(200);
  const { body } = await browser.post("/api/auth/refresh", { cookie: true });
  expect(body.user.username).toBe("alice");
  expect(browser.cookie("files").value).toBe(kept.cookies.files);
  expect((await browser.show(avatar_url)).status).toBe(200);
});

test("a device is still known, until it is forgotten", async () => {
  const forget = () => person("gina").delete(`/api/auth/device-token/${kept.device}`);
  expect((await forget()).status).toBe(204);
  expectRefused(await forget(), 404, "not_found");
});

test("while others guess, who has signed in from an address before still does from there", async () => {
  await server.restart({ rateLimits: "on", trustedProxies: ["127.0.0.1"], loginsPerMinute: 1 });
  const login = (given: string, headers = {}) =>
    server.api.post("/api/auth/login", { username: "gina", password: given }, { headers });
  const from = (address: string) => ({ "X-Forwarded-For": address });
  let guesses = 0;
  while ((await login("a guess", from(`2001:db8:${++guesses}::1`))).status === 401)
    expect(guesses).toBeLessThan(50);
  expectRefused(await login(password, from("198.51.100.1")), 429, "rate_limited");
  expect((await login(password)).status).toBe(200);
});

test("with another key than before the server does not start", async () => {
  await stopAndRestore(server);
  writeFileSync(join(server.dataDir, "secret.key"), "x".repeat(32));
  await expect(server.open()).rejects.toThrow("is not the key that was used last");
});
