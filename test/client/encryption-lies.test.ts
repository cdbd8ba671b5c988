/** A server that lies about keys, one's own and others': each lie is noticed, and told in words for people. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { memoryStore } from "../../src/client/sdk/index.ts";
import type { Keychain } from "../../src/e2ee/keychain.ts";
import { sealKeychain } from "../../src/e2ee/keychain.ts";
import { fromBase64url } from "../../src/e2ee/bytes.ts";
import { opened, type Opened, sees } from "../support/client.ts";
import { Keeper, makePair } from "../support/e2ee/people.ts";
import { makeKeeper, publish, publishNext, rotate } from "../support/e2ee/published.ts";
import { Liar, lookedAt, problems, shownOf, withKeys, wordsAbout } from "../support/e2ee/session.ts";
import type { Person } from "../support/person.ts";
import { password } from "../support/server.ts";
import { shared } from "../support/shared.ts";

// RSA keys are made for each test.
setDefaultTimeout(30_000);

const server = await shared();

/** Alice, whose server is to lie, and Bob, whose keys she has pinned. */
async function pinned() {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  const keeper = await publish(server, bob);
  const liar = new Liar();
  const { session } = await withKeys(server.url, alice, { environment: liar.environment });
  const people = (ids: number[] = [bob.id]) => session.encryption.people(ids);
  expect(await people()).toMatchObject([{ is_verified: false, problem: undefined, custody: "client" }]);
  return { alice, bob, keeper, liar, session, people };
}

/** Another chain of the same person, that begins as theirs does, or not. */
async function copyOf(keeper: Keeper, entries = keeper.chain.length): Promise<Keeper> {
  const copy = await Keeper.make(keeper.id, keeper.iss);
  copy.chain.splice(0, 1, ...keeper.chain.slice(0, entries));
  copy.ik = keeper.ik;
  copy.ek = keeper.ek;
  return copy;
}

async function resetBy(keeper: Keeper, changes: object = {}): Promise<void> {
  [keeper.ik, keeper.ek] = await Promise.all([makePair("ES256"), makePair("RSA-OAEP-256")]);
  await keeper.publish(await keeper.entry({ reason: "reset", ...changes }));
}

async function generate(person: Person, keeper: Keeper): Promise<void> {
  const { unlock, keychain } = await import("../support/e2ee/published.ts");
  const body = {
    mode: "client",
    entry: keeper.last!.text,
    unlock: [await unlock()],
    keychain: await keychain(),
  };
  const reply = await person.post("/api/encryption/generate-keys", {
    ...body,
    replace: true,
    current_password: password,
  });
  expect(reply.status).toBe(201);
}

test("both see the same safety number, and who compared it is verified until the identity changes", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  const { session: hers } = await withKeys(server.url, alice);
  const { session: his } = await withKeys(server.url, bob);
  await using _ = hers;
  await using __ = his;
  const number = await hers.encryption.safetyNumber(bob.id);
  expect(number).toMatch(/^(\d{5} ){11}\d{5}$/);
  expect(await his.encryption.safetyNumber(alice.id)).toBe(number);
  const other = hers.encryption.verify(
    bob.id,
    number.replace(/\d/, (one) => (one === "1" ? "2" : "1")),
  );
  await expect(other).rejects.toMatchObject({ code: "safety_number_changed" });
  await hers.encryption.verify(bob.id, number.replaceAll(" ", ""));
  const verified = async () => (await hers.encryption.people([bob.id]))[0]?.is_verified;
  expect(await verified()).toBe(true);
  // Another encryption key, and another identity that the old one vouches for, change nothing about who he is.
  await his.encryption.rotate({ password });
  await his.encryption.renew({ password });
  expect([await verified(), problems(hers)]).toEqual([true, []]);
  expect(await hers.encryption.safetyNumber(bob.id)).not.toBe(number);
  await his.encryption.reset({ password });
  await sees(() => problems(hers).length === 1);
  expect(wordsAbout(hers, bob.id)).toStartWith(`${bob.username} has new keys, and nothing of before vouches`);
  expect(await verified()).toBe(false);
  await hers.encryption.acknowledge(bob.id);
  expect([await verified(), problems(hers)]).toEqual([false, []]);
});

