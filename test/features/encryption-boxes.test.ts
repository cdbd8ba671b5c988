import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { CompactSign, exportJWK, GeneralEncrypt, importJWK } from "jose";

import { mostBoxBytes } from "../../src/e2ee/box.ts";
import { openKeychain, openUnlock, sealKeychain } from "../../src/e2ee/keychain.ts";
import { readRecoveryKey, writeRecoveryKey } from "../../src/e2ee/recovery-key.ts";
import { mostRecipients } from "../../src/features/encryption/boxes/schema.ts";
import { failureMilliseconds } from "../../src/features/encryption/boxes/unlock.ts";
import { waitingPerPerson } from "../../src/features/encryption/server-keys/slots.ts";
import { ManualClock } from "../support/clock.ts";
import { makePair, type Pair } from "../support/e2ee/people.ts";
import { publish } from "../support/e2ee/published.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const config = { e2eeServerCrypto: "on" } as const;
const server = await TestServer.start({ config });
afterAll(() => server[Symbol.asyncDispose]());
const iss: string = (await server.api.get("/")).body.id;

const encrypt = "/api/encryption/encrypt";
const decrypt = "/api/encryption/decrypt";
const passphrase = "blooming meadows";
const message = "Meet me at noon. 🦊";
let newcomers = 0;

/** Somebody with keys that the server has made. */
async function keyed(
  name: string,
  own = server,
): Promise<{ person: Person; kid: string; recovery_key: string }> {
  const person = await own.register(`${name}${++newcomers}`, { encryption: "client" });
  const made = await person.post("/api/encryption/generate-keys", { mode: "server", passphrase });
  return { person, ...made.body };
}

const [alice, bob, carol] = [await keyed("alice"), await keyed("bob"), await keyed("carol")];

/** Somebody's keychain, as a device opens it. */
async function opened({ person, recovery_key }: typeof alice) {
  const { ver, unlock, keychain } = (await person.get("/api/encryption/keychain")).body;
  const owner = { iss, user: person.id };
  const key = await openUnlock(unlock[0], owner, { recoveryKey: readRecoveryKey(recovery_key) });
  return { owner, key, keychain: await openKeychain(keychain, owner, ver, key) };
}

async function box(to: typeof alice, inner: string, header: object = { typ: "box+jwe" }): Promise<string> {
  const { public_key } = (await to.person.get("/api/encryption/public-key")).body;
  const sealing = new GeneralEncrypt(new TextEncoder().encode(inner)).setProtectedHeader({
    enc: "A256GCM",
    ...header,
  });
  sealing
    .addRecipient(await importJWK(public_key, "RSA-OAEP-256"))
    .setUnprotectedHeader({ alg: "RSA-OAEP-256", kid: to.kid });
  const { protected: head, recipients, iv, ciphertext, tag } = await sealing.encrypt();
  return JSON.stringify({ protected: head, recipients, iv, ciphertext, tag });
}

const payload = (changes: object = {}) => ({
  v: 1,
  iss,
  from: alice.person.id,
  to: [bob.person.id],
  mid: "A".repeat(22),
  at: 1_800_000_000_000,
  text: message,
  ...changes,
});

const sign = (changes: object, { privateKey, kid }: Pick<Pair, "privateKey" | "kid">, typ = "box+jws") =>
  new CompactSign(new TextEncoder().encode(JSON.stringify(payload(changes))))
    .setProtectedHeader({ alg: "ES256", typ, kid })
    .sign(privateKey);

test("whom a message is for opens it, the author too, and nobody else", async () => {
  const sent = await alice.person.post(encrypt, { message, recipient_user_id: bob.person.id, passphrase });
  expect([sent.status, sent.headers.get("cache-control")]).toEqual([200, "no-store"]);
  const { encrypted_content } = sent.body;
  expect(encrypted_content).not.toContain(message);
  const signed = { message, signed_by: alice.person.id };
  expect((await bob.person.post(decrypt, { encrypted_content, passphrase })).body).toEqual(signed);
  const { recovery_key } = alice;
  expect((await alice.person.post(decrypt, { encrypted_content, recovery_key })).body).toEqual(signed);
  expectRefused(await carol.person.post(decrypt, { encrypted_content, passphrase }), 422, "decrypt_failed");
});

