import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { createPublicKey } from "node:crypto";

import { mostEntryBytes } from "../../src/e2ee/directory.ts";
import { mostEntries } from "../../src/features/encryption/directory/get.ts";
import { ManualClock } from "../support/clock.ts";
import { type Keeper, makePair } from "../support/e2ee/people.ts";
import {
  firstKeys,
  keychain,
  makeKeeper,
  publish,
  publishNext,
  rotate,
  unlock,
} from "../support/e2ee/published.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());

const path = "/api/encryption/public-key";
const generate = "/api/encryption/generate-keys";

// The server's id

test("a server has an id of its own for ever, whatever happens to its secret", async () => {
  await using other = await TestServer.start();
  const { id } = (await other.api.get("/")).body;
  expect(Buffer.from(id, "base64url")).toHaveLength(16);
  expect((await server.api.get("/")).body.id).not.toBe(id);
  await other.restart();
  expect((await other.api.get("/")).body.id).toBe(id);
  await other.restart({}, { rotateSecret: true });
  expect((await other.api.get("/")).body.id).toBe(id);
});

// Publishing and looking

test("somebody publishes keys, and others see them in every form", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  expectRefused(await alice.get(path), 404, "no_keys");
  expectRefused(await bob.get(`${path}/${alice.id}`), 404, "no_keys");
  const keeper = await makeKeeper(server, alice);
  const made = await alice.post(generate, await firstKeys(keeper));
  const { kid, jwk } = keeper.ek;
  expect([made.status, made.body]).toEqual([
    201,
    { kid, public_key: jwk, custody: "client", confirmed: true },
  ]);

  const { body, headers } = await bob.get(`${path}/${alice.id}`);
  const { public_key_pem, ...rest } = body;
  expect(rest).toEqual({
    user_id: alice.id,
    public_key: jwk,
    signing_key: keeper.ik.jwk,
    kid,
    custody: "client",
    confirmed: true,
    seq: 1,
    fingerprint: keeper.ik.kid,
  });
  expect(createPublicKey(public_key_pem).export({ format: "jwk" })).toEqual(jwk as never);
  expect(headers.get("etag")).toBe('"1"');
  expect((await alice.get(path)).body).toEqual(body);
});

test("the chain of somebody is there as it came, and leads to what their keys are", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const keeper = await publish(server, alice);
  const { ik } = keeper;
  const next = await publishNext(alice, keeper, await rotate(keeper));
  expect([next.status, next.body.seq, next.body.kid]).toEqual([200, 2, keeper.ek.kid]);
  expect(next.headers.get("etag")).toBe('"2"');
  await keeper.publish((await alice.get(`${path}?log=1`)).body.log[1]);
  keeper.ik = await makePair("ES256");
  const third = await keeper.entry({}, ik);
  expect((await publishNext(alice, keeper, third)).status).toBe(200);
  await keeper.publish(third);

  const { log, ...shown } = (await bob.get(`${path}/${alice.id}?log=1`)).body;
  expect(log).toEqual(keeper.chain.map((one) => one.text));
  expect(shown).toMatchObject({ seq: 3, fingerprint: keeper.ik.kid, kid: keeper.ek.kid });
  expectInvalid(await bob.get(`${path}?log=2`), "query.log");
});

test("the keys of several people come in the order in which they were asked for", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const [a, c] = [await publish(server, alice), await publish(server, carol)];
  const user_ids = [carol.id, bob.id, alice.id, 999_999, carol.id];
  const { body } = await bob.post("/api/encryption/public-keys?log=1", { user_ids });
  expect(body.public_keys.map((one: any) => [one.user_id, one.kid, one.log])).toEqual([
    [carol.id, c.ek.kid, [c.last!.text]],
    [alice.id, a.ek.kid, [a.last!.text]],
  ]);
  const many = (length: number) => ({ user_ids: Array.from({ length }, (_, i) => i + 1) });
  expect((await bob.post("/api/encryption/public-keys", many(512))).status).toBe(200);
  expectInvalid(await bob.post("/api/encryption/public-keys", many(513)), "user_ids");
});

test("chains of several people that are too long for one answer come in the next", async () => {
  await using own = await TestServer.start();
  const [alice, bob, carol] = await own.people("alice", "bob", "carol");
  for (const one of [alice, bob, carol]) await publish(own, one);
  const ids = [alice.id, bob.id, carol.id];
  const chains = async (user_ids: number[]) => {
    // A server that was opened again has another port.
    const { body } = await own.as(alice.signedIn).post("/api/encryption/public-keys?log=1", { user_ids });
    return body.public_keys.map((one: any) => one.log?.length);
  };
  await own.app.stop();
  lengthen(own, bob, mostEntries - 2);
  await own.open();
  expect(await chains(ids)).toEqual([1, mostEntries - 2, 1]);
  await own.app.stop();
  lengthen(own, bob, mostEntries);
  await own.open();
  expect(await chains(ids)).toEqual([1, undefined, 1]);
  expect(await chains([bob.id])).toEqual([mostEntries]);
});