test("of somebody without keys there is nothing to compare", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const { session } = await withKeys(server.url, alice);
  await using _ = session;
  expect(await session.encryption.people([bob.id])).toEqual([]);
  await expect(session.encryption.safetyNumber(bob.id)).rejects.toMatchObject({ code: "no_keys" });
});

test("a reset is told when it happens, survives a restart, and waits for an answer", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.directWith(bob);
  const keeper = await publish(server, bob);
  const store = memoryStore();
  const { session } = await withKeys(server.url, alice, { store });
  await session.encryption.people([bob.id]);
  await resetBy(keeper);
  await generate(bob, keeper);
  await sees(() => problems(session).includes("reset"));
  await session.close();
  await using again = await opened(server.url, undefined, { store });
  await sees(() => problems(again).includes("reset"));
  await again.encryption.acknowledge(bob.id);
  expect(problems(again)).toEqual([]);
});

interface Lie {
  lie: string;
  kind: string;
  /** What it shows of Bob, who has rotated his keys once. */
  show(keeper: Keeper): Promise<object | undefined>;
  words: RegExp;
}

const lies: Lie[] = [
  {
    lie: "another identity in his first entry",
    kind: "swapped",
    show: async (keeper) => shownOf(await Keeper.make(keeper.id, keeper.iss)),
    words: /other keys of .* than it did/,
  },
  {
    lie: "another encryption key beside his chain",
    kind: "forged",
    show: async (keeper) => ({
      ...shownOf(keeper),
      public_key: (await Keeper.make(keeper.id, keeper.iss)).last!.enc,
    }),
    words: /not signed as it has to be/,
  },
  {
    lie: "an entry with another encryption key that he has not signed",
    kind: "forged",
    async show(keeper) {
      const copy = await copyOf(keeper);
      const [head, , signature] = copy.last!.text.split(".");
      const { enc } = (await Keeper.make(keeper.id, keeper.iss)).last!;
      const payload = copy.payload({ seq: copy.last!.seq, prev: copy.last!.prev, reason: "rotate", enc });
      const text = `${head}.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.${signature}`;
      return { ...shownOf(copy), log: [copy.chain[0]!.text, text] };
    },
    words: /not signed as it has to be/,
  },
  {
    lie: "a chain that ends before the rotation",
    kind: "rolled_back",
    show: async (keeper) => shownOf(await copyOf(keeper, 1)),
    words: /older keys of .* than it did/,
  },
  {
    lie: "that he has no keys at all",
    kind: "rolled_back",
    show: async () => undefined,
    words: /older keys of .* than it did/,
  },
  {
    lie: "another second entry by a key of his that was stolen",
    kind: "swapped",
    async show(keeper) {
      const copy = await copyOf(keeper, 1);
      copy.ek = await makePair("RSA-OAEP-256");
      await copy.publish(await copy.entry({}));
      return shownOf(copy);
    },
    words: /with another past/,
  },
  {
    lie: "a reset by keys of its own",
    kind: "reset",
    async show(keeper) {
      const copy = await copyOf(keeper);
      await resetBy(copy);
      return shownOf(copy);
    },
    words: /nothing of before vouches for them/,
  },
  {
    lie: "keys that it has made itself",
    kind: "by_server",
    async show(keeper) {
      const copy = await copyOf(keeper);
      await resetBy(copy, { custody: "server" });
      return shownOf(copy);
    },
    words: /now the server has made others/,
  },
  {
    lie: "a handover that the old identity has not signed",
    kind: "forged",
    async show(keeper) {
      const copy = await copyOf(keeper);
      copy.ik = await makePair("ES256");
      const text = await copy.entry({});
      return {
        ...shownOf(copy),
        seq: 3,
        fingerprint: copy.ik.kid,
        signing_key: copy.ik.jwk,
        log: [...copy.chain.map((one) => one.text), text],
      };
    },
    words: /not signed as it has to be/,
  },
];

