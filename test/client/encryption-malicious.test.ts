/** A malicious server and malicious members, against keys, membership and epochs: what a person is shown is in the table of docs/encryption.md. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { memoryStore } from "../../src/client/sdk/index.ts";
import { encloseEpochKey } from "../../src/client/sdk/crypto/epoch-key.ts";
import { grantedKeys } from "../../src/client/sdk/crypto/grant.ts";
import type { RosterRow } from "../../src/e2ee/epochs.ts";
import { importEncryptionKey } from "../../src/e2ee/keys.ts";
import { besides, opened, sees } from "../support/client.ts";
import { Hand } from "../support/e2ee/by-hand.ts";
import { done, EncryptedChat, type Epoch, hashOf, type Peer, peers } from "../support/e2ee/encrypted-chat.ts";
import { Cast, judged, problemOf, saidOf, shownIn } from "../support/e2ee/malicious-scene.ts";
import { type Act, epochActs, keyActs, memberActs, somebody } from "../support/e2ee/malicious-table.ts";
import { Keeper, makePair, sign } from "../support/e2ee/people.ts";
import { makeKeeper, publish, publishNext, rotate } from "../support/e2ee/published.ts";
import { Liar, lookedAt, shownOf, withKeys } from "../support/e2ee/session.ts";
import { password, TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

// RSA keys are made for many of them.
setDefaultTimeout(60_000);

const server = await shared();
const cast = await Cast.meet(server);
const { alice, bob, carol } = cast;

function tried<Name extends string>(
  acts: Record<Name, Act>,
  tries: Record<Name, () => Promise<string>>,
): void {
  for (const [name, { act, says }] of Object.entries<Act>(acts))
    test(act, async () => expect(await tries[name as Name]()).toBe(says));
}

// Keys

const ownKey = "GET /api/encryption/public-key";
const ownKeychain = "GET /api/encryption/keychain";

/** What a device that has pinned Dave says, when the server shows something else of him. */
async function aboutDave(show: (keeper: Keeper) => Promise<object>, isRotated = false): Promise<string> {
  const [dave] = (await peers(server, "dave")) as [Peer];
  await alice.directWith(dave.person);
  const liar = new Liar();
  await using session = await cast.device(liar);
  const look = () => session.encryption.people([dave.person.id]);
  await look();
  if (isRotated) {
    await publishNext(dave.person, dave.keeper, await rotate(dave.keeper));
    await dave.keeper.publish(await dave.keeper.entry({}));
    await look();
  }
  const shown = await show(dave.keeper);
  liar.show(dave.keeper, () => shown);
  const [person] = await look();
  const problem = person?.problem ?? session.encryption.problems.value[0]!;
  return problem.text.replaceAll(dave.person.username, somebody);
}

/** Somebody with a device of their own, and what it says of itself. */
async function own() {
  const [erin] = await server.people("erin");
  const liar = new Liar();
  const { session, recoveryKey } = await withKeys(server.url, erin, {
    store: memoryStore(),
    environment: liar.environment,
  });
  const part = await session.encryption.part();
  const says = async () => {
    await part.look();
    return session.encryption.problems.value.find((one) => one.user_id === erin.id)?.text ?? "";
  };
  return { erin, liar, session, recoveryKey, says };
}

/** Another passphrase's parameters than were sealed. */
async function withParameters(parameters: object): Promise<string> {
  const { erin, liar, session } = await own();
  await using _ = session;
  await session.encryption.setPassphrase({ passphrase: "tea at six, as ever", password });
  liar.lie(ownKeychain, (honest) => ({
    ...honest,
    unlock: honest.unlock.map((text: string) => altered(text, parameters)),
  }));
  await using second = await lookedAt(server.url, erin, { environment: liar.environment });
  return await second.encryption.unlock({ passphrase: "tea at six, as ever" }).then(
    () => "",
    (error) => error.message,
  );
}

function altered(text: string, parameters: object): string {
  const [head = "", ...rest] = text.split(".");
  const header = JSON.parse(Buffer.from(head, "base64url").toString());
  if (header.kdf !== "argon2id") return text;
  const other = { ...header, params: { ...header.params, ...parameters } };
  return [Buffer.from(JSON.stringify(other)).toString("base64url"), ...rest].join(".");
}

