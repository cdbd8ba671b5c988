import { RawSocket } from "../support/raw-socket.ts";
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CompactSign } from "jose";

import { deriveKey } from "../../src/platform/secret-key.ts";
import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const clock = new ManualClock();
const server = await shared({ clock });

const minute = 60_000;

interface Forgery {
  header?: object;
  payload?: object;
  key?: Uint8Array;
}

/** A forger who knows the server's secret, and somebody's own token to begin with. */
class Forger {
  readonly key: Uint8Array;
  readonly payload: object;

  constructor(server: TestServer, person: Person) {
    this.key = deriveKey(readFileSync(join(server.dataDir, "secret.key")), "access tokens");
    this.payload = JSON.parse(
      Buffer.from(person.accessToken.split(".")[1]!, "base64url").toString(),
    ) as object;
  }

  token({ header, payload, key = this.key }: Forgery = {}): Promise<string> {
    return new CompactSign(Buffer.from(JSON.stringify({ ...this.payload, ...payload })))
      .setProtectedHeader({ alg: "HS256", typ: "at+jwt", ...header })
      .sign(key);
  }
}

async function expectNoEntry(person: Person, token: string): Promise<void> {
  expectRefused(await person.get("/api/auth/me", { token }), 401, "unauthorized");
}

test("only the server's own key, algorithm and kind of token count", async () => {
  const [alice] = await server.people("alice");
  const forger = new Forger(server, alice);
  expect((await alice.get("/api/auth/me", { token: await forger.token() })).status).toBe(200);
  const secret = readFileSync(join(server.dataDir, "secret.key"));
  for (const forgery of [
    { key: crypto.getRandomValues(new Uint8Array(32)) },
    { key: deriveKey(secret, "refresh tokens") },
    { key: secret },
    { header: { alg: "HS384" } },
    { header: { alg: "HS512" } },
    { header: { typ: "JWT" } },
    { header: { typ: undefined } },
  ]) {
    await expectNoEntry(alice, await forger.token(forgery));
  }
});

test("a token without signature, or whose signature is another's, is refused", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const [header, payload, signature] = alice.accessToken.split(".") as [string, string, string];
  const none = Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url");
  expect((await alice.get("/api/auth/me")).status).toBe(200);
  for (const token of [
    `${none}.${payload}.`,
    `${none}.${payload}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}`,
    `${header}.${bob.accessToken.split(".")[1]}.${signature}`,
    `${header}.${payload}.${signature.slice(0, -4)}`,
    `${alice.accessToken}.x`,
    `${alice.accessToken}x`,
  ]) {
    await expectNoEntry(alice, token);
  }
});

test("a token names its issuer, its audience, a person and a session of theirs", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const forger = new Forger(server, alice);
  expect((await alice.get("/api/auth/me", { token: await forger.token() })).status).toBe(200);
  for (const payload of [
    ...["iss", "aud", "sub", "sid", "exp"].map((name) => ({ [name]: undefined })),
    { iss: "somebody" },
    { aud: "somebody" },
    { aud: [] },
    { sub: String(bob.id) },
    { sub: "" },
    { sub: alice.username },
    { sub: 1.5 },
    { sid: 999 },
    { sid: "1" },
    { sid: null },
    { sid: -1 },
    { exp: "never" },
    { exp: null },
    { nbf: 9_999_999_999 },
  ]) {
    await expectNoEntry(alice, await forger.token({ payload }));
  }
});

test("nothing but an access token in the scheme Bearer opens the door", async () => {
  const [alice] = await server.people("alice");
  const issued = await alice.post("/api/auth/ws-ticket");
  expect(issued.headers.get("cache-control")).toBe("no-store");
  const { ticket } = issued.body;
  const withHeader = (value: string) =>
    alice.get("/api/auth/me", { token: undefined, headers: { Authorization: value } });
  expect((await withHeader(`bearer ${alice.accessToken}`)).status).toBe(200);
  for (const value of [
    `Basic ${btoa(`${alice.username}:correct horse battery`)}`,
    `Token ${alice.accessToken}`,
    alice.accessToken,
    "Bearer",
    "Bearer ",
    `Bearer ${alice.signedIn.refresh_token}`,
    `Bearer ${ticket}`,
    `Bearer ${alice.accessToken} ${alice.accessToken}`,
    `Bearer ${alice.accessToken}, Basic x`,
    `Bearer ${"x".repeat(10_000)}`,
    "Bearer \u00e4\u00f6\u00fc",
    "Bearer ..",
    "Bearer null",
  ]) {
    expectRefused(await withHeader(value), 401, "unauthorized");
  }
  expectRefused(await alice.get("/api/auth/me", { token: undefined }), 401, "unauthorized");
  expectRefused(
    await alice.get(`/api/auth/me?access_token=${alice.accessToken}`, { token: undefined }),
    401,
    "unauthorized",
  );
});

test("a token of 100 KB is refused, and the next call is answered", async () => {
  const [alice] = await server.people("alice");
  const huge = { Authorization: `Bearer ${"x".repeat(100_000)}` };
  // Headers of this size do not get as far as our own refusals.
  const response = await fetch(`${server.url}/api/auth/me`, { headers: huge });
  expect(response.status).toBe(431);
  expect((await alice.get("/api/auth/me")).status).toBe(200);
});

test("a token lasts 15 minutes, and half a minute more for clocks that differ", async () => {
  const [alice] = await server.people("alice");
  clock.turn(15 * minute + 29_000);
  expect((await alice.get("/api/auth/me")).status).toBe(200);
  clock.turn(2000);
  expectRefused(await alice.get("/api/auth/me"), 401, "unauthorized");
  const { refresh_token } = alice.signedIn;
  const again = server.as((await alice.post("/api/auth/refresh", { refresh_token })).body);
  expect((await again.get("/api/auth/me")).status).toBe(200);
});

test("a token outlives a restart, but not a new secret", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  await server.restart();
  const token = alice.accessToken;
  expect((await server.api.get("/api/auth/me", { token })).status).toBe(200);
  await server.restart({ secretKey: "another secret of enough bytes, 0123456789" });
  expectRefused(await server.api.get("/api/auth/me", { token }), 401, "unauthorized");
});

test("a token is taken only as it was given, whatever else means the same", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const { accessToken: token } = alice;
  const [head, payload, signature] = token.split(".") as [string, string, string];
  expect((await server.api.get("/api/auth/me", { token })).status).toBe(200);
  for (const other of [`${token}=`, `${token}==`, `${head}.${payload}=.${signature}`]) {
    expectRefused(await server.api.get("/api/auth/me", { token: other }), 401, "unauthorized");
  }
  for (const gap of [" ", "\t", " ".repeat(5000)]) {
    const spaced = `${head}.${payload}.${signature.slice(0, 9)}${gap}${signature.slice(9)}`;
    const socket = await RawSocket.open(server.url, "/ws", [`Authorization: Bearer ${spaced}`]);
    expect(await socket.closed).toBe(4001);
  }
});
