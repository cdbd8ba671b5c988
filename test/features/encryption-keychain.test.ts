import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { mostUnlockBytes, mostUnlocks } from "../../src/features/encryption/keychain/schema.ts";
import { ManualClock } from "../support/clock.ts";
import { makeKeeper, firstKeys, keychain, publish, seal, unlock } from "../support/e2ee/published.ts";
import type { Person, Reply } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start({ config: { maxKeychainBytes: 5000 } });
afterAll(() => server[Symbol.asyncDispose]());

const path = "/api/encryption/keychain";
const minute = 60_000;

/** Changes the keychain of which this version is known. */
async function put(person: Person, known: number, more: object = {}): Promise<Reply> {
  const body = { ver: known + 1, keychain: await keychain(), ...more };
  return person.put(path, body, { headers: { "If-Match": `"${known}"` } });
}

test("a keychain comes back as it was put, under a version that rises", async () => {
  const [alice] = await server.people("alice");
  expectRefused(await alice.get(path), 404, "no_keys");
  expectRefused(await put(alice, 1), 404, "no_keys");
  const keeper = await makeKeeper(server, alice);
  const keys = await firstKeys(keeper);
  await alice.post("/api/encryption/generate-keys", keys);
  const first = await alice.get(path);
  expect(first.body).toEqual({ ver: 1, unlock: keys["unlock"], keychain: keys["keychain"], withheld: false });
  expect([first.headers.get("etag"), first.headers.get("cache-control")]).toEqual(['"1"', "no-store"]);

  const sent = { unlock: [await unlock(), await unlock("argon2id")], keychain: await keychain("two") };
  const changed = await put(alice, 1, sent);
  expect([changed.status, changed.body, changed.headers.get("etag")]).toEqual([200, { ver: 2 }, '"2"']);
  expect((await alice.get(path)).body).toEqual({ ver: 2, ...sent, withheld: false });
});

test("of two devices that change it at once one is told to look again", async () => {
  const [alice] = await server.people("alice");
  await publish(server, alice);
  const replies = await Promise.all([put(alice, 1), put(alice, 1)]);
  expect(replies.map((reply) => reply.status).toSorted()).toEqual([200, 412]);
  expectRefused(await put(alice, 1), 412, "precondition_failed");
  expectInvalid(await put(alice, 2, { ver: 4 }), "ver");
  const body = { ver: 3, keychain: await keychain() };
  expectInvalid(await alice.put(path, body), "headers.if-match");
  for (const tag of ["2", "*", '"2", "3"', '"02"', '"1000000000000000"'])
    expectInvalid(await alice.put(path, body, { headers: { "If-Match": tag } }), "headers.if-match");
  expect((await alice.get(path)).body.ver).toBe(2);
});

test("nobody has another's", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await publish(server, alice);
  expectRefused(await bob.get(path), 404, "no_keys");
  expectRefused(await server.api.get(path), 401, "unauthorized");
});

test("a restart keeps it", async () => {
  await using own = await TestServer.start();
  const alice = await own.register("alice");
  await publish(own, alice);
  await put(alice, 1);
  const before = (await alice.get(path)).body;
  await own.restart();
  expect((await own.as(alice.signedIn).get(path)).body).toEqual(before);
});

// What has the wrong form

const flat = (parts: string[]) => parts.join(".");
async function altered(at: number, part: string): Promise<string> {
  return flat((await keychain()).split(".").with(at, part));
}
const bytes = (length: number) => Buffer.alloc(length).toString("base64url");

const refusals: [what: string, code: "bad_object" | "bad_algorithm", make: () => Promise<string>][] = [
  ["no JWE", "bad_object", async () => "{}"],
  ["one of four parts", "bad_object", async () => flat((await keychain()).split(".").slice(0, 4))],
  ["one of six parts", "bad_object", async () => `${await keychain()}.AA`],
  ["a wrapped key of another length", "bad_object", () => altered(1, bytes(32))],
  ["a nonce of another length", "bad_object", () => altered(2, bytes(16))],
  ["a shorter tag", "bad_object", () => altered(4, bytes(8))],
  ["base64url that is written otherwise", "bad_object", () => altered(3, "AB")],
  ["another type", "bad_algorithm", () => seal("chat-unlock+jwe")],
  ["another algorithm", "bad_algorithm", () => seal("chat-keychain+jwe", { alg: "A256GCMKW" })],
  ["another encryption", "bad_algorithm", () => seal("chat-keychain+jwe", { enc: "A128GCM" })],
  [
    "a header that names a key",
    "bad_algorithm",
    () => seal("chat-keychain+jwe", { jku: "https://example.org" }),
  ],
];

test.each(refusals)("%s is refused as a keychain", async (_, code, make) => {
  const [alice] = await server.people("alice");
  await publish(server, alice);
  expectRefused(await put(alice, 1, { keychain: await make() }), 422, code);
  expect((await alice.get(path)).body.ver).toBe(1);
});

