import { afterAll, expect, setDefaultTimeout, spyOn, test } from "bun:test";
import { importJWK } from "jose";

import { argon2id } from "../../src/client/sdk/crypto/argon2id.ts";
import { readEntry } from "../../src/e2ee/directory.ts";
import { type Keychain, openKeychain, openUnlock, type Secret } from "../../src/e2ee/keychain.ts";
import { readRecoveryKey } from "../../src/e2ee/recovery-key.ts";
import { mostConfirmationBytes } from "../../src/features/encryption/directory/schema.ts";
import { waitingInAll, waitingPerPerson } from "../../src/features/encryption/server-keys/slots.ts";
import { makePair, type Pair, sign } from "../support/e2ee/people.ts";
import {
  confirm,
  firstKeys,
  keychain,
  makeKeeper,
  publish,
  publishNext,
  unlock,
} from "../support/e2ee/published.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start({ config: { e2eeServerCrypto: "on" } });
afterAll(() => server[Symbol.asyncDispose]());
const iss: string = (await server.api.get("/")).body.id;

const path = "/api/encryption/public-key";
const generate = "/api/encryption/generate-keys";
const mode = { mode: "server" };

let newcomers = 0;

/** Somebody who has no keys yet. */
const newcomer = (name: string) => server.register(`${name}${++newcomers}`, { encryption: "client" });

/** Somebody's keychain, as a device opens it. */
async function unlocked(person: Person, secret: Secret): Promise<Keychain> {
  const { ver, unlock: ways, keychain: sealed } = (await person.get("/api/encryption/keychain")).body;
  const owner = { iss, user: person.id };
  const way = ways["recoveryKey" in secret ? 0 : 1];
  return openKeychain(sealed, owner, ver, await openUnlock(way, owner, secret));
}

const byRecoveryKey = (person: Person, typed: string) =>
  unlocked(person, { recoveryKey: readRecoveryKey(typed) });

/** The identity in a keychain. */
async function identity({ ik: [jwk] }: Keychain, kid: string): Promise<Pair> {
  return { privateKey: (await importJWK(jwk!, "ES256")) as CryptoKey, jwk: jwk!, kid };
}

test("the server makes keys, which the recovery key and the passphrase unlock", async () => {
  const [alice, bob] = [await newcomer("alice"), await newcomer("bob")];
  const passphrase = "blühende Wiesen";
  const made = await alice.post(generate, { ...mode, passphrase });
  const { kid, public_key, recovery_key, ...rest } = made.body;
  expect([made.status, rest]).toEqual([201, { custody: "server", confirmed: false }]);
  expect(made.headers.get("cache-control")).toBe("no-store");

  const { log, ...shown } = (await bob.get(`${path}/${alice.id}?log=1`)).body;
  expect(shown).toMatchObject({ kid, public_key, custody: "server", confirmed: false, seq: 1 });
  expect(Buffer.from(public_key.n, "base64url")).toHaveLength(384);
  const entry = await readEntry(log[0], { iss, sub: alice.id, before: undefined });
  expect(entry).toMatchObject({ custody: "server", reason: "init", encKid: kid });

  const content = await byRecoveryKey(alice, recovery_key);
  expect(content).toMatchObject({ ik: [shown.signing_key], ek: [public_key], pins: {}, chats: {} });
  expect(content.ek[0]).toHaveProperty("d");
  expect(await unlocked(alice, { passphrase, argon2id })).toEqual(content);
  expectInvalid(await bob.post(generate, { ...mode, passphrase: "seven77" }), "passphrase");
});

test("keys of the server count once somebody has proved that they can use them", async () => {
  const [alice, bob] = [await newcomer("alice"), await newcomer("bob")];
  await alice.directWith(bob);
  const { kid, recovery_key } = (await alice.post(generate, mode)).body;
  expect((await server.login(alice.username)).signedIn.encryption).toEqual({ kid, confirmed: false });
  const { fingerprint } = (await alice.get(path)).body;
  const ik = await identity(await byRecoveryKey(alice, recovery_key), fingerprint);
  await server.settled();
  const listener = await bob.connect();

  const jws = await confirm({ iss, id: alice.id, ek: { kid } as Pair, ik });
  expect((await alice.post("/api/encryption/confirm", { jws })).status).toBe(204);
  expect((await bob.get(`${path}/${alice.id}`)).body.confirmed).toBe(true);
  expect((await server.login(alice.username)).signedIn.encryption).toEqual({ kid, confirmed: true });
  expect(await listener.next("encryption_key_changed")).toMatchObject({ user_id: alice.id, kid });
  expect((await alice.post("/api/encryption/confirm", { jws })).status).toBe(204);
  expectRefused(await alice.post(generate, mode), 409, "keys_exist");
  await listener.close();
});