test("a program has the server encrypt, sends it through a plain chat by the socket, and another opens it", async () => {
  const chat = await alice.person.directWith(bob.person);
  const { body: key } = await alice.person.get(`/api/encryption/public-key/${bob.person.id}`);
  expect(key.public_key_pem).toStartWith("-----BEGIN PUBLIC KEY-----");
  const asked = { message, recipient_user_id: bob.person.id };
  const { encrypted_content: content } = (await alice.person.post(encrypt, asked)).body;
  const [hers, his] = await Promise.all([alice.person.connect(), bob.person.connect()]);
  const frame = { type: "send_message", chat_id: chat, content, message_type: "text", encrypted: true };
  const ack = await hers.ask(frame);
  expect(ack.message).toMatchObject({ content, encrypted: true });
  const heard = await his.next("new_message");
  expect(heard.message).toMatchObject({ content, encrypted: true });
  const opened = await bob.person.post(decrypt, { encrypted_content: heard.message.content, passphrase });
  expect(opened.body).toEqual({ message, signed_by: null });
  expect((await bob.person.get(`/api/messages/search?q=${message.slice(0, 5)}`)).body.results).toEqual([]);
  for (const wrong of ["in clear", "{}"]) {
    const refused = await alice.person.post(`/api/messages/${chat}`, { content: wrong, encrypted: true });
    expectRefused(refused, 409, "not_encrypted");
  }
});
test("what its author has not signed proves nothing, and goes to several people", async () => {
  const recipients = [bob.person.id, carol.person.id];
  const { encrypted_content } = (await alice.person.post(encrypt, { message, recipients })).body;
  for (const { person } of [bob, carol])
    expect((await person.post(decrypt, { encrypted_content, passphrase })).body).toEqual({
      message,
      signed_by: null,
    });
});

test("to open a message confirms keys, and to fail does not", async () => {
  const dave = await keyed("dave");
  const confirmed = async () => (await dave.person.get("/api/encryption/public-key")).body.confirmed;
  const { encrypted_content } = (
    await alice.person.post(encrypt, { message, recipient_user_id: dave.person.id })
  ).body;
  const wrong = { encrypted_content, passphrase: "another one" };
  expectRefused(await dave.person.post(decrypt, wrong), 422, "decrypt_failed");
  expect(await confirmed()).toBe(false);
  expect((await dave.person.post(decrypt, { encrypted_content, passphrase })).status).toBe(200);
  expect(await confirmed()).toBe(true);
});

const thief = await makePair("ES256");
const { ik } = (await opened(alice)).keychain;
const { fingerprint } = (await alice.person.get("/api/encryption/public-key")).body;
const identity = { privateKey: (await importJWK(ik[0]!, "ES256")) as CryptoKey, kid: fingerprint };
const good = await box(bob, await sign({}, identity));
const altered = JSON.parse(good);
const failures: [what: string, body: object][] = [
  ["another passphrase", { encrypted_content: good, passphrase: "another one" }],
  ["no passphrase", { encrypted_content: good, passphrase: "" }],
  ["another's recovery key", { encrypted_content: good, recovery_key: alice.recovery_key }],
  ["a recovery key with a mistake", { encrypted_content: good, recovery_key: "ABCD" }],
  [
    "a recovery key of nobody",
    { encrypted_content: good, recovery_key: writeRecoveryKey(new Uint8Array(16)) },
  ],
  ["nothing encrypted", { encrypted_content: "", passphrase }],
  ["no box", { encrypted_content: "{}", passphrase }],
  ["an altered one", { encrypted_content: JSON.stringify({ ...altered, tag: "A".repeat(22) }), passphrase }],
  ["one for others", { encrypted_content: await box(carol, await sign({}, identity)), passphrase }],
  [
    "one that was encrypted anew",
    { encrypted_content: await box(bob, await sign({ to: [carol.person.id] }, identity)), passphrase },
  ],
  [
    "a chat's message",
    { encrypted_content: await box(bob, await sign({}, identity, "chat-msg+jws")), passphrase },
  ],
  [
    "another type",
    { encrypted_content: await box(bob, await sign({}, identity), { typ: "chat-msg+jwe" }), passphrase },
  ],
  ["one signed by a stranger", { encrypted_content: await box(bob, await sign({}, thief)), passphrase }],
  [
    "one signed wrongly",
    { encrypted_content: await box(bob, await sign({}, { ...thief, kid: fingerprint })), passphrase },
  ],
  [
    "one in another's name",
    { encrypted_content: await box(bob, await sign({ from: carol.person.id }, identity)), passphrase },
  ],
  [
    "one of another server",
    {
      encrypted_content: await box(bob, JSON.stringify(payload({ iss: "AAECAwQFBgcICQoLDA0ODw" }))),
      passphrase,
    },
  ],
];