/** Makes a chain have so many entries, all of them like the first. */
function lengthen({ dataDir }: TestServer, { id }: Person, length: number): void {
  using db = openBeside(dataDir);
  const columns = "entry, hash, sig, sig_kid, enc, enc_kid, enc_pem, custody, reason, at";
  db.run(
    `WITH RECURSIVE n(seq) AS (SELECT 2 UNION ALL SELECT seq + 1 FROM n WHERE seq < ?)
     INSERT OR IGNORE INTO directory_entries (user_id, seq, ${columns})
     SELECT user_id, n.seq, ${columns} FROM directory_entries, n WHERE user_id = ? AND directory_entries.seq = 1`,
    [length, id],
  );
}

test("keys are seen by whoever sees the profile: of an account that was closed by those who share a chat", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const keeper = await publish(server, alice);
  await alice.directWith(bob);
  await server.operate("user disable", { username: alice.username });
  expect((await bob.get(`${path}/${alice.id}`)).body.kid).toBe(keeper.ek.kid);
  expectRefused(await carol.get(`${path}/${alice.id}`), 404, "not_found");
  const several = { user_ids: [alice.id] };
  expect((await carol.post("/api/encryption/public-keys", several)).body.public_keys).toEqual([]);
  expectRefused(await server.api.get(`${path}/${alice.id}`), 401, "unauthorized");
});

test("a restart keeps keys and chains", async () => {
  await using own = await TestServer.start();
  const alice = await own.register("alice");
  const keeper = await publish(own, alice);
  const before = (await alice.get(`${path}?log=1`)).body;
  await own.restart();
  const again = own.as(alice.signedIn);
  expect((await again.get(`${path}?log=1`)).body).toEqual(before);
  expectRefused(await again.post(generate, await firstKeys(keeper)), 409, "keys_exist");
});

// Replacing

test("who has keys replaces them by a reset with the password, and by nothing else", async () => {
  const [alice] = await server.people("alice");
  const keeper = await publish(server, alice);
  const body = await firstKeys(keeper);
  expectRefused(await alice.post(generate, body), 409, "keys_exist");
  expectInvalid(await alice.post(generate, { ...body, replace: true }), "current_password");
  const wrong = { ...body, replace: true, current_password: "not this one" };
  expectRefused(await alice.post(generate, wrong), 422, "wrong_password");

  const replace = { ...body, replace: true, current_password: password };
  const rotated = await alice.post(generate, { ...replace, entry: await rotate(keeper) });
  expectRefused(rotated, 422, "bad_object");
  expect(rotated.body.detail).toContain("reset");
  [keeper.ik, keeper.ek] = [await makePair("ES256"), await makePair("RSA-OAEP-256")];
  const entry = await keeper.entry({ reason: "reset" });
  expect((await alice.post(generate, { ...replace, entry })).body.kid).toBe(keeper.ek.kid);
  expect((await alice.get(path)).body).toMatchObject({ seq: 2, fingerprint: keeper.ik.kid });
  expect((await alice.get("/api/encryption/keychain")).body.ver).toBe(2);
});

test("the next entry needs the password, keys before it, and to follow the one that counts", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const keeper = await publish(server, alice);
  const entry = await rotate(keeper);
  expectRefused(
    await publishNext(alice, keeper, entry, { current_password: "not this one" }),
    422,
    "wrong_password",
  );
  expectRefused(await publishNext(alice, keeper, entry, { seq: 2 }), 412, "precondition_failed");
  expectRefused(await publishNext(bob, keeper, entry), 404, "no_keys");
  for (const [tag, accepted] of [
    ["1", 422],
    ['W/"1"', 422],
    ["*", 422],
    ['"1"', 200],
  ] as const) {
    const reply = await alice.put(
      path,
      { entry, current_password: password },
      { headers: { "If-Match": tag } },
    );
    if (accepted === 422) expectInvalid(reply, "headers.if-match");
    else expect(reply.status).toBe(200);
  }
  expectInvalid(await alice.put(path, { entry, current_password: password }), "headers.if-match");
});

test("of two devices that change keys at once one is told to look again", async () => {
  const [alice] = await server.people("alice");
  const keeper = await publish(server, alice);
  const [one, other] = [await rotate(keeper), await rotate(keeper)];
  const replies = await Promise.all([one, other].map((entry) => publishNext(alice, keeper, entry)));
  expect(replies.map((reply) => reply.status).toSorted()).toEqual([200, 412]);
  expect((await alice.get(`${path}?log=1`)).body.log).toHaveLength(2);
});