test.each(lies)("the server shows $lie", async ({ kind, show, words }) => {
  const { bob, keeper, liar, session, people } = await pinned();
  await using _ = session;
  const reply = await publishNext(bob, keeper, await rotate(keeper));
  expect(reply.status).toBe(200);
  await keeper.publish(await keeper.entry({}));
  await people();
  expect(problems(session)).toEqual([]);
  const shown = await show(keeper);
  liar.show(keeper, () => shown);
  await people();
  expect(problems(session)).toEqual([kind]);
  expect(wordsAbout(session, bob.id)).toContain(bob.username);
  expect(wordsAbout(session, bob.id)).toMatch(words);
  // Nothing of it goes away by itself.
  liar.beHonest();
  const [person] = await people();
  expect(person?.problem?.kind as string).toBe(kind);
  await session.encryption.acknowledge(bob.id);
  expect((await people())[0]).toMatchObject({ problem: undefined, is_verified: false, kid: keeper.ek.kid });
});

test("an identity that the server made vouches for no other one", async () => {
  const { keeper, liar, session } = await pinned();
  await using _ = session;
  // Somebody whom Alice has only seen by keys of the server.
  const [carol] = await server.people("carol");
  const hers = await makeKeeper(server, carol);
  hers.chain.length = 0;
  await hers.publish(await hers.entry({ custody: "server" }));
  let shown: object = shownOf(hers);
  await publish(server, carol);
  liar.show(hers, () => shown);
  const people = () => session.encryption.people([hers.id]);
  expect(await people()).toMatchObject([{ custody: "server", problem: undefined }]);
  // The server has kept the private key, and signs a rotation to others with it.
  const before = hers.ik;
  hers.ik = await makePair("ES256");
  for (const custody of ["client", "server"]) {
    const text = await hers.entry({ custody }, before);
    shown = {
      ...shownOf(hers),
      custody,
      seq: 2,
      fingerprint: hers.ik.kid,
      signing_key: hers.ik.jwk,
      log: [hers.chain[0]!.text, text],
    };
    await people();
    expect(problems(session)).toEqual(["forged"]);
  }
  expect(keeper.chain).toHaveLength(1);
});

/** Somebody's unlocked device, whose server may lie, and the keys of their keychain, as a thief of the device has them. */
async function own(): Promise<{
  alice: Person;
  liar: Liar;
  session: Opened;
  look(): Promise<void>;
  secret(): Promise<any>;
}> {
  const [alice] = await server.people("alice");
  const store = memoryStore();
  const liar = new Liar();
  const { session } = await withKeys(server.url, alice, { store, environment: liar.environment });
  const part = await session.encryption.part();
  const secret = async () => JSON.parse((await store.secret())!).device;
  return { alice, liar, session, look: () => part.look(), secret };
}

const ownKey = "GET /api/encryption/public-key";
const ownKeychain = "GET /api/encryption/keychain";

test("one's own entry is changed behind one's back", async () => {
  const { alice, liar, session, look } = await own();
  await using _ = session;
  const iss = (await server.api.get("/")).body.id;
  const forged = shownOf(await Keeper.make(alice.id, iss));
  liar.lie(ownKey, (honest) => ({ ...honest, ...forged }));
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["changed", ["swapped"]]);
  expect(wordsAbout(session, alice.id)).toMatch(/other keys of yours than those that you have made/);
  await expect(session.encryption.rotate({ password })).rejects.toMatchObject({ code: "keys_changed" });
  liar.lie(ownKey, (honest) => ({ ...honest, public_key: forged["public_key"] }));
  await look();
  expect(problems(session)).toEqual(["forged"]);
  liar.lie(ownKey, (honest) => Response.json({ ...noKeys, instance: honest.instance }, problem));
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["changed", ["own_keys_changed"]]);
  liar.beHonest();
  await session.encryption.acknowledge(alice.id);
  expect([session.encryption.state.value, problems(session)]).toEqual(["ready", []]);
});

const noKeys = { type: "about:blank", title: "No keys", status: 404, code: "no_keys", detail: "None." };
const problem = { status: 404, headers: { "Content-Type": "application/problem+json" } };

test("one's own chain is rolled back before a rotation", async () => {
  const { alice, liar, session, look } = await own();
  await using _ = session;
  const before = (await alice.get("/api/encryption/public-key?log=1")).body;
  await session.encryption.rotate({ password });
  liar.lie(ownKey, () => before);
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["changed", ["rolled_back"]]);
});