tried(keyActs, {
  swapsEncryptionKey: () =>
    aboutDave(async (keeper) => {
      const { enc } = (await Keeper.make(keeper.id, keeper.iss)).last!;
      return { ...shownOf(keeper), public_key: enc };
    }),
  swapsIdentity: () => aboutDave(async (keeper) => shownOf(await Keeper.make(keeper.id, keeper.iss))),
  async swapsOwn() {
    const { erin, liar, session, says } = await own();
    await using _ = session;
    const { keeper } = bob;
    const forged = shownOf(await Keeper.make(erin.id, keeper.iss));
    liar.lie(ownKey, (honest) => ({ ...honest, ...forged }));
    return await says();
  },
  async resetsForOne() {
    const [dave] = (await peers(server, "dave")) as [Peer];
    const chat = await cast.group([dave, cast.inChat]);
    const liar = new Liar();
    await using session = await cast.device(liar);
    const hers = session.chat(chat.id);
    await hers.open();
    await hers.send("all is well");
    await session.drained();
    await session.encryption.people([dave.person.id]);
    const copy = await Keeper.make(dave.keeper.id, dave.keeper.iss);
    copy.chain.splice(0, 1, ...dave.keeper.chain);
    await copy.publish(await copy.entry({ reason: "reset" }));
    liar.show(dave.keeper, () => shownOf(copy));
    await session.encryption.people([dave.person.id]);
    const said = session.encryption.problems.value.find((one) => one.user_id === dave.person.id)!.text;
    // By his new keys nobody lets him in but an admin: what is made for him is not made.
    liar.lie(`GET /api/chats/${chat.id}/encryption`, (honest) => ({
      ...honest,
      due: "keys",
      roster: honest.roster.map((row: any) =>
        row.user_id === dave.person.id ? { ...row, ik_kid: copy.ik.kid, ek_kid: copy.ek.kid } : row,
      ),
    }));
    (await session.encryption.part()).outdate(chat.id);
    expect(await problemOf(hers)).toContain("somebody can read it by another identity");
    return said.replaceAll(dave.person.username, somebody);
  },
  async publishesAnothers() {
    const [dave] = await server.people("dave");
    const keeper = await makeKeeper(server, dave);
    keeper.ek = bob.keeper.ek;
    keeper.chain.length = 0;
    const entry = await keeper.entry({});
    const { unlock, keychain } = await import("../support/e2ee/published.ts");
    const body = { mode: "client", entry, unlock: [await unlock()], keychain: await keychain() };
    const reply = await dave.post("/api/encryption/generate-keys", body);
    expect(reply.body.code).toBe("key_in_use");
    return reply.body.title;
  },
  async keepsServerKey() {
    const [dave] = await server.people("dave");
    const keeper = await makeKeeper(server, dave);
    keeper.chain.length = 0;
    await keeper.publish(await keeper.entry({ custody: "server" }));
    await publish(server, dave);
    const liar = new Liar();
    await using session = await cast.device(liar);
    let shown: object = shownOf(keeper);
    liar.show(keeper, () => shown);
    expect(await session.encryption.people([dave.id])).toMatchObject([{ problem: undefined }]);
    const before = keeper.ik;
    keeper.ik = await makePair("ES256");
    const text = await keeper.entry({}, before);
    const log = [keeper.chain[0]!.text, text];
    const { kid: fingerprint, jwk: signing_key } = keeper.ik;
    shown = { ...shownOf(keeper), custody: "client", seq: 2, fingerprint, signing_key, log };
    await session.encryption.people([dave.id]);
    const said = session.encryption.problems.value.find((one) => one.user_id === dave.id)!.text;
    return said.replaceAll(`User ${dave.id}`, somebody);
  },
  lowersKdf: () => withParameters({ m: 8, t: 1 }),
  raisesKdf: () => withParameters({ m: 4_194_304, t: 1000 }),
  async swapsKeychains() {
    const { liar, session, says } = await own();
    await using _ = session;
    const other = await own();
    await using __ = other.session;
    const swapped = (await other.erin.get("/api/encryption/keychain")).body;
    liar.lie(ownKeychain, () => swapped);
    return await says();
  },
  async rollsBack() {
    const { erin, liar, session, says } = await own();
    await using _ = session;
    const before = (await erin.get("/api/encryption/keychain")).body;
    await session.encryption.rotate({ password });
    liar.lie(ownKeychain, () => before);
    return await says();
  },
  async rollsBackForNew() {
    const { erin, session, recoveryKey } = await own();
    await using _ = session;
    const before = (await erin.get("/api/encryption/keychain")).body;
    await session.encryption.rotate({ password });
    const liar = new Liar();
    liar.lie(ownKeychain, () => before);
    await using second = await lookedAt(server.url, erin, { environment: liar.environment });
    return await second.encryption.unlock({ recoveryKey }).then(
      () => "",
      (error) => error.message,
    );
  },
  async opensForThief() {
    await using other = await TestServer.start({ config: { e2eeServerCrypto: "on" } });
    const erin = await other.register("erin", { encryption: "client" });
    const { session, recoveryKey } = await withKeys(other.url, erin);
    await using _ = session;
    const body = { encrypted_content: "{}", recovery_key: recoveryKey };
    const reply = await erin.post("/api/encryption/decrypt", body);
    expect(reply.body.code).toBe("e2ee_client_only");
    return reply.body.title;
  },
});

