/** What pages of this server keep in cookies, what it is good for, and who cannot use it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { Browser } from "../support/browser.ts";
import { ManualClock } from "../support/clock.ts";
import { picture } from "../support/files.ts";
import { deadFileTokens } from "../support/kept.ts";
import type { Person, Reply } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const hour = 3_600_000;
/** As short as it can be: a clock that is turned by months has much to do. */
const refreshTokenDays = 1;
const clock = new ManualClock();
let server: TestServer;
let alice: Person;
/** Where her things are to be seen. */
let shown: { file: string; thumbnail: string; avatar: string };
let people = 0;

beforeAll(async () => {
  server = await TestServer.start({ clock, config: { refreshTokenDays } });
  alice = await server.register("alice");
  const [file] = (await alice.upload([picture()])).body.media;
  await alice.say(await alice.group("Team"), "", { media_ids: [file.id] });
  await server.settled();
  const { avatar_url } = (await alice.setPicture("/api/auth/me/avatar", picture())).body;
  shown = { file: file.url, thumbnail: `${file.url}/thumbnail`, avatar: avatar_url };
});
afterAll(() => server[Symbol.asyncDispose]());

/** A page on which Alice is signed in, and the answer. */
async function signIn(): Promise<{ browser: Browser; signedIn: any }> {
  const browser = new Browser(server.api);
  const reply = await browser.post("/api/auth/login", { username: "alice", password, cookie: true });
  expect(reply.status).toBe(200);
  return { browser, signedIn: reply.body };
}

const refresh = (browser: Browser) => browser.post("/api/auth/refresh", { cookie: true });

async function expectShown(browser: Browser, status: number): Promise<void> {
  for (const path of Object.values(shown))
    expect([path, (await browser.show(path)).status]).toEqual([path, status]);
}

// Signing in