test("a reset with one's own keychain left as it was", async () => {
  const { alice, liar, session, look, secret } = await own();
  await using _ = session;
  const { iss, seen } = await secret();
  const shown = (await alice.get("/api/encryption/public-key?log=1")).body;
  const thief = await Keeper.make(alice.id, iss);
  const { readEntry } = await import("../../src/e2ee/directory.ts");
  thief.chain[0] = await readEntry(shown.log[0], { iss, sub: alice.id, before: undefined });
  expect(thief.chain[0].hash).toBe(seen[alice.id].hash);
  await resetBy(thief);
  liar.lie(ownKey, () => shownOf(thief));
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["changed", ["own_keys_changed"]]);
  expect(wordsAbout(session, alice.id)).toMatch(
    /If you did this on another device.*If not, somebody has taken your place/,
  );
});

test("the keychain is rolled back, damaged, or another one", async () => {
  const { alice, liar, session, look, secret } = await own();
  await using _ = session;
  const before = (await alice.get("/api/encryption/keychain")).body;
  const part = await session.encryption.part();
  await part.rememberChat(7, { create: "A".repeat(43), m: 1, n: 0 });
  liar.lie(ownKeychain, () => before);
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["changed", ["keychain_rolled_back"]]);
  // The old one under the new number: the number is sealed, too.
  liar.lie(ownKeychain, (honest) => ({ ...honest, keychain: before.keychain }));
  await look();
  expect(problems(session)).toEqual(["keychain_damaged"]);
  // Under the right number, by whoever has stolen the key.
  const { iss, key, ver, base } = await secret();
  const other: Keychain = { ...base, chats: {} };
  const sealed = await sealKeychain(other, { iss, user: alice.id }, ver, fromBase64url(key));
  liar.lie(ownKeychain, (honest) => ({ ...honest, keychain: sealed }));
  await look();
  expect(problems(session)).toEqual(["keychain_damaged"]);
  liar.beHonest();
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["ready", []]);
  expect(await part.knownChat(7)).toBeDefined();
});

test("two people's keychains are swapped", async () => {
  const { liar, session, look } = await own();
  await using _ = session;
  const { alice: other, session: theirs } = await own();
  await using __ = theirs;
  const swapped = (await other.get("/api/encryption/keychain")).body;
  liar.lie(ownKeychain, () => swapped);
  await look();
  expect(problems(session)).toEqual(["keychain_damaged"]);
});

test("another server answers at this address", async () => {
  const { liar, session, look } = await own();
  await using _ = session;
  liar.lie("GET /", (honest) => ({ ...honest, id: "AAECAwQFBgcICQoLDA0ODw" }));
  await look();
  expect([session.encryption.state.value, problems(session)]).toEqual(["changed", ["other_server"]]);
});

test("a new device is given a keychain that is not that of the directory, or a passphrase too weak to be tried", async () => {
  const [alice] = await server.people("alice");
  const { session, recoveryKey } = await withKeys(server.url, alice);
  await using _ = session;
  const liar = new Liar();
  await using second = await lookedAt(server.url, alice, { environment: liar.environment });
  const iss = (await server.api.get("/")).body.id;
  const forged = shownOf(await Keeper.make(alice.id, iss));
  liar.lie(ownKey, () => forged);
  await expect(second.encryption.unlock({ recoveryKey })).rejects.toMatchObject({ code: "keys_changed" });
  liar.beHonest();
  await session.encryption.setPassphrase({ passphrase: "tea at six, as ever", password });
  liar.lie(ownKeychain, (honest) => ({ ...honest, unlock: honest.unlock.map(weakened) }));
  const weak = second.encryption.unlock({ passphrase: "tea at six, as ever" });
  await expect(weak).rejects.toMatchObject({ code: "keys_changed" });
  await expect(weak).rejects.toThrow("too weak or too slow");
  liar.beHonest();
  await second.encryption.unlock({ recoveryKey });
  expect(second.encryption.state.value).toBe("ready");
});

/** What is under a passphrase, with parameters that are guessed in no time. */
function weakened(text: string): string {
  const [head = "", ...rest] = text.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  if (header.kdf !== "argon2id") return text;
  const weak = { ...header, params: { ...header.params, m: 8, t: 1 } };
  return [Buffer.from(JSON.stringify(weak)).toString("base64url"), ...rest].join(".");
}