test("of two devices that publish first keys at once one has none of its own", async () => {
  const [alice] = await server.people("alice");
  const keepers = [await makeKeeper(server, alice), await makeKeeper(server, alice)];
  const bodies = await Promise.all(keepers.map(firstKeys));
  const replies = await Promise.all(bodies.map((body) => alice.post(generate, body)));
  expect(replies.map((reply) => reply.status).toSorted()).toEqual([201, 409]);
});

test("an entry may bring the keychain that has its keys", async () => {
  const [alice] = await server.people("alice");
  const keeper = await publish(server, alice);
  const before = (await alice.get("/api/encryption/keychain")).body;
  const brought = await keychain("with the new key");
  const entry = await rotate(keeper);
  await publishNext(alice, keeper, entry, { keychain: brought });
  const after = (await alice.get("/api/encryption/keychain")).body;
  expect(after).toEqual({ ...before, ver: 2, keychain: brought });
});

// What is refused

type Make = (keeper: Keeper) => Promise<string> | string;
const refusals: [what: string, code: string, make: Make][] = [
  ["a bare key", "unsigned_key", ({ ek }) => JSON.stringify(ek.jwk)],
  ["no object", "unsigned_key", () => "none"],
  ["another person's entry", "bad_object", (keeper) => keeper.entry({ sub: 1_000_000 })],
  ["an entry for another server", "bad_object", (keeper) => keeper.entry({ iss: "AAECAwQFBgcICQoLDA0ODw" })],
  ["an entry with the same keys", "bad_object", (keeper) => keeper.entry({})],
  [
    "an entry that says that the server has made its keys",
    "bad_object",
    async (keeper) => {
      [keeper.ik, keeper.ek] = [await makePair("ES256"), await makePair("RSA-OAEP-256")];
      return keeper.entry({ reason: "reset", custody: "server" });
    },
  ],
  [
    "a private key",
    "private_key_material",
    (keeper) => keeper.entry({ enc: { ...keeper.ek.jwk, d: "AQAB" } }),
  ],
  [
    "another algorithm",
    "bad_algorithm",
    async (keeper) => {
      const [, ...rest] = (await rotate(keeper)).split(".");
      const header = Buffer.from(JSON.stringify({ alg: "none", typ: "chat-key+jws", kid: keeper.ik.kid }));
      return [header.toString("base64url"), ...rest].join(".");
    },
  ],
];

test.each(refusals)("%s is refused as %s, and changes nothing", async (_, code, make) => {
  const [alice] = await server.people("alice");
  const keeper = await publish(server, alice);
  const reply = await publishNext(alice, keeper, await make(keeper));
  expectRefused(reply, 422, code as never);
  expect((await alice.get(path)).body.seq).toBe(1);
});

test("what would be a first entry is refused with a reason, too, and nothing of it stays", async () => {
  const [alice] = await server.people("alice");
  const keeper = await makeKeeper(server, alice);
  const good = await firstKeys(keeper);
  expectRefused(await alice.post(generate, { ...good, entry: "{}" }), 422, "unsigned_key");
  expectRefused(await alice.post(generate, { ...good, keychain: "a.b.c.d.e" }), 422, "bad_object");
  expectInvalid(await alice.post(generate, { ...good, mode: "both" }), "mode");
  expectInvalid(await alice.post(generate, { ...good, unlock: [] }), "unlock");
  for (const name of ["entry", "unlock", "keychain"])
    expectInvalid(await alice.post(generate, { ...good, [name]: undefined }), name);
  expectInvalid(await alice.post(generate, { ...good, entry: "a".repeat(mostEntryBytes + 1) }), "entry");
  expectRefused(
    await alice.post(generate, { ...good, entry: "a".repeat(mostEntryBytes) }),
    422,
    "unsigned_key",
  );
  expect((await alice.post(generate, good)).status).toBe(201);
});

test("a key is accepted once: another's blocks nobody, and one's own does not come back", async () => {
  const [alice, mallory] = await server.people("alice", "mallory");
  const keeper = await publish(server, alice);
  const thief = await makeKeeper(server, mallory);
  const theirs = await firstKeys(thief);
  const first = (changes: object) =>
    thief.entry({ reason: "init", seq: 1, prev: null, ...changes }).then((entry) => ({ ...theirs, entry }));
  const stolen = await mallory.post(generate, await first({ enc: keeper.ek.jwk }));
  expectRefused(stolen, 409, "key_in_use");
  expect(stolen.body.detail).toContain("encryption key");
  expectRefused(await mallory.get(path), 404, "no_keys");
  // Theirs was not used up by the attempt.
  expect((await mallory.post(generate, theirs)).status).toBe(201);

  const { ek } = keeper;
  const second = await rotate(keeper);
  await publishNext(alice, keeper, second);
  await keeper.publish(second);
  keeper.ek = ek;
  expectRefused(await publishNext(alice, keeper, await keeper.entry({})), 409, "key_in_use");
});