// Membership

const stepsOf = (chat: EncryptedChat) => `GET ${chat.path}/members`;
const epochsOf = (chat: EncryptedChat) => `GET ${chat.path}/epochs`;
const stateOf = (chat: EncryptedChat) => `GET ${chat.path}`;

/** What Alice's new device says when the server shows this step after the others. */
async function afterStep(
  make: (chat: EncryptedChat, ghost: Keeper) => Promise<string>,
  chat?: EncryptedChat,
): Promise<string> {
  const group = chat ?? (await cast.group());
  const ghost = await Keeper.make(4711, group.iss);
  const step = await make(group, ghost);
  const liar = new Liar();
  liar.lie(stepsOf(group), ({ steps, ...more }) => ({
    ...more,
    steps: steps.length > 0 ? [...steps, step] : steps,
  }));
  return cast.problemAt(group.id, liar);
}

const as = (by: Peer, keeper: Keeper): Peer => ({ person: by.person, keeper });

tried(memberActs, {
  addsGhost: () =>
    afterStep(async (chat, ghost) => {
      const add = { op: "add", user: ghost.id, ik_kid: ghost.ik.kid, role: "member" };
      const inName = Object.assign(Object.create(ghost), { ik: { ...ghost.ik, kid: bob.keeper.ik.kid } });
      return chat.step(as(bob, inName), add);
    }),
  ghostAdds: () =>
    afterStep((chat, ghost) => {
      const add = { op: "add", user: 4712, ik_kid: ghost.ik.kid, role: "member", by: ghost.id };
      return chat.step(as(bob, ghost), add);
    }),
  async replaysAdd() {
    const chat = await cast.group([cast.inChat]);
    done(await chat.add(bob, carol), 201);
    const { steps } = (await bob.person.get(`${chat.path}/members`)).body;
    done(await chat.remove(bob, carol), 204);
    return afterStep(async () => steps[1], chat);
  },
  async forksSteps() {
    const chat = await cast.group();
    const other = await chat.step(bob, { op: "policy", hist: "shared" });
    done(await chat.setRole(bob, carol, "admin"));
    await chat.begin(bob, { reason: "repair" });
    const liar = new Liar();
    liar.lie(stepsOf(chat), ({ steps, ...more }) => ({ ...more, steps: steps.slice(0, 1).concat(other) }));
    return cast.problemAt(chat.id, liar);
  },
  // Alice came before Carol.
  falseSuccessor: () => afterStep((chat) => chat.step(carol, succession)),
  async disablesAdmins() {
    const chat = await cast.group([carol, cast.inChat]);
    done(await chat.setRole(bob, cast.inChat as Peer, "admin"));
    return afterStep((one) => one.step(carol, succession), chat);
  },
  rejoinsByServer: () =>
    afterStep((chat, ghost) =>
      chat.step(as(bob, ghost), { op: "rekey", user: carol.person.id, ik_kid: ghost.ik.kid }),
    ),
  async saysPlain() {
    const chat = await cast.group();
    await remembered(chat);
    const liar = new Liar();
    sayPlain(liar, chat);
    await using session = await cast.device(liar);
    const hers = session.chat(chat.id);
    // Also where nothing is sent.
    await sees(() => hers.encryption.problem.value !== undefined);
    expect(hers.info.value!.encryption.on).toBe(false);
    return await problemOf(hers);
  },
  async beginsAnew() {
    const chat = await cast.group();
    await remembered(chat);
    const other = await chat.step(bob, {
      m: 1,
      prev: null,
      op: "create",
      hist: "shared",
      members: await listed(chat),
    });
    const liar = new Liar();
    liar.lie(stepsOf(chat), (honest) => ({ ...honest, steps: honest.steps.length > 0 ? [other] : [] }));
    liar.lie(epochsOf(chat), (honest) => ({ ...honest, epochs: [] }));
    return cast.problemAt(chat.id, liar);
  },
  async rollsBackChat() {
    const chat = await cast.group();
    done(await chat.remove(bob, carol), 204);
    await chat.begin(bob);
    await remembered(chat);
    const liar = new Liar();
    liar.lie(stepsOf(chat), (honest) => ({ ...honest, steps: honest.steps.slice(0, 1) }));
    liar.lie(epochsOf(chat), (honest) => ({ ...honest, epochs: honest.epochs.slice(0, 1) }));
    return cast.problemAt(chat.id, liar);
  },
});

