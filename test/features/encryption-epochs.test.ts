/** Epochs of encrypted chats: what is accepted and what is refused, and when another one is due. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { type FlattenedJWE, flattenedDecrypt } from "jose";

import { rosterHash } from "../../src/e2ee/epochs.ts";
import { ChatError } from "../../src/core/errors.ts";
import { chatEncryption } from "../../src/features/chat/index.ts";
import { ManualClock } from "../support/clock.ts";
import { done, EncryptedChat, type Epoch, hashOf, type Peer, peers } from "../support/e2ee/encrypted-chat.ts";
import { makePair } from "../support/e2ee/people.ts";
import { publishNext, reset, rotate } from "../support/e2ee/published.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());

async function group(...names: string[]): Promise<{ chat: EncryptedChat; people: Peer[] }> {
  const people = await peers(server, ...names);
  return { chat: await EncryptedChat.on(server, people, { hasEpoch: false }), people };
}

const stateOf = async ({ person }: Peer, { path }: EncryptedChat) => done(await person.get(path)).body;
const dueIn = async (chat: EncryptedChat, by: Peer) => (await stateOf(by, chat)).due;

/** The key of an epoch, as somebody opens what is theirs. */
async function open({ keeper }: Peer, recipient: string): Promise<Uint8Array> {
  const jwe = JSON.parse(recipient) as FlattenedJWE & { header: object };
  expect(jwe.header).toEqual({ alg: "RSA-OAEP-256", kid: keeper.ek.kid });
  return new Uint8Array((await flattenedDecrypt(jwe, keeper.ek.privateKey)).plaintext);
}

test("whoever begins an epoch gives everybody in the chat its key, and the chat is told", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const socket = await bob.person.connect();
  const epoch = await chat.makeEpoch(alice);
  const reply = await chat.offer(alice, epoch);
  expect([reply.status, reply.body]).toEqual([201, { n: 1 }]);
  expect(await socket.next("encryption_epoch")).toMatchObject({ chat_id: chat.id, n: 1 });
  expect((await bob.person.get(`/api/chats/${chat.id}`)).body.encryption).toEqual({ on: true, epoch: 1 });
  expect(await stateOf(bob, chat)).toMatchObject({ epoch: 1, due: null });
  for (const one of [alice, bob]) {
    const { epochs, rosters, has_more } = done(await one.person.get(`${chat.path}/epochs`)).body;
    expect([epochs.length, epochs[0].n, epochs[0].announcement, has_more]).toEqual([
      1,
      1,
      epoch.announcement,
      false,
    ]);
    expect(await open(one, epochs[0].recipient)).toEqual(epoch.key);
    const roster = await chat.roster(one);
    expect(rosters).toEqual({
      [await rosterHash(roster)]: roster.map(({ user, ikKid, ekKid }) => ({
        user_id: user,
        ik_kid: ikKid,
        ek_kid: ekKid,
      })),
    });
  }
});

test("who was away hears of the epoch, and no more of what was due", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await chat.begin(alice);
  const away = await bob.person.connect();
  const { cursor } = away;
  await away.close();
  await reset(alice.person, alice.keeper);
  await server.settled();
  await chat.begin(bob);
  const back = await bob.person.connect({ since: cursor });
  expect(await back.next("encryption_epoch")).toMatchObject({ chat_id: chat.id, n: 2 });
  expect(await back.settled("encryption_rekey_required")).toEqual([]);
});

// What is refused