test("an identity that was given up is not taken again, by nobody", async () => {
  const [alice] = await server.people("alice");
  const keeper = await publish(server, alice);
  const { ik } = keeper;
  keeper.ik = await makePair("ES256");
  const handedOver = await keeper.entry({}, ik);
  expect((await publishNext(alice, keeper, handedOver)).status).toBe(200);
  await keeper.publish(handedOver);
  const { ik: second } = keeper;
  keeper.ik = ik;
  const back = await publishNext(alice, keeper, await keeper.entry({}, second));
  expectRefused(back, 409, "key_in_use");
  expect(back.body.detail).toContain("signing key");
});

test("keys change so many times in 24 hours, whatever is restarted meanwhile", async () => {
  const clock = new ManualClock();
  await using own = await TestServer.start({ clock, config: { rateLimits: "on", keyChangesPerDay: 2 } });
  const alice = await own.register("alice");
  expect((await own.api.get("/")).body.limits.key_changes_per_day).toBe(2);
  const keeper = await publish(own, alice);
  clock.turn(3_600_000);
  const again = await own.login(alice.username);
  const second = await rotate(keeper);
  expect((await publishNext(again, keeper, second)).status).toBe(200);
  await keeper.publish(second);
  await own.restart();
  const later = await own.login(alice.username);
  const third = await rotate(keeper);
  const refused = await publishNext(later, keeper, third);
  expectRefused(refused, 429, "rate_limited");
  expect(refused.body.retry_after).toBe(23 * 3600);
  clock.turn(23 * 3_600_000);
  const tomorrow = await own.login(alice.username);
  expect((await publishNext(tomorrow, keeper, third)).status).toBe(200);
});

// Who is told

test("everybody who shares a chat hears of other keys, one's own devices too, and nobody else", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  await alice.directWith(bob);
  const sockets = await Promise.all([alice, bob, carol].map((one) => one.connect()));
  const [own, peers, strangers] = sockets as [Socket, Socket, Socket];
  const keeper = await publish(server, alice);
  const told = { user_id: alice.id, kid: keeper.ek.kid, reason: "init" };
  expect(await own.next("encryption_key_changed")).toMatchObject(told);
  expect(await peers.next("encryption_key_changed")).toMatchObject(told);
  await server.settled();
  const heard = (await strangers.settled()).map((frame) => frame.type);
  expect(heard).not.toContain("encryption_key_changed");
  for (const socket of sockets) await socket.close();
});

test("who was away hears of each change, a reset among them", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  const keeper = await publish(server, alice);
  await server.settled();
  const before = await bob.connect();
  const { cursor } = before;
  await before.close();
  [keeper.ik, keeper.ek] = [await makePair("ES256"), await makePair("RSA-OAEP-256")];
  const reset = await keeper.entry({ reason: "reset" });
  await publishNext(alice, keeper, reset);
  const first = (await keeper.publish(reset)).encKid;
  const second = await rotate(keeper);
  await publishNext(alice, keeper, second);
  await server.settled();
  const back = await bob.connect({ since: cursor });
  const heard = [await back.next("encryption_key_changed"), await back.next("encryption_key_changed")];
  expect(heard.map(({ kid, reason }) => [kid, reason])).toEqual([
    [first, "reset"],
    [keeper.ek.kid, "rotate"],
  ]);
  await back.close();
});

test("somebody in more chats than are told together reaches all of them", async () => {
  const [alice] = await server.people("alice");
  const peers: Person[] = [];
  for (let i = 0; i < 101; i++) {
    const [peer] = await server.people("peer");
    await alice.directWith(peer);
    peers.push(peer);
  }
  const last = await peers.at(-1)!.connect();
  const keeper = await publish(server, alice);
  expect(await last.next("encryption_key_changed")).toMatchObject({ kid: keeper.ek.kid });
  await last.close();
});

test("no log has a part of a key or an entry", async () => {
  const [alice] = await server.people("alice");
  const keeper = await makeKeeper(server, alice);
  const body = await firstKeys(keeper);
  await alice.post(generate, body);
  await publishNext(alice, keeper, "none", { unlock: [await unlock("argon2id")] });
  const log = server.log.join("\n");
  expect(log).toContain("/api/encryption/generate-keys");
  for (const secret of [body["entry"], body["keychain"], (body["unlock"] as string[])[0], password])
    expect(log).not.toContain((secret as string).slice(-40));
});