test("nothing but the identity of the keys that count confirms them", async () => {
  const [alice, bob] = [await newcomer("alice"), await newcomer("bob")];
  const send = (person: Person, jws: string) => person.post("/api/encryption/confirm", { jws });
  const { kid, recovery_key } = (await alice.post(generate, mode)).body;
  const { fingerprint } = (await alice.get(path)).body;
  const ik = await identity(await byRecoveryKey(alice, recovery_key), fingerprint);
  const good = { v: 1, iss, sub: alice.id, kid, iat: 1_800_000_000 };
  const by = (changes: object, pair = ik, typ = "chat-confirm+jws") =>
    sign({ ...good, ...changes }, pair, typ);
  expectRefused(await send(bob, await by({ sub: bob.id })), 404, "no_keys");
  for (const jws of [
    await by({ sub: bob.id }),
    await by({ iss: "AAECAwQFBgcICQoLDA0ODw" }),
    await by({ kid: "K".repeat(43) }),
    await by({ more: 1 }),
    await by({}, await makePair("ES256")),
    await by({}, { ...(await makePair("ES256")), kid: fingerprint }),
  ])
    expectRefused(await send(alice, jws), 422, "bad_object");
  expectRefused(await send(alice, await by({}, ik, "chat-key+jws")), 422, "bad_algorithm");
  expectRefused(await send(alice, "nothing"), 422, "unsigned_key");
  expectRefused(await send(alice, "a".repeat(mostConfirmationBytes)), 422, "unsigned_key");
  expectInvalid(await send(alice, "a".repeat(mostConfirmationBytes + 1)), "jws");
  expect((await alice.get(path)).body.confirmed).toBe(false);
});

test("keys that nobody has confirmed are replaced without ceremony, by either side", async () => {
  const alice = await newcomer("alice");
  const first = (await alice.post(generate, mode)).body;
  const second = (await alice.post(generate, mode)).body;
  expect((await alice.get(path)).body).toMatchObject({ kid: second.kid, seq: 2 });
  expect((await byRecoveryKey(alice, second.recovery_key)).ek[0]!.n).toBe(second.public_key.n);
  await expect(byRecoveryKey(alice, first.recovery_key)).rejects.toThrow("does not open");

  const keeper = await makeKeeper(server, alice);
  const { log } = (await alice.get(`${path}?log=1`)).body;
  keeper.chain.length = 0;
  for (const text of log) await keeper.publish(text);
  const sealed = { unlock: [await unlock()], keychain: await keychain() };
  const rotated = { mode: "client", entry: await keeper.entry({ custody: "server" }), ...sealed };
  expectRefused(await alice.post(generate, rotated), 422, "bad_object");
  const reset = { mode: "client", entry: await keeper.entry({ reason: "reset" }), ...sealed };
  const taken = await alice.post(generate, reset);
  expect([taken.status, taken.body.custody, taken.body.confirmed]).toEqual([201, "client", true]);
  expect(taken.body).not.toHaveProperty("recovery_key");
});

test("keys of a device become the server's by a reset with the password, and by nothing else", async () => {
  const alice = await newcomer("alice");
  const keeper = await publish(server, alice);
  expectRefused(await alice.post(generate, mode), 409, "keys_exist");
  expectInvalid(await alice.post(generate, { ...mode, replace: true }), "current_password");
  const wrong = { ...mode, replace: true, current_password: "wrong" };
  expectRefused(await alice.post(generate, wrong), 422, "wrong_password");
  // Nor does a device say that the server has made its keys.
  const { ik, ek } = keeper;
  Object.assign(keeper, { ik: await makePair("ES256"), ek: await makePair("RSA-OAEP-256") });
  const claimed = await keeper.entry({ custody: "server", reason: "reset" });
  Object.assign(keeper, { ik, ek });
  expectRefused(await publishNext(alice, keeper, claimed), 422, "bad_object");
  expect((await alice.get(path)).body).toMatchObject({ kid: keeper.ek.kid, custody: "client" });
  const made = await alice.post(generate, { ...mode, replace: true, current_password: password });
  expect([made.status, made.body.custody]).toEqual([201, "server"]);
  await expect(keeper.publish((await alice.get(`${path}?log=1`)).body.log[1])).resolves.toMatchObject({
    reason: "reset",
  });
});