test("a page of this server gets its tokens as cookies that no script reads and no other site sends", async () => {
  const username = `page${++people}`;
  const browser = new Browser(server.api);
  const replies = [
    await browser.post("/api/auth/register", {
      username,
      email: `${username}@example.org`,
      password,
      cookie: true,
    }),
    await browser.post("/api/auth/login", { username, password, cookie: true }),
    await refresh(browser),
  ];
  const { port } = new URL(server.url);
  for (const { status, body, headers } of replies) {
    expect(status).toBeOneOf([200, 201]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(Object.keys(body).toSorted()).toEqual(["access_token", "expires_in", "token_type", "user"]);
    const cookies = headers.getSetCookie();
    const all = `Max-Age=${refreshTokenDays * 86_400}; HttpOnly; SameSite=Strict`;
    expect(cookies.map((one) => one.replace(/=[\w-]{43};/, "=…;")).toSorted()).toEqual([
      `parley_files_${port}=…; Path=/api; ${all}`,
      `parley_refresh_${port}=…; Path=/api/auth; ${all}`,
    ]);
    for (const { value } of browser.cookies.values()) expect(JSON.stringify(body)).not.toContain(value);
    const me = await server.api.get("/api/auth/me", { token: body.access_token });
    expect(me.body.username).toBe(username);
  }
  expect(browser.cookie("refresh").value).not.toBe(browser.cookie("files").value);
  expect(browser.sentTo("/api/auth/refresh")).toHaveLength(2);
  expect(browser.sentTo("/api/media/1")).toHaveLength(1);
  expect(browser.sentTo("/ws")).toEqual([]);
});

test("whoever does not ask for cookies gets none, and their tokens in the body as ever", async () => {
  const browser = new Browser(server.api);
  for (const cookie of [undefined, null, false]) {
    const { status, body, headers } = await browser.post("/api/auth/login", {
      username: "alice",
      password,
      cookie,
    });
    expect([status, typeof body.refresh_token, headers.getSetCookie()]).toEqual([200, "string", []]);
    const again = await browser.post("/api/auth/refresh", { refresh_token: body.refresh_token, cookie });
    expect([again.status, typeof again.body.refresh_token]).toEqual([200, "string"]);
    expect(again.headers.getSetCookie()).toEqual([]);
  }
});

test("a session goes on from its cookie, and what was in it before is used up", async () => {
  const { browser, signedIn } = await signIn();
  const before = browser.copy();
  const reply = await refresh(browser);
  expect(reply.body.user).toEqual(signedIn.user);
  expect(browser.cookie("refresh").value).not.toBe(before.cookie("refresh").value);
  const sessions = await server.as(reply.body).get("/api/auth/sessions");
  expect(sessions.body.sessions.filter((one: any) => one.current)).toHaveLength(1);
  // The one token of a body stands above the cookie.
  const other = (await server.login("alice")).signedIn.refresh_token;
  expectRefused(
    await browser.post("/api/auth/refresh", { refresh_token: `${other}x`, cookie: true }),
    401,
    "invalid_refresh_token",
  );
  expect((await refresh(browser)).status).toBe(200);

  clock.turn(31_000);
  expectRefused(await refresh(before), 401, "invalid_refresh_token");
  expectRefused(await refresh(browser), 401, "invalid_refresh_token");
  await expectShown(browser, 401);
});

test("two tabs that refresh at once have the same cookies afterwards, and both go on", async () => {
  const { browser } = await signIn();
  const first = browser.cookie("files").value;
  const tabs = Array.from({ length: 5 }, () => browser.copy());
  const replies = await Promise.all(tabs.map(refresh));
  expect(replies.map((one) => one.status)).toEqual(tabs.map(() => 200));
  for (const kind of ["refresh", "files"] as const) {
    expect(new Set(tabs.map((one) => one.cookie(kind).value)).size).toBe(1);
  }
  expect(tabs[0]!.cookie("files").value).toBe(first);
  clock.turn(20_000);
  const late = browser.copy();
  expect((await refresh(late)).status).toBe(200);
  expect(late.cookie("refresh").value).toBe(tabs[0]!.cookie("refresh").value);
  clock.turn(60_000);
  expect((await refresh(tabs[1]!)).status).toBe(200);
  await expectShown(tabs[1]!, 200);
});

test("a page that has lost its cookie for files gets another with the next refresh, and the first is as good", async () => {
  const { browser } = await signIn();
  const other = await signIn();
  const before = browser.copy();
  for (const lose of [
    (name: string, tab: Browser) => tab.cookies.delete(name),
    (name: string, tab: Browser) => tab.cookies.set(name, { ...tab.cookie("files"), value: "made-up" }),
    // Of another session.
    (name: string, tab: Browser) => tab.cookies.set(name, other.browser.cookie("files")),
  ]) {
    lose(browser.sentTo("/api/media/1")[0]!, browser);
    expect((await refresh(browser)).status).toBe(200);
    expect(browser.cookie("files").value).not.toBe(before.cookie("files").value);
    expect(browser.cookie("files").value).not.toBe(other.browser.cookie("files").value);
    await expectShown(browser, 200);
  }
  await expectShown(before, 200);
  await browser.post("/api/auth/logout");
  await expectShown(before, 401);
  await expectShown(other.browser, 200);
});

test("a session whose token was kept elsewhere moves into cookies", async () => {
  const { refresh_token } = (await server.login("alice")).signedIn;
  const browser = new Browser(server.api);
  const reply = await browser.post("/api/auth/refresh", { refresh_token, cookie: true });
  expect([reply.status, reply.body.refresh_token]).toEqual([200, undefined]);
  expect((await refresh(browser)).status).toBe(200);
  await expectShown(browser, 200);
});

test("without a cookie nobody goes on from one", async () => {
  const browser = new Browser(server.api);
  expectRefused(await refresh(browser), 401, "invalid_refresh_token");
  expectInvalid(await browser.post("/api/auth/refresh", {}), "refresh_token");
  expectInvalid(await browser.post("/api/auth/refresh", { cookie: false }), "refresh_token");
  expectInvalid(await browser.post("/api/auth/refresh", { cookie: "yes" }), "cookie");
  const { browser: signedIn } = await signIn();
  expectInvalid(await signedIn.post("/api/auth/refresh", {}), "refresh_token");
  const { port } = new URL(server.url);
  for (const cookies of [
    `parley_refresh_${port}=`,
    `parley_refresh_${port}`,
    `parley_refresh_${Number(port) + 1}=${signedIn.cookie("refresh").value}`,
    `x_parley_refresh_${port}=${signedIn.cookie("refresh").value}`,
    `parley_refresh_${port}=${signedIn.cookie("files").value}`,
    `a; ;=; parley_refresh_${port}=${"x".repeat(5000)}`,
  ]) {
    const reply = await browser.post("/api/auth/refresh", { cookie: true }, { Cookie: cookies });
    expectRefused(reply, 401, "invalid_refresh_token");
  }
  const cookies = `a=b; parley_refresh_${port}=${signedIn.cookie("refresh").value}; c="d"`;
  const reply = await browser.post("/api/auth/refresh", { cookie: true }, { Cookie: cookies });
  expect(reply.status).toBe(200);
});

// Pages of others

/** What browsers say on pages that are not this server's, and what other programs say. */
function elsewhere(): Record<string, string>[] {
  const { hostname, port } = new URL(server.url);
  const own = { Origin: server.url };
  return [
    {},
    { Origin: "https://evil.example" },
    { Origin: `http://${hostname}:${Number(port) + 1}` },
    { Origin: `http://${hostname}` },
    { Origin: `${server.url}.evil.example` },
    { Origin: `${server.url}, https://evil.example` },
    { Origin: `${server.url}/` },
    { Origin: "null" },
    { Origin: "" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "same-site" },
    { "Sec-Fetch-Site": "none" },
    { "Sec-Fetch-Site": "" },
    { ...own, "Sec-Fetch-Site": "cross-site" },
    { ...own, "Sec-Fetch-Site": "same-site" },
    { ...own, "Sec-Fetch-Site": "none" },
    { ...own, "Sec-Fetch-Site": "same-origin, cross-site" },
    { "Sec-Fetch-Site": "same-origin", Origin: "https://evil.example" },
    { "Sec-Fetch-Site": "same-origin", Origin: "null" },
  ];
}

test("no other page signs in with cookies, goes on from them or signs anybody out by them", async () => {
  const { browser } = await signIn();
  const accounts = (await alice.get("/api/status")).body.users;
  for (const page of elsewhere()) {
    const other = new Browser(server.api, page);
    for (const [name, cookie] of browser.cookies) other.cookies.set(name, cookie);
    const one = { username: "newcomer", email: "newcomer@example.org", password, cookie: true };
    for (const reply of [
      await other.post("/api/auth/register", one),
      await other.post("/api/auth/login", { username: "alice", password, cookie: true }),
      await refresh(other),
      await other.post("/api/auth/logout"),
    ]) {
      expect([page, reply.status, reply.body?.code]).toEqual([page, 403, "bad_origin"]);
      expect(reply.headers.getSetCookie()).toEqual([]);
    }
  }
  expect((await alice.get("/api/status")).body.users).toBe(accounts);
  expect((await refresh(browser)).status).toBe(200);
});

test("either word of a browser is enough where it says no other", async () => {
  for (const page of [{ Origin: server.url }, { "Sec-Fetch-Site": "same-origin" }]) {
    const browser = new Browser(server.api, page);
    const reply = await browser.post("/api/auth/login", { username: "alice", password, cookie: true });
    expect(reply.status).toBe(200);
    expect((await refresh(browser)).status).toBe(200);
    expect((await browser.post("/api/auth/logout")).status).toBe(204);
  }
});

test("pages of CORS_ORIGINS sign in with the header, not with cookies", async () => {
  const app = "https://app.example.net";
  await using open = await TestServer.start({ config: { corsOrigins: [app] } });
  await open.register("bob");
  const page = { Origin: app, "Sec-Fetch-Site": "cross-site" };
  const login = (cookie: boolean) =>
    open.api.post("/api/auth/login", { username: "bob", password, cookie }, { headers: page });
  expectRefused(await login(true), 403, "bad_origin");
  const reply = await login(false);
  expect([reply.status, reply.headers.getSetCookie()]).toEqual([200, []]);
  expect(reply.headers.get("access-control-allow-credentials")).toBeNull();
});

// Signing out

test("signing out takes both cookies, by the access token as by the cookie alone", async () => {
  for (const how of ["cookie", "token", "both"]) {
    const { browser, signedIn } = await signIn();
    const before = browser.copy();
    const socket = await server.as(signedIn).connect();
    const authorization = { Authorization: `Bearer ${signedIn.access_token}` };
    const out =
      how === "token"
        ? await server.as(signedIn).post("/api/auth/logout")
        : await browser.post("/api/auth/logout", undefined, how === "both" ? authorization : {});
    expect(out.status).toBe(204);
    const { port } = new URL(server.url);
    const all = "Max-Age=0; HttpOnly; SameSite=Strict";
    expect(out.headers.getSetCookie().toSorted()).toEqual([
      `parley_files_${port}=; Path=/api; ${all}`,
      `parley_refresh_${port}=; Path=/api/auth; ${all}`,
    ]);
    expect(await socket.closed).toBe(4003);
    if (how !== "token") expect(browser.cookies.size).toBe(0);
    expectRefused(await refresh(before), 401, "invalid_refresh_token");
    await expectShown(before, 401);
    expectRefused(await server.as(signedIn).get("/api/auth/me"), 401, "unauthorized");
    // Once more: there is nothing left to end, but cookies to be taken.
    expect((await before.post("/api/auth/logout")).status).toBe(204);
    expect(before.cookies.size).toBe(0);
  }
});

test("nobody is signed out who is not signed in, and of two sessions that a browser shows none is left", async () => {
  expectRefused(await new Browser(server.api).post("/api/auth/logout"), 401, "unauthorized");
  expectRefused(await server.api.post("/api/auth/logout"), 401, "unauthorized");
  const [first, second] = [await signIn(), await signIn()];
  const authorization = { Authorization: `Bearer ${first.signedIn.access_token}` };
  const before = second.browser.copy();
  expect((await second.browser.post("/api/auth/logout", undefined, authorization)).status).toBe(204);
  expectRefused(await server.as(first.signedIn).get("/api/auth/me"), 401, "unauthorized");
  expectRefused(await refresh(before), 401, "invalid_refresh_token");
  // A page of others cannot, not even with a token of its own.
  const [mine, hers] = [await signIn(), await signIn()];
  const own = { Authorization: `Bearer ${mine.signedIn.access_token}`, "Sec-Fetch-Site": "same-site" };
  expect((await hers.browser.copy().post("/api/auth/logout", undefined, own)).status).toBe(204);
  expect((await refresh(hers.browser)).status).toBe(200);
});

// Files

test("an <img> is shown files, thumbnails and pictures of people by the cookie, whole, in parts and by HEAD", async () => {
  const { browser } = await signIn();
  await expectShown(browser, 200);
  const { Cookie } = { Cookie: `${browser.sentTo("/api/media/1")[0]}=${browser.cookie("files").value}` };
  for (const path of Object.values(shown)) {
    for (const site of [{}, { "Sec-Fetch-Site": "same-origin" }, { "Sec-Fetch-Site": "none" }]) {
      const ask = (method: string, more: Record<string, string> = {}) =>
        fetch(server.url + path, { method, headers: { Cookie, ...site, ...more } });
      expect((await ask("GET", { Range: "bytes=0-1" })).status).toBe(206);
      expect((await ask("HEAD")).status).toBe(200);
      for (const method of ["POST", "PUT", "DELETE"])
        expect((await ask(method)).status).toBeOneOf([401, 405]);
    }
    for (const page of [
      { "Sec-Fetch-Site": "cross-site" },
      { "Sec-Fetch-Site": "same-site" },
      { "Sec-Fetch-Site": "" },
      { "Sec-Fetch-Site": "same-origin, same-site" },
      // Where a browser says no more than that.
      { "Sec-Fetch-Site": "none", Origin: "https://evil.example" },
      { "Sec-Fetch-Site": "same-origin", Origin: "null" },
    ]) {
      expectRefused(await browser.show(path, page), 403, "bad_origin");
    }
    expectRefused(await browser.show(path, { Authorization: "Bearer made-up" }), 401, "unauthorized");
    expectRefused(await new Browser(server.api).show(path), 401, "unauthorized");
  }
  const bob = await server.register("bob");
  const his = new Browser(server.api);
  await his.post("/api/auth/login", { username: "bob", password, cookie: true });
  expectRefused(await his.show(shown.file), 404, "not_found");
  expect((await his.show(shown.avatar)).status).toBe(200);
  expect((await bob.download(shown.avatar)).status).toBe(200);
});

test("the cookie for files opens nothing else, and nothing else opens files", async () => {
  const { browser } = await signIn();
  const value = browser.cookie("files").value;
  const names = browser.sentTo("/api/media/1").concat(browser.sentTo("/api/auth/refresh"));
  const cookies = [...new Set(names)].map((name) => `${name}=${value}`).join("; ");
  const mine = { Origin: server.url, "Sec-Fetch-Site": "same-origin" };
  const takes = ["getMedia", "getThumbnail", "getAvatar"];
  let tried = 0;
  for (const [template, methods] of Object.entries<Record<string, any>>(
    server.api.contract.openApi["paths"],
  )) {
    const path = template.replace(/\{\w+\}/g, "1");
    for (const [method, { operationId, security, requestBody }] of Object.entries(methods)) {
      if (takes.includes(operationId)) continue;
      const call = (headers: Record<string, string>) =>
        server.api.call(method.toUpperCase(), path, requestBody ? {} : undefined, {
          headers,
          token: undefined,
        });
      const [without, withCookie] = [await call(mine), await call({ ...mine, Cookie: cookies })];
      // Signing out takes a cookie that is none for none, and has it forgotten.
      const expected = operationId === "logout" ? 204 : without.status;
      expect([operationId, withCookie.status]).toEqual([operationId, expected]);
      const isOpen = security.length === 0 || security.some((one: object) => Object.keys(one).length === 0);
      if (!isOpen) expectRefused(withCookie, 401, "unauthorized");
      const asToken = await server.api.call(method.toUpperCase(), path, requestBody ? {} : undefined, {
        token: value,
      });
      if (security.length > 0) expectRefused(asToken, 401, "unauthorized");
      tried++;
    }
  }
  expect(tried).toBeGreaterThan(40);
  await expectShown(browser, 200);
  const status = await server.api.get("/api/status", { headers: { Cookie: cookies }, token: undefined });
  expect(status.body.users).toBeUndefined();
  const asRefresh = await browser.post("/api/auth/refresh", { refresh_token: value, cookie: true });
  expectRefused(asRefresh, 401, "invalid_refresh_token");
  for (const path of [`/ws/${value}`, `/ws?ticket=${value}`, "/ws"]) {
    const socket = new WebSocket(server.url.replace("http", "ws") + path, {
      headers: { Cookie: cookies },
    } as never);
    const closed = new Promise<number>((resolve) =>
      socket.addEventListener("close", (one) => resolve(one.code)),
    );
    expect(await closed).toBe(4001);
  }
  const name = browser.sentTo("/api/media/1")[0];
  for (const other of [browser.cookie("refresh").value, alice.accessToken, "made-up", ""]) {
    const Cookie = `${name}=${other}`;
    expectRefused(await new Browser(server.api).show(shown.file, { Cookie }), 401, "unauthorized");
  }
});

test("the cookie for files ends with its session, however that ends", async () => {
  const ways: Record<string, (one: Awaited<ReturnType<typeof signIn>>) => Promise<unknown>> = {
    "ended from elsewhere": async ({ signedIn }) => {
      const { sessions } = (await server.as(signedIn).get("/api/auth/sessions")).body;
      await alice.delete(`/api/auth/sessions/${sessions.find((one: any) => one.current).id}`);
    },
    "another password": () =>
      alice.post("/api/auth/password", { current_password: password, new_password: password }),
    "a stolen refresh token": async ({ browser }) => {
      const thief = browser.copy();
      await refresh(browser);
      clock.turn(31_000);
      await refresh(thief);
    },
    "nobody who goes on with it": async () => {
      clock.turn(24 * hour + 1000);
      alice = await server.login("alice");
    },
    "an account that is disabled": () => server.operate("user disable", { username: "alice" }),
  };
  for (const [way, end] of Object.entries(ways)) {
    const one = await signIn();
    await expectShown(one.browser, 200);
    await end(one);
    const { status } = await one.browser.show(shown.avatar);
    expect([way, status]).toEqual([way, 401]);
    await expectShown(one.browser, 401);
  }
  expect(deadFileTokens(server.dataDir)).toBe(0);
  await server.operate("user enable", { username: "alice" });
  alice = await server.login("alice");
});

test("the cookie of the session that changes the password stays good, and lasts as long as it is used", async () => {
  const { browser, signedIn } = await signIn();
  const change = { current_password: password, new_password: password };
  expect((await server.as(signedIn).post("/api/auth/password", change)).status).toBe(204);
  const first = browser.copy();
  for (let n = 0; n < 3; n++) {
    clock.turn(20 * hour);
    expect((await refresh(browser)).status).toBe(200);
  }
  await expectShown(browser, 200);
  await expectShown(first, 200);
  alice = await server.login("alice");
});

test("a new secret makes both cookies worthless, and a restart neither", async () => {
  await using other = await TestServer.start();
  await other.register("bob");
  const start = async () => {
    const browser = new Browser(other.api);
    await browser.post("/api/auth/login", { username: "bob", password, cookie: true });
    const bob = await other.login("bob");
    const { avatar_url } = (await bob.setPicture("/api/auth/me/avatar", picture())).body;
    return { browser, avatar_url };
  };
  const { browser, avatar_url } = await start();
  const [name] = browser.sentTo("/api/media/1");
  const { value } = browser.cookie("files");
  const show = () => {
    const { port } = new URL(other.url);
    const Cookie = `${name!.replace(/\d+$/, port)}=${value}`;
    return other.api.download(avatar_url, { Cookie });
  };
  expect((await show()).status).toBe(200);
  await other.restart();
  expect((await show()).status).toBe(200);
  await other.restart({ secretKey: "another secret of enough bytes, 0123456789" });
  expectRefused(await show(), 401, "unauthorized");
});

test("neither cookie is in the database or the log", async () => {
  const { browser } = await signIn();
  await refresh(browser);
  await expectShown(browser, 200);
  const directory = join(server.dataDir, "db");
  const stored = readdirSync(directory).map((name) => readFileSync(join(directory, name), "latin1"));
  for (const { value } of browser.cookies.values()) {
    expect(value).toHaveLength(43);
    expect(stored.some((one) => one.includes(value))).toBe(false);
    expect(server.log.some((one) => one.includes(value))).toBe(false);
    const plain = new Bun.CryptoHasher("sha256").update(value).digest("hex");
    // The other one is hidden under a key.
    expect(stored.some((one) => one.includes(plain))).toBe(value === browser.cookie("refresh").value);
  }
});

// Proxies

test("behind https the cookies are for https alone, and carry the port that people use", async () => {
  const publicUrl = "https://chat.example.org:8443";
  await using behind = await TestServer.start({ config: { publicUrl, trustedProxies: ["127.0.0.1"] } });
  await behind.register("bob");
  const login = (headers: Record<string, string>): Promise<Reply> =>
    behind.api.post("/api/auth/login", { username: "bob", password, cookie: true }, { headers });
  const own = new URL(behind.url).port;
  for (const [headers, port, isSecure] of [
    [{ Origin: publicUrl }, own, true],
    [{ Origin: publicUrl, Host: "chat.example.org:8443" }, "8443", true],
    // A proxy that passes the name on without the port.
    [{ Origin: publicUrl, Host: "chat.example.org" }, "8443", true],
    [{ Origin: "https://other.example", Host: "other.example", "X-Forwarded-Proto": "https" }, "443", true],
    [{ Origin: "http://other.example", Host: "other.example", "X-Forwarded-Proto": "http" }, "80", false],
    // From the same house, past the proxy.
    [{ Origin: behind.url }, own, false],
    [{ "Sec-Fetch-Site": "same-origin" }, own, true],
  ] as const) {
    const { status, headers: said } = await login(headers);
    expect([headers, status]).toEqual([headers, 200]);
    for (const cookie of said.getSetCookie()) {
      expect([headers, cookie.split("=")[0]!.split("_").at(-1)]).toEqual([headers, port]);
      expect([headers, cookie.endsWith("; Secure")]).toEqual([headers, isSecure]);
    }
  }
  for (const headers of [
    { Origin: "http://chat.example.org:8443", Host: "chat.example.org:8443" },
    { Origin: "https://other.example", Host: "other.example", "X-Forwarded-Proto": "http" },
    { Origin: "http://other.example", Host: "other.example", "X-Forwarded-Proto": "https" },
    { Origin: "https://other.example" },
  ]) {
    expectRefused(await login(headers), 403, "bad_origin");
  }
});