const succession = { op: "role", user: carol.person.id, role: "owner" };

/** A device of Alice's has seen the chat as it is. */
async function remembered(chat: EncryptedChat): Promise<void> {
  await using session = await cast.device();
  await session.chat(chat.id).encryption.view();
}

function sayPlain(liar: Liar, chat: EncryptedChat): void {
  const plain = (one: any) => (one.id === chat.id ? { ...one, encryption: { on: false, epoch: 0 } } : one);
  liar.lie("GET /api/chats", (honest) => ({ ...honest, chats: honest.chats.map(plain) }));
  liar.lie(stateOf(chat), (honest) => ({ ...honest, on: false, epoch: 0, due: null }));
}

async function listed(chat: EncryptedChat): Promise<[number, string, string][]> {
  const { steps } = (await bob.person.get(`${chat.path}/members`)).body;
  return JSON.parse(Buffer.from(steps[0].split(".")[1], "base64url").toString()).members;
}

// Epochs

/** An epoch that the server lets through: what each gets is in its envelope. */
async function show(liar: Liar, chat: EncryptedChat, epoch: Epoch, rows: RosterRow[]): Promise<void> {
  const shown = await wired(epoch);
  const roster = rows.map((one) => ({ user_id: one.user, ik_kid: one.ikKid, ek_kid: one.ekKid }));
  liar.lie(epochsOf(chat), (honest) => {
    const before = honest.epochs.filter((one: any) => one.n < epoch.n);
    const rosters = { ...honest.rosters, other: roster };
    return isAfter(honest, epoch.n)
      ? { ...honest, epochs: [] }
      : { ...honest, epochs: [...before, shown], rosters, has_more: false };
  });
  liar.lie(stateOf(chat), (honest) => ({ ...honest, epoch: epoch.n, due: null }));
}

/** What is asked for is what comes after it. */
function isAfter({ epochs }: any, n: number): boolean {
  return n > 1 && !epochs.some((one: any) => one.n < n);
}

/** As the server gives it out to Alice. */
async function wired({ n, announcement, envelope }: Epoch) {
  const { recipients, ...rest } = JSON.parse(envelope);
  const kid = (await alice.get("/api/encryption/public-key")).body.kid;
  const mine = recipients.find((one: any) => one.header.kid === kid);
  const { protected: head, iv, ciphertext, tag } = rest;
  const flat = mine && { protected: head, header: mine.header, encrypted_key: mine.encrypted_key };
  return { n, announcement, recipient: mine ? JSON.stringify({ ...flat, iv, ciphertext, tag }) : null };
}

/** What Alice's new device says of an epoch for others than it should be for. */
async function withRoster(change: (rows: RosterRow[], ghost: Keeper) => RosterRow[]): Promise<string> {
  const chat = await cast.group();
  const ghost = await Keeper.make(4711, chat.iss);
  const rows = change(await chat.roster(bob), ghost);
  const epoch = await chat.makeEpoch(bob, {}, rows).catch(() => undefined);
  expect(epoch).toBeDefined();
  const liar = new Liar();
  await show(liar, chat, epoch!, rows);
  await remembered(chat);
  return cast.problemAt(chat.id, liar);
}