const kid = "K".repeat(43);
type Change = (chat: EncryptedChat, alice: Peer, bob: Peer) => Promise<Epoch> | Epoch;
const refused: Record<string, [status: number, code: string, change: Change]> = {
  "a number left out": [409, "epoch_conflict", (chat, alice) => chat.makeEpoch(alice, { n: 3 })],
  "another epoch before it": [409, "epoch_conflict", (chat, alice) => chat.makeEpoch(alice, { prev: kid })],
  "another step": [409, "roster_mismatch", (chat, alice) => chat.makeEpoch(alice, { m: 2 })],
  "another chain": [409, "roster_mismatch", (chat, alice) => chat.makeEpoch(alice, { members: kid })],
  "another hash of the roster": [
    409,
    "roster_mismatch",
    (chat, alice) => chat.makeEpoch(alice, { roster: kid }),
  ],
  "somebody is left out": [
    409,
    "roster_mismatch",
    async (chat, alice) => chat.makeEpoch(alice, {}, (await chat.roster(alice)).slice(0, 1)),
  ],
  "somebody is left out of the envelope alone": [
    409,
    "roster_mismatch",
    async (chat, alice) => {
      const epoch = await chat.makeEpoch(alice);
      const envelope = await chat.enclose(alice, epoch, (await chat.roster(alice)).slice(0, 1));
      return { ...epoch, envelope };
    },
  ],
  "somebody is in it twice": [
    422,
    "duplicate_recipient",
    async (chat, alice) => {
      const epoch = await chat.makeEpoch(alice);
      const envelope = JSON.parse(epoch.envelope);
      envelope.recipients.push(envelope.recipients[0]);
      return { ...epoch, envelope: JSON.stringify(envelope) };
    },
  ],
  "another has signed it": [422, "bad_object", (chat, _, bob) => chat.makeEpoch(bob)],
  "a key of nobody has signed it": [
    422,
    "bad_object",
    async (chat, alice) => {
      const other = { ...(await makePair("ES256")), kid: alice.keeper.ik.kid };
      const keeper = Object.assign(Object.create(alice.keeper), { ik: other });
      return chat.makeEpoch({ person: alice.person, keeper });
    },
  ],
  "another chat": [422, "bad_object", (chat, alice) => chat.makeEpoch(alice, { chat: 9_999_999 })],
  "another server": [
    422,
    "bad_object",
    (chat, alice) => chat.makeEpoch(alice, { iss: "AAAAAAAAAAAAAAAAAAAAAA" }),
  ],
  "an envelope of another announcement": [
    422,
    "bad_object",
    async (chat, alice) => ({
      ...(await chat.makeEpoch(alice)),
      envelope: (await chat.makeEpoch(alice)).envelope,
    }),
  ],
  "no announcement": [
    422,
    "bad_object",
    async (chat, alice) => ({ ...(await chat.makeEpoch(alice)), announcement: "none" }),
  ],
  "another algorithm": [
    422,
    "bad_algorithm",
    async (chat, alice) => {
      const epoch = await chat.makeEpoch(alice);
      return { ...epoch, envelope: epoch.envelope.replace("RSA-OAEP-256", "RSA-OAEP") };
    },
  ],
};

test.each(Object.entries(refused))("no epoch begins with %s", async (_, [status, code, change]) => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  expectRefused(await chat.offer(alice, await change(chat, alice, bob)), status, code);
  expect(await chat.epochs(alice)).toEqual([]);
  await chat.begin(alice);
});

test("a plain chat has no epochs, a closed one no more, and strangers see none", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const [eve] = (await peers(server, "eve")) as [Peer];
  const epoch = await chat.makeEpoch(alice);
  expectRefused(await chat.offer(eve, epoch), 404, "not_found");
  expectRefused(await eve.person.get(`${chat.path}/epochs`), 404, "not_found");
  const plain = `/api/chats/${await alice.person.directWith(bob.person)}/encryption/epochs`;
  const { announcement, envelope } = epoch;
  expectRefused(await alice.person.post(plain, { announcement, envelope }), 409, "not_encrypted");
  expect((await alice.person.get(plain)).body).toEqual({ epochs: [], rosters: {}, has_more: false });
  await alice.person.delete(`/api/chats/${chat.id}`);
  expectRefused(await chat.offer(alice, epoch), 409, "chat_inactive");
});

test("an envelope that is longer than one for 512 is refused", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice] = people as [Peer];
  const epoch = await chat.makeEpoch(alice);
  const reply = await chat.offer(alice, { ...epoch, envelope: " ".repeat(524_289) });
  expectInvalid(reply, "envelope");
});

test("nobody offers the epoch of another", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const reply = await chat.offer(bob, await chat.makeEpoch(alice));
  expectRefused(reply, 422, "bad_object");
  expect(reply.body.detail).toBe("announcement: somebody else has signed it.");
});

// Races

test("of two who begin an epoch at once one does, and the other is told which is the current one", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const epochs = [await chat.makeEpoch(alice), await chat.makeEpoch(bob)] as const;
  const replies = await Promise.all([chat.offer(alice, epochs[0]), chat.offer(bob, epochs[1])]);
  expect(replies.map((reply) => reply.status).toSorted()).toEqual([201, 409]);
  const late = replies.find((reply) => reply.status === 409)!;
  expectRefused(late, 409, "epoch_conflict");
  expect(await chat.epochs(alice)).toHaveLength(1);
});