test("of two devices that have keys made at once each is told which count", async () => {
  const alice = await newcomer("alice");
  const replies = await Promise.all([alice.post(generate, mode), alice.post(generate, mode)]);
  const { kid } = (await alice.get(path)).body;
  const winner = replies.findLast((one) => one.status === 201)!;
  expect(winner.body.kid).toBe(kid);
  for (const one of replies) if (one.status !== 201) expectRefused(one, 409, "keys_exist");
  await byRecoveryKey(alice, winner.body.recovery_key);
});

test("who asks for key after key waits, and whoever has too many waiting is refused", async () => {
  const alice = await newcomer("alice");
  const asked = waitingPerPerson + 4;
  const replies = await Promise.all(Array.from({ length: asked }, () => alice.post(generate, mode)));
  expect(replies.some((one) => one.status === 429 && one.body.code === "rate_limited")).toBe(true);
  const crowd: Person[] = [];
  for (let i = 0; i < waitingInAll + 6; i++) crowd.push(await newcomer("crowd"));
  const all = await Promise.all(crowd.map((one) => one.post(generate, mode)));
  expect(all.some((one) => one.body.code === "overloaded")).toBe(true);
  expect(all.filter((one) => one.status === 201).length).toBeGreaterThanOrEqual(waitingInAll);
});

test("keys of the server are among the changes of 24 hours, and no more are made than may be published", async () => {
  await using own = await TestServer.start({
    config: { e2eeServerCrypto: "on", rateLimits: "on", keyChangesPerDay: 1 },
  });
  const alice = await own.register("alice", { encryption: "client" });
  expect((await alice.post(generate, mode)).status).toBe(201);
  using making = spyOn(crypto.subtle, "generateKey");
  expectRefused(await alice.post(generate, mode), 429, "rate_limited");
  expect(making).not.toHaveBeenCalled();
});

test("where the server makes no keys it says so", async () => {
  await using own = await TestServer.start();
  const [alice] = await own.people("alice");
  expectRefused(await alice.post(generate, mode), 403, "e2ee_client_only");
  expect((await alice.post(generate, await firstKeys(await makeKeeper(own, alice)))).status).toBe(201);
});

test("nothing private of keys that the server has made is in its files or its log", async () => {
  await using own = await TestServer.start({ config: { e2eeServerCrypto: "on" } });
  const alice = await own.register("alice");
  const passphrase = "blooming meadows";
  const { recovery_key } = (await alice.post(generate, { ...mode, passphrase })).body;
  const { ver, unlock: ways, keychain: sealed } = (await alice.get("/api/encryption/keychain")).body;
  const owner = { iss: (await own.api.get("/")).body.id, user: alice.id };
  const recoveryKey = readRecoveryKey(recovery_key);
  const key = await openUnlock(ways[0], owner, { recoveryKey });
  const content = await openKeychain(sealed, owner, ver, key);
  await own.app.stop();
  const written = [...new Bun.Glob("**/*").scanSync({ cwd: own.dataDir, absolute: true, dot: true })];
  const texts = await Promise.all(written.map((file) => Bun.file(file).text()));
  const kept = [...texts, ...own.log].join("\n");
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64url");
  for (const secret of [
    recovery_key,
    recovery_key.replaceAll("-", ""),
    passphrase,
    base64(recoveryKey),
    base64(key),
    content.ik[0]!.d,
    content.ek[0]!.d,
    content.ek[0]!.p,
  ])
    expect(kept).not.toContain(secret);
  expect(kept).toContain(sealed);
  expect(own.log.join("\n")).toContain(generate);
  await own.open();
});