/** What Alice's new device says of the message of an epoch whose envelope is another. */
async function withEnvelope(change: (envelope: string, epoch: Epoch) => Promise<string>): Promise<string> {
  const chat = await cast.group();
  const epoch = await chat.makeEpoch(bob, { reason: "repair" });
  done(await chat.offer(bob, { ...epoch, envelope: await change(epoch.envelope, epoch) }), 201);
  chat.epoch = epoch;
  await new Hand(bob, chat).say("for all");
  await using session = await cast.device();
  const hers = session.chat(chat.id);
  const said = await saidOf(session, chat.id);
  // Whoever cannot open theirs makes another, so nobody is shut out.
  await hers.send("and I?");
  await session.drained();
  const [, , third] = await chat.epochs(bob);
  expect(JSON.parse(Buffer.from(third!.announcement.split(".")[1]!, "base64url").toString())).toMatchObject({
    n: 3,
    by: alice.id,
    reason: "repair",
  });
  return said.join(" ");
}

/** Bob adds Alice, and she is given what is said to be keys of before. */
async function withGrant(
  hist: "none" | "shared",
  by: Peer,
  change: (epoch: Epoch) => Epoch = (one) => one,
): Promise<string> {
  const chat = new EncryptedChat(bob.keeper.iss, await bob.person.group("Sealed", carol.person));
  done(await chat.turnOn(bob, { hist }), 201);
  const before = await chat.begin(bob);
  await new Hand(bob, chat).say("before");
  const ik_kid = (await alice.get("/api/encryption/public-key")).body.fingerprint;
  const hers = { person: alice, keeper: { ik: { kid: ik_kid } } } as unknown as Peer;
  done(await chat.add(bob, hers), 201);
  await chat.begin(bob);
  const { n, kid, key } = change(before);
  const { public_key, kid: ek } = (await alice.get("/api/encryption/public-key")).body;
  const grant = {
    v: 1,
    iss: chat.iss,
    chat: chat.id,
    to: alice.id,
    to_kid: ik_kid,
    by: by.person.id,
    by_kid: by.keeper.ik.kid,
    epochs: grantedKeys(new Map([[n, { kid, key }]])),
    iat: 1_800_000_000,
  };
  const inside = await sign(grant, by.keeper.ik, "chat-grant+jws");
  const keeper = { ek: { jwk: public_key, kid: ek } } as unknown as Keeper;
  const jwe = await chat.grant({ person: alice, keeper }, inside);
  const liar = new Liar();
  liar.lie(`GET ${chat.path}/grants`, () => ({
    grants: [{ by_user_id: by.person.id, jwe, created_at: "2026-12-01T00:00:00.000Z" }],
  }));
  await using session = await cast.device(liar);
  const [message] = await judged(session, chat.id);
  return message!.encryption!.problems[0] ?? message!.message.content;
}

const otherKey = (epoch: Epoch): Epoch => ({ ...epoch, key: new Uint8Array(32).fill(7) });