test("whoever is removed while they begin an epoch does not read it", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob, carol] = people as [Peer, Peer, Peer];
  await chat.begin(alice);
  const before = await chat.makeEpoch(bob, { reason: "repair" });
  const signed = await chat.step(alice, { op: "remove", user: bob.person.id });
  const [removed, offered] = await Promise.all([
    alice.person.call("DELETE", chat.memberPath(bob.person), { signed }),
    chat.offer(bob, before),
  ]);
  expect(removed.status).toBe(204);
  expect([201, 404, 409]).toContain(offered.status);
  // Whichever was first: another one is due before the next message, and it is not for them.
  const state = await stateOf(alice, chat);
  expect(state.due).toBe("membership");
  expectRefused(await chat.offer(bob, before), 404, "not_found");
  const next = await chat.begin(carol);
  const { epochs } = (await alice.person.get(`${chat.path}/epochs?since=${next.n - 1}`)).body;
  expect(epochs).toHaveLength(1);
  expect(JSON.parse(next.envelope).recipients).toHaveLength(2);
});

test("an epoch for who was in the chat a moment ago is refused", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob] = people as [Peer, Peer];
  const before = await chat.makeEpoch(alice);
  expect((await chat.remove(alice, bob)).status).toBe(204);
  expectRefused(await chat.offer(alice, before), 409, "roster_mismatch");
  await chat.begin(alice);
});

test("a member who went without a step is not in the next epoch", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob] = people as [Peer, Peer];
  const before = await chat.makeEpoch(alice);
  await bob.person.delete(chat.memberPath(bob.person));
  expectRefused(await chat.offer(alice, before), 409, "roster_mismatch");
  expect(JSON.parse((await chat.begin(alice)).envelope).recipients).toHaveLength(2);
});

// When one is due

test("as long as none is due none begins, but one that repairs", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await chat.begin(alice);
  expectRefused(await chat.offer(bob, await chat.makeEpoch(bob)), 409, "epoch_not_due");
  await chat.begin(bob, { reason: "repair" });
  await chat.begin(alice, { reason: "restored" });
});

test("repairs are limited for each person and chat; what is due is not", async () => {
  await using limited = await TestServer.start({ config: { rateLimits: "on", epochRepairsPerHour: 2 } });
  const people = (await peers(limited, "alice", "bob")) as [Peer, Peer];
  const [alice, bob] = people;
  const chat = await EncryptedChat.on(limited, people);
  expect((await limited.api.get("/")).body.limits.epoch_repairs_per_hour).toBe(2);
  for (let i = 0; i < 2; i++) await chat.begin(alice, { reason: "repair" });
  const third = await chat.offer(alice, await chat.makeEpoch(alice, { reason: "repair" }));
  expectRefused(third, 429, "rate_limited");
  await chat.begin(bob, { reason: "repair" });
  done(await chat.add(alice, (await peers(limited, "carol"))[0]!), 201);
  await chat.begin(alice, { reason: "repair" });
});

test("other keys of a member make another epoch due, which is for those", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await chat.begin(alice);
  const socket = await alice.person.connect();
  const entry = await rotate(bob.keeper);
  done(await publishNext(bob.person, bob.keeper, entry));
  await bob.keeper.publish(entry);
  expect(await socket.next("encryption_rekey_required")).toMatchObject({ chat_id: chat.id, reason: "keys" });
  const next = await chat.begin(alice);
  const [last] = (await chat.epochs(bob)).toReversed();
  expect(await open(bob, last!.recipient!)).toEqual(next.key);
});

test("what is due is told once, however often it becomes so", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob, carol] = people as [Peer, Peer, Peer];
  await chat.begin(alice);
  const socket = await alice.person.connect();
  await reset(bob.person, bob.keeper);
  await reset(carol.person, carol.keeper);
  await server.settled();
  expect(await socket.settled("encryption_rekey_required")).toHaveLength(1);
  expect(await dueIn(chat, alice)).toBe("keys");
});