test("whatever is wrong with a message or a secret, the answer is the same, and comes no sooner", async () => {
  expect((await bob.person.post(decrypt, { encrypted_content: good, passphrase })).body.signed_by).toBe(
    alice.person.id,
  );
  const bodies = new Set<string>();
  const fail = async ([what, body]: (typeof failures)[number]) => {
    const start = performance.now();
    const { status, body: refusal } = await bob.person.post(decrypt, body);
    expect([what, status, performance.now() - start > failureMilliseconds - 2]).toEqual([what, 422, true]);
    const { request_id: _, ...same } = refusal;
    bodies.add(JSON.stringify(same));
  };
  // As many as one person may have waiting.
  for (let i = 0; i < failures.length; i += waitingPerPerson)
    await Promise.all(failures.slice(i, i + waitingPerPerson).map(fail));
  expect(bodies.size).toBe(1);
  expect([...bodies][0]).toContain("decrypt_failed");
});

test("where there is no passphrase each one fails as a wrong one does", async () => {
  const person = await server.register("wordless", { encryption: "client" });
  await person.post("/api/encryption/generate-keys", { mode: "server" });
  expectRefused(await person.post(decrypt, { encrypted_content: good, passphrase }), 422, "decrypt_failed");
});

test("nobody signs with an identity that is not theirs any more, or never was", async () => {
  const erin = await keyed("erin");
  const { key, owner, keychain } = await opened(erin);
  const { privateKey } = await makePair("ES256");
  const other = { ...keychain, ik: [await exportJWK(privateKey)] };
  const body = { ver: 2, keychain: await sealKeychain(other, owner, 2, key) };
  const put = await erin.person.put("/api/encryption/keychain", body, { headers: { "If-Match": '"1"' } });
  expect(put.status).toBe(200);
  const to = { message, recipient_user_id: bob.person.id };
  expectRefused(await erin.person.post(encrypt, { ...to, passphrase }), 422, "decrypt_failed");
  expect((await erin.person.post(encrypt, to)).status).toBe(200);
});

test("keys of a device are none of the server's business", async () => {
  const device = await server.register("device", { encryption: "client" });
  const body = { message, recipient_user_id: bob.person.id };
  expectRefused(await device.post(encrypt, body), 404, "no_keys");
  await publish(server, device);
  expectRefused(await device.post(encrypt, body), 403, "e2ee_client_only");
  expectRefused(await device.post(decrypt, { encrypted_content: good, passphrase }), 403, "e2ee_client_only");
  // Yet others may write to them.
  const sent = await alice.person.post(encrypt, { message, recipient_user_id: device.id });
  expect(sent.status).toBe(200);
});

test("what is missing or too much is named", async () => {
  const { person } = alice;
  expectInvalid(await person.post(encrypt, { message }), "recipient_user_id");
  expectInvalid(await person.post(decrypt, { encrypted_content: good }), "passphrase");
  expectInvalid(
    await person.post(decrypt, { encrypted_content: "a".repeat(mostBoxBytes + 1), passphrase }),
    "encrypted_content",
  );
  const many = (length: number) => Array.from({ length }, () => bob.person.id);
  expect((await person.post(encrypt, { message, recipients: many(mostRecipients) })).status).toBe(200);
  expectInvalid(await person.post(encrypt, { message, recipients: many(mostRecipients + 1) }), "recipients");
  const to = { recipient_user_id: bob.person.id };
  expect((await person.post(encrypt, { ...to, message: "a".repeat(7000), passphrase })).status).toBe(200);
  expectRefused(await person.post(encrypt, { ...to, message: "a".repeat(12_000) }), 422, "bad_object");
  expectRefused(
    await person.post(encrypt, { ...to, message, passphrase: "another one" }),
    422,
    "decrypt_failed",
  );
  expectRefused(await person.post(encrypt, { message, recipient_user_id: 999_999 }), 404, "not_found");
  const nobody = await server.register("nobody", { encryption: "client" });
  expectRefused(await person.post(encrypt, { message, recipient_user_id: nobody.id }), 404, "no_keys");
});

test("secrets are tried so many times a minute, to sign as to open", async () => {
  const clock = new ManualClock();
  await using own = await TestServer.start({
    clock,
    config: { ...config, rateLimits: "on", unlocksPerMinute: 2 },
  });
  const { person, recovery_key } = await keyed("alice", own);
  const body = { message, recipient_user_id: person.id, recovery_key };
  const { encrypted_content } = (await person.post(encrypt, body)).body;
  expect((await person.post(decrypt, { encrypted_content, recovery_key })).status).toBe(200);
  for (const late of [
    await person.post(encrypt, body),
    await person.post(decrypt, { encrypted_content, recovery_key }),
  ])
    expectRefused(late, 429, "rate_limited");
  clock.turn(31_000);
  expect((await person.post(decrypt, { encrypted_content, recovery_key })).status).toBe(200);
});

test("no log has a message, a passphrase or a recovery key", () => {
  const log = server.log.join("\n");
  expect(log).toContain(decrypt);
  for (const secret of [message, passphrase, alice.recovery_key]) expect(log).not.toContain(secret);
});