test("ways to unlock say which they are", async () => {
  const [alice] = await server.people("alice");
  await publish(server, alice);
  const refused = async (one: string) => put(alice, 1, { unlock: [await unlock(), one] });
  const reply = await refused(await unlock("pbkdf2"));
  expectRefused(reply, 422, "bad_object");
  expect(reply.body.detail).toStartWith("unlock.1:");
  expectRefused(await refused(await keychain()), 422, "bad_algorithm");
});

test("a keychain, its ways to unlock and each of them may be so large, and no larger", async () => {
  const [alice] = await server.people("alice");
  await publish(server, alice);
  expect((await server.api.get("/")).body.limits.keychain_bytes).toBe(5000);
  const ofSize = async (size: number) => {
    const parts = (await keychain()).split(".");
    const rest = flat(parts.with(3, "")).length;
    return flat(parts.with(3, Buffer.alloc(Math.floor(((size - rest) * 3) / 4)).toString("base64url")));
  };
  const [largest, larger] = [await ofSize(5000), await ofSize(5002)];
  expect(larger.length).toBeGreaterThan(5000);
  expectRefused(await put(alice, 1, { keychain: larger }), 422, "bad_object");
  expect((await put(alice, 1, { keychain: largest })).status).toBe(200);

  const several = async (count: number) => Promise.all(Array.from({ length: count }, () => unlock()));
  expectInvalid(await put(alice, 2, { unlock: await several(mostUnlocks + 1) }), "unlock");
  expectInvalid(await put(alice, 2, { unlock: ["a".repeat(mostUnlockBytes + 1)] }), "unlock.0");
  expect((await put(alice, 2, { unlock: await several(mostUnlocks) })).status).toBe(200);
});

// Under a passphrase

test("what is under a passphrase is given out only soon after the password, and stays when it was not", async () => {
  const clock = new ManualClock();
  await using own = await TestServer.start({ clock, config: { accessTokenSeconds: 3600 } });
  const alice = await own.register("alice");
  const keys = await firstKeys(await makeKeeper(own, alice));
  const [recovery, passphrase] = [await unlock(), await unlock("argon2id", { sub: alice.id })];
  await alice.post("/api/encryption/generate-keys", { ...keys, unlock: [recovery, passphrase] });
  const seen = async (person: Person) => {
    const { unlock, withheld } = (await person.get(path)).body;
    return { unlock, withheld };
  };
  const [all, some] = [
    { unlock: [recovery, passphrase], withheld: false },
    { unlock: [recovery], withheld: true },
  ];
  clock.turn(10 * minute);
  expect(await seen(alice)).toEqual(all);
  clock.turn(1);
  expect(await seen(alice)).toEqual(some);
  const { refresh_token } = alice.signedIn;
  const refreshed = own.as((await own.api.post("/api/auth/refresh", { refresh_token })).body);
  expect(await seen(refreshed)).toEqual(some);

  const wrong = { email: "new@example.org", current_password: "not this one" };
  await refreshed.put("/api/auth/me", wrong);
  expect(await seen(refreshed)).toEqual(some);
  // Whoever sees a part of it does not throw the rest away.
  expect((await put(refreshed, 1)).status).toBe(200);
  await refreshed.put("/api/auth/me", { ...wrong, current_password: password });
  expect(await seen(refreshed)).toEqual(all);

  clock.turn(10 * minute + 1);
  expect(await seen(await own.login("alice"))).toEqual(all);
  // It was another session's password.
  expect(await seen(refreshed)).toEqual(some);
});

// From pages of other origins

test("a page of another origin may ask with If-Match, and read the ETag", async () => {
  const origin = "https://app.example.org";
  await using own = await TestServer.start({ config: { corsOrigins: [origin] } });
  const asked = { Origin: origin, "Access-Control-Request-Method": "PUT" };
  const headers = { ...asked, "Access-Control-Request-Headers": "authorization,content-type,if-match" };
  const preflight = await fetch(own.url + path, { method: "OPTIONS", headers });
  expect(preflight.headers.get("access-control-allow-headers")).toContain("if-match");
  const alice = await own.register("alice");
  await publish(own, alice);
  const reply = await alice.get(path, { headers: { Origin: origin } });
  expect(reply.headers.get("access-control-expose-headers")).toContain("ETag");
});

test("the document says which calls need If-Match, and which answers have an ETag", () => {
  const calls = Object.entries<any>(server.api.contract.openApi["paths"]).flatMap(([path, methods]) =>
    Object.entries<any>(methods).map(([method, one]) => ({ name: `${method} ${path}`, ...one })),
  );
  const needing = calls.filter(({ parameters = [] }) =>
    parameters.some((one: any) => one.name === "If-Match" && one.in === "header" && one.required),
  );
  const keys = "/api/encryption/public-key";
  expect(needing.map((one) => one.name)).toEqual([`put ${keys}`, `put ${path}`]);
  for (const { responses } of needing) expect(responses[412].description).toContain("precondition_failed");
  const tagged = calls.filter(({ responses }) => responses[200]?.headers?.ETag?.description.includes('`"'));
  const names = [`get ${keys}`, `put ${keys}`, `get ${keys}/{user_id}`, `get ${path}`, `put ${path}`];
  expect(tagged.map((one) => one.name).toSorted()).toEqual(names.toSorted());
});