test("after so many messages, or so many days, another epoch is due", async () => {
  const clock = new ManualClock();
  await using own = await TestServer.start({ clock, config: { epochMessages: 3, epochDays: 2 } });
  const people = (await peers(own, "alice", "bob")) as [Peer, Peer];
  const [alice, bob] = people;
  const chat = await EncryptedChat.on(own, people);
  const send = async (mid: string) => {
    const message = { content: await chat.seal(alice, mid), client_id: mid, encrypted: true };
    return alice.person.post(`/api/messages/${chat.id}`, message);
  };
  for (const mid of ["first", "second"]) done(await send(mid), 201);
  expect(await dueIn(chat, bob)).toBeNull();
  expectRefused(await chat.offer(alice, await chat.makeEpoch(alice)), 409, "epoch_not_due");
  done(await send("third"), 201);
  expect(await dueIn(chat, bob)).toBe("count");
  expectRefused(await send("fourth"), 409, "stale_epoch");
  await chat.begin(alice, { reason: "count" });
  done(await send("fourth"), 201);
  expect(await dueIn(chat, bob)).toBeNull();
  clock.turn(2 * 86_400_000 - 1);
  for (const one of people) one.person = await own.login(one.person.username);
  expect(await dueIn(chat, bob)).toBeNull();
  clock.turn(1);
  expect(await dueIn(chat, bob)).toBe("age");
  await chat.begin(bob, { reason: "age" });
  expect(await dueIn(chat, bob)).toBeNull();
});

// Reading

test("epochs come in pages, and each roster once", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const [carol] = (await peers(server, "carol")) as [Peer];
  await chat.begin(alice);
  await chat.begin(alice, { reason: "repair" });
  done(await chat.add(alice, carol), 201);
  await chat.begin(alice);
  const page = async (who: Peer, query: string) =>
    done(await who.person.get(`${chat.path}/epochs?${query}`)).body;
  const first = await page(carol, "limit=2");
  expect(first.epochs.map((one: any) => [one.n, one.recipient])).toEqual([
    [1, null],
    [2, null],
  ]);
  expect([Object.keys(first.rosters).length, first.has_more]).toEqual([1, true]);
  const second = await page(carol, "since=2");
  expect(await open(carol, second.epochs[0].recipient)).toEqual(chat.epoch!.key);
  expect([second.epochs.length, Object.keys(second.rosters).length, second.has_more]).toEqual([1, 1, false]);
  expect(await page(bob, "since=1&limit=1")).toMatchObject({ rosters: {}, has_more: true });
  expect(await page(bob, "since=3")).toEqual({ epochs: [], rosters: {}, has_more: false });
  expectInvalid(await bob.person.get(`${chat.path}/epochs?since=x`), "query.since");
  const announcements = (await chat.epochs(bob)).map((one) => one.announcement);
  expect(announcements.map((one) => JSON.parse(atob(one.split(".")[1]!)).prev)).toEqual([
    null,
    hashOf(announcements[0]!),
    hashOf(announcements[1]!),
  ]);
});

// Messages

/** What a message path is told of a ciphertext: the code, or `yes`. */
async function current(
  of: TestServer,
  chat: EncryptedChat,
  from: Peer,
  content: string,
  clientId: string | undefined = "one",
): Promise<string> {
  const kit = of.app["kit"];
  const ciphertext = { chatId: chat.id, senderId: from.person.id, clientId, content };
  const [encryption] = chatEncryption.values;
  try {
    await kit.db.transact((tx) => encryption!.requireCurrent(kit, tx, ciphertext));
    return "yes";
  } catch (error) {
    if (error instanceof ChatError) return error.code;
    throw error;
  }
}

test("a message has to be under the epoch of now, and say what its call says", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await chat.begin(alice);
  const asked = (content: string, clientId?: string) => current(server, chat, alice, content, clientId);
  const sealed = await chat.seal(alice, "one");
  expect(await asked(sealed)).toBe("yes");
  expect(await asked(sealed, "two")).toBe("bad_object");
  expect(await current(server, chat, bob, sealed)).toBe("bad_object");
  expect(await asked(await chat.seal(alice, "one", "hello", { chat: chat.id + 1 }))).toBe("bad_object");
  expect(await asked("plain text")).toBe("bad_object");
  expect(await asked(await chat.seal(alice, "one", "hello", { zip: "DEF" }))).toBe("bad_algorithm");
  expect(await asked(await chat.seal(alice, "one", "hello", { extra: 1 }))).toBe("bad_algorithm");
  expect(await asked(await chat.seal(alice, "one", "hello", { n: 2 }))).toBe("stale_epoch");
  expect(await asked(await chat.seal(alice, "one", "hello", { kid }))).toBe("stale_epoch");
  await chat.begin(bob, { reason: "repair" });
  expect(await asked(sealed)).toBe("stale_epoch");
  const next = await chat.seal(alice, "one");
  expect(await asked(next)).toBe("yes");
  expect((await chat.remove(alice, bob)).status).toBe(204);
  expect(await asked(next)).toBe("stale_epoch");
});