tried(epochActs, {
  ghostInRoster: () =>
    withRoster((rows, ghost) => [...rows, { user: ghost.id, ikKid: ghost.ik.kid, ekKid: ghost.ek.kid }]),
  ghostInPlace: () =>
    withRoster((rows, ghost) =>
      rows.map((row) => (row.user === bob.person.id ? { ...row, ekKid: ghost.ek.kid } : row)),
    ),
  twiceInRoster: () =>
    withRoster((rows, ghost) => [
      ...rows,
      { ...rows.find((row) => row.user === bob.person.id)!, ekKid: ghost.ek.kid },
    ]),
  async withholdsRemoval() {
    const chat = await cast.group();
    done(await chat.remove(bob, carol), 204);
    await chat.begin(bob);
    const liar = new Liar();
    liar.lie(stepsOf(chat), (honest) => ({ ...honest, steps: honest.steps.slice(0, 1) }));
    return cast.problemAt(chat.id, liar);
  },
  async withholdsEpoch() {
    const chat = await cast.group();
    done(await chat.remove(bob, carol), 204);
    await chat.begin(bob);
    await new Hand(bob, chat).say("without Carol");
    const liar = new Liar();
    liar.lie(stepsOf(chat), (honest) => ({ ...honest, steps: honest.steps.slice(0, 1) }));
    liar.lie(epochsOf(chat), (honest) => ({ ...honest, epochs: honest.epochs.slice(0, 1) }));
    await using session = await cast.device(liar);
    return (await saidOf(session, chat.id)).join(" ");
  },
  async twoAnnouncements() {
    const chat = await cast.group();
    done(await chat.remove(bob, carol), 204);
    const [epoch, other] = [await chat.makeEpoch(bob), await chat.makeEpoch(bob)];
    done(await chat.offer(bob, epoch), 201);
    chat.epoch = epoch;
    await new Hand(bob, chat).say("under the one");
    const liar = new Liar();
    await show(liar, chat, other, await chat.roster(bob));
    await using session = await cast.device(liar);
    return (await saidOf(session, chat.id)).join(" ");
  },
  foreignKey: () =>
    withEnvelope(async (envelope, { n, announcement }) => {
      const { public_key, kid } = (await alice.get("/api/encryption/public-key")).body;
      const place = { chat: JSON.parse(payloadOf(announcement)).chat, n, ann: hashOf(announcement) };
      const hers = [{ kid, publicKey: await importEncryptionKey(public_key) }];
      const others = JSON.parse(envelope).recipients.filter((one: any) => one.header.kid !== kid);
      const foreign = JSON.parse(
        await encloseEpochKey({ kid: "", key: new Uint8Array(32).fill(9) }, place, hers),
      );
      return JSON.stringify({ ...foreign, recipients: [...foreign.recipients, ...others] });
    }),
  garbage: () =>
    withEnvelope(async (envelope) => {
      const { kid } = (await alice.get("/api/encryption/public-key")).body;
      const { recipients, protected: head, ...rest } = JSON.parse(envelope);
      const garbled = recipients.map((one: any) =>
        one.header.kid === kid ? { ...one, encrypted_key: one.encrypted_key.replace(/^..../, "AAAA") } : one,
      );
      return JSON.stringify({ protected: head, recipients: garbled, ...rest });
    }),
  async racesRemoval() {
    const chat = await cast.group();
    await remembered(chat);
    const rows = await chat.roster(bob);
    const epoch = await chat.makeEpoch(carol, { reason: "repair" }, rows);
    done(await chat.remove(bob, carol), 204);
    const liar = new Liar();
    await show(liar, chat, epoch, rows);
    liar.refuse(`POST ${chat.path}/epochs`, "epoch_not_due");
    return cast.problemAt(chat.id, liar);
  },
  grantByOther: () => withGrant("shared", carol),
  grantOfOther: () => withGrant("shared", bob, otherKey),
  grantWithoutPolicy: () => withGrant("none", bob),
});

const payloadOf = (jws: string) => Buffer.from(jws.split(".")[1]!, "base64url").toString();

test("a device that starts again sends nothing in clear into a chat that it knows", async () => {
  const chat = await cast.group();
  const store = memoryStore();
  const before = await lookedAt(server.url, alice, { store });
  await before.encryption.unlock({ recoveryKey: cast.recoveryKey });
  await before.chat(chat.id).encryption.view();
  await before.close();
  const liar = new Liar();
  sayPlain(liar, chat);
  // What it knows is not read yet when something is sent.
  const read = Promise.withResolvers<void>();
  const slow = { ...besides(store), secret: () => read.promise.then(() => store.secret()) };
  await using session = await opened(server.url, undefined, { store: slow, environment: liar.environment });
  await session.live();
  const hers = session.chat(chat.id);
  await hers.send("in haste");
  await session.call("GET /");
  read.resolve();
  await sees(() => shownIn(hers).at(-1)?.state === "failed");
  expect(hers.encryption.problem.value).toBe(memberActs.saysPlain.says);
  expect((await bob.person.history(chat.id)).filter((one) => one.content_type === "text")).toEqual([]);
});

test("what whoever invited somebody may hand over is taken", async () => {
  expect(await withGrant("shared", bob)).toBe("before");
});

test("who makes themself the owner, as next in line, is shown as such", async () => {
  const chat = await cast.group([cast.inChat]);
  const liar = new Liar();
  await using session = await cast.device(liar);
  const { encryption } = session.chat(chat.id);
  expect((await encryption.view()).successor).toBeUndefined();
  const part = await session.encryption.part();
  const signed = await part.sign("chat-member+jws", {
    v: 1,
    iss: chat.iss,
    chat: chat.id,
    m: 2,
    prev: (await chat.membership(bob)).hash,
    op: "role",
    user: alice.id,
    ik_kid: null,
    role: "owner",
    members: null,
    hist: null,
    by: alice.id,
    by_kid: (await alice.get("/api/encryption/public-key")).body.fingerprint,
    iat: 1_800_000_000,
  });
  liar.lie(stepsOf(chat), (honest) => ({ ...honest, steps: [...honest.steps, signed].slice(0, 2) }));
  await part.outdate(chat.id);
  await using other = await cast.device(liar);
  expect((await other.chat(chat.id).encryption.view()).successor).toBe(alice.id);
});
