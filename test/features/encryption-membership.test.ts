/** The membership chain of encrypted chats: what is accepted and what is refused. */
import { afterAll, expect, setDefaultTimeout, spyOn, test } from "bun:test";

import { hashOf, done, EncryptedChat, type Peer, payloadOf, peers } from "../support/e2ee/encrypted-chat.ts";
import { makePair, sign } from "../support/e2ee/people.ts";
import { handOver, publish, reset } from "../support/e2ee/published.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const iss: string = (await server.api.get("/")).body.id;

const stateOf = async ({ person }: Peer, { path }: EncryptedChat) => done(await person.get(path)).body;
const membersOf = async ({ person }: Peer, { id }: EncryptedChat) =>
  done(await person.get(`/api/chats/${id}/members`)).body.members.map((one: any) => [one.user_id, one.role]);
const ids = (state: any): number[] => state.roster.map((one: any) => one.user_id);
const close = ({ person }: Peer) => server.operate("user disable", { username: person.username });
const reopen = async (peer: Peer): Promise<void> => {
  await server.operate("user enable", { username: peer.person.username });
  peer.person = await server.login(peer.person.username);
};

async function group(...names: string[]): Promise<{ chat: EncryptedChat; people: Peer[] }> {
  const people = await peers(server, ...names);
  return { chat: await EncryptedChat.on(server, people), people };
}

/** A group of people with keys that is still plain. */
async function plainGroup(...names: string[]): Promise<{ chat: EncryptedChat; people: Peer[] }> {
  const people = await peers(server, ...names);
  const [first, ...others] = people as [Peer, ...Peer[]];
  const id = await first.person.group("Plain", ...others.map((one) => one.person));
  return { chat: new EncryptedChat(iss, id), people };
}

// Turning it on

test("an owner turns encryption on, and everybody in the chat is told", async () => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const before = await stateOf(bob, chat);
  expect(before).toMatchObject({ on: false, epoch: 0, due: null, without_keys: [] });
  expect(ids(before)).toEqual([alice.person.id, bob.person.id]);
  const socket = await bob.person.connect();
  const reply = await chat.turnOn(alice);
  expect([reply.status, reply.body]).toEqual([201, { ...before, on: true, due: "create" }]);
  expect(await socket.next("encryption_membership")).toMatchObject({ chat_id: chat.id, m: 1 });
  expect(await socket.next("encryption_rekey_required")).toMatchObject({ reason: "create" });
  expect(await socket.next("chat_updated")).toMatchObject({
    chat: { id: chat.id, encryption: { on: true, epoch: 0 } },
  });
  const { steps } = (await bob.person.get(`${chat.path}/members`)).body;
  expect(steps).toHaveLength(1);
  expect(payloadOf(steps[0])).toMatchObject({ op: "create", by: alice.person.id, hist: "none" });
  expect((await bob.person.get(`${chat.path}/members?since=1`)).body).toEqual({
    steps: [],
    has_more: false,
  });
});

test("who was away hears of it when they come back", async () => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const away = await bob.person.connect();
  const { cursor } = away;
  await away.close();
  done(await chat.turnOn(alice), 201);
  const back = await bob.person.connect({ since: cursor });
  expect(await back.next("encryption_membership")).toMatchObject({ chat_id: chat.id, m: 1 });
  expect(await back.next("encryption_rekey_required")).toMatchObject({ chat_id: chat.id, reason: "create" });
});

test("either of two turns it on in their direct chat", async () => {
  const [alice, bob] = (await peers(server, "alice", "bob")) as [Peer, Peer];
  const chat = new EncryptedChat(iss, await alice.person.directWith(bob.person));
  expect((await chat.turnOn(bob)).status).toBe(201);
});

test("as long as somebody has no confirmed keys it is refused, and says whose are missing", async () => {
  const [alice] = (await peers(server, "alice")) as [Peer];
  const [bob, carol] = await server.people("bob", "carol");
  const id = await alice.person.group("Plain", bob, carol);
  const chat = new EncryptedChat(iss, id);
  const keeper = await publish(server, bob);
  expect(await stateOf(alice, chat)).toMatchObject({ without_keys: [carol.id] });
  const refused = await chat.turnOn(alice);
  expectRefused(refused, 409, "member_without_key");
  expect(refused.body.detail).toContain(`${carol.username} (${carol.id})`);
  expect(refused.body.detail).not.toContain(bob.username);
  expect(await stateOf(alice, chat)).toMatchObject({ on: false });
  await publish(server, carol);
  expect((await chat.turnOn(alice)).status).toBe(201);
  expect(keeper.chain).toHaveLength(1);
});

test("whose account is closed is not needed, and may not be listed", async () => {
  const { chat, people } = await plainGroup("alice", "bob", "carol");
  const [alice, , carol] = people as [Peer, Peer, Peer];
  const withCarol = await chat.create(alice);
  await close(carol);
  expectRefused(await chat.post(alice, withCarol), 409, "membership_conflict");
  expect((await chat.turnOn(alice)).status).toBe(201);
});

test.each<[why: string, change: (alice: Peer, bob: Peer) => object]>([
  [
    "somebody is left out",
    (alice) => ({
      members: [
        [alice.person.id, alice.keeper.ik.kid, "owner"],
        [9_999_999, "A".repeat(43), "member"],
      ],
    }),
  ],
  [
    "somebody is listed in another role",
    (alice, bob) => ({
      members: [
        [alice.person.id, alice.keeper.ik.kid, "owner"],
        [bob.person.id, bob.keeper.ik.kid, "admin"],
      ],
    }),
  ],
  [
    "somebody is listed by another key",
    (alice, bob) => ({
      members: [
        [alice.person.id, alice.keeper.ik.kid, "owner"],
        [bob.person.id, "A".repeat(43), "member"],
      ],
    }),
  ],
])("what is listed has to be who is in the chat: %s", async (_, change) => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  expectRefused(await chat.turnOn(alice, change(alice, bob)), 409, "membership_conflict");
  expect(await stateOf(alice, chat)).toMatchObject({ on: false });
});

test("only admins and the owner turn it on in a group, and strangers learn nothing", async () => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const [eve] = (await peers(server, "eve")) as [Peer];
  expectRefused(await chat.turnOn(bob), 422, "bad_object");
  const forged = await chat.create(alice);
  expectRefused(await chat.post(eve, forged), 404, "not_found");
  expectRefused(await eve.person.get(chat.path), 404, "not_found");
  expectRefused(await eve.person.get(`${chat.path}/members`), 404, "not_found");
  expectRefused(await chat.post(bob, forged), 422, "bad_object");
  // Another key signs in the name of the owner.
  const other = await makePair("ES256");
  const signed = await sign(payloadOf(forged), { ...other, kid: alice.keeper.ik.kid }, "chat-member+jws");
  expectRefused(await chat.post(alice, signed), 422, "bad_object");
  expectRefused(await chat.post(alice, "no object"), 422, "bad_object");
  expect((await chat.post(alice, forged)).status).toBe(201);
});

test("of two who turn it on at once one does, and nobody does it twice", async () => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await alice.person.put(chat.memberPath(bob.person), { role: "admin" });
  const [one, other] = [await chat.create(alice), await chat.create(bob)];
  const replies = await Promise.all([chat.post(alice, one), chat.post(bob, other)]);
  expect(replies.map((reply) => reply.status).toSorted()).toEqual([201, 409]);
  expectRefused(
    replies.find((reply) => reply.status === 409)!,
    409,
    "membership_conflict",
  );
  expectRefused(await chat.post(alice, one), 409, "membership_conflict");
  // As the next step: nobody has lost their identity.
  expectRefused(await chat.turnOn(alice), 422, "bad_object");
});

test("the policy changes by a step of its own", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const signed = await chat.step(alice, { op: "policy", hist: "shared" });
  expectRefused(
    await chat.post(bob, await chat.step(bob, { op: "policy", hist: "shared" })),
    422,
    "bad_object",
  );
  const another = await chat.post(bob, signed);
  expectRefused(another, 422, "bad_object");
  expect(another.body.detail).toBe("signed: somebody else has signed it.");
  const reply = await chat.post(alice, signed);
  expect([reply.status, reply.body.due]).toEqual([200, "membership"]);
  expectRefused(await chat.post(alice, signed), 409, "membership_conflict");
});

test("what goes with a call about members goes with no other", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const signed = await chat.step(alice, { op: "remove", user: bob.person.id });
  expectRefused(await chat.post(alice, signed), 422, "bad_object");
  expect(await membersOf(alice, chat)).toHaveLength(2);
});

// Members

test("an admin adds somebody by a signed step, and not without one", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const [carol] = (await peers(server, "carol")) as [Peer];
  const members = `/api/chats/${chat.id}/members`;
  const plain = await alice.person.post(members, { user_id: carol.person.id });
  expectRefused(plain, 422, "signature_required");
  const socket = await bob.person.connect();
  const added = await chat.add(alice, carol);
  expect([added.status, added.body.role]).toEqual([201, "member"]);
  expect(await socket.next("encryption_membership")).toMatchObject({ m: 2 });
  expect(await socket.next("member_added")).toMatchObject({ member: { user_id: carol.person.id } });
  const state = await stateOf(carol, chat);
  expect([state.due, ids(state)]).toEqual(["membership", [...ids(state)].sort((a, b) => a - b)]);
  expect(ids(state)).toContain(carol.person.id);
  expectRefused(await chat.add(alice, carol), 422, "bad_object");
});

test("a step says exactly what its call says", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const [carol, dave] = (await peers(server, "carol", "dave")) as [Peer, Peer];
  const members = `/api/chats/${chat.id}/members`;
  const add = await chat.step(alice, {
    op: "add",
    user: carol.person.id,
    ik_kid: carol.keeper.ik.kid,
    role: "member",
  });
  const refused = [
    await alice.person.post(members, { user_id: dave.person.id, signed: add }),
    await alice.person.post(members, { user_id: carol.person.id, role: "admin", signed: add }),
    await alice.person.put(chat.memberPath(bob.person), { role: "admin", signed: add }),
    await alice.person.call("DELETE", chat.memberPath(bob.person), { signed: add }),
    await bob.person.post(members, { user_id: carol.person.id, signed: add }),
  ];
  for (const one of refused) expectRefused(one, 422, "bad_object");
  expect(await membersOf(alice, chat)).toHaveLength(2);
  const done = await alice.person.post(members, { user_id: carol.person.id, role: "member", signed: add });
  expect(done.status).toBe(201);
});

test("who is added has confirmed keys, and the step names those of now", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice] = people as [Peer];
  const [carol] = (await peers(server, "carol")) as [Peer];
  const [dave] = await server.people("dave");
  const signed = await chat.step(alice, {
    op: "add",
    user: dave.id,
    ik_kid: "A".repeat(43),
    role: "member",
  });
  const lacking = await alice.person.post(`/api/chats/${chat.id}/members`, { user_id: dave.id, signed });
  expectRefused(lacking, 409, "member_without_key");
  expect(lacking.body.detail).toContain(dave.username);
  const old = carol.keeper.ik.kid;
  await handOver(carol.person, carol.keeper);
  const refused = await chat.add(alice, carol, "member", { ik_kid: old });
  expectRefused(refused, 409, "membership_conflict");
  expect((await chat.add(alice, carol)).status).toBe(201);
});

test("a plain chat takes no signed step", async () => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const signed = await chat.step(alice, { op: "remove", user: bob.person.id });
  const reply = await alice.person.call("DELETE", chat.memberPath(bob.person), { signed });
  expectRefused(reply, 409, "not_encrypted");
  expect((await alice.person.delete(chat.memberPath(bob.person))).status).toBe(204);
});

test("a body of DELETE is looked at: another content type, or none, is refused", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const path = chat.memberPath(bob.person);
  expectRefused(
    await alice.person.delete(path, { raw: "signed=1", headers: { "Content-Type": "text/plain" } }),
    415,
    "unsupported_media_type",
  );
  const headers = { "Content-Type": "application/json" };
  expectRefused(await alice.person.delete(path, { raw: "{", headers }), 400, "malformed_json");
  expect((await alice.person.delete(path, { raw: "{}", headers })).status).toBe(204);
});

test("roles are signed, and the chat is handed over", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const plain = await alice.person.put(chat.memberPath(bob.person), { role: "admin" });
  expectRefused(plain, 422, "signature_required");
  expect((await chat.setRole(alice, bob, "admin")).body.role).toBe("admin");
  expect((await chat.setRole(alice, bob, "owner")).body.role).toBe("owner");
  expect(await membersOf(alice, chat)).toEqual([
    [alice.person.id, "admin"],
    [bob.person.id, "owner"],
  ]);
  // No new reader: the epoch goes on.
  expect(await stateOf(alice, chat)).toMatchObject({ due: null });
  expectRefused(await chat.setRole(alice, bob, "member"), 422, "bad_object");
});

test("a step that another was quicker than is refused, and nothing of it happens", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob, carol] = people as [Peer, Peer, Peer];
  const steps = [bob, carol].map(async ({ person }) => {
    const signed = await chat.step(alice, { op: "remove", user: person.id });
    return () => alice.person.call("DELETE", chat.memberPath(person), { signed });
  });
  const [first, second] = await Promise.all(steps);
  const replies = await Promise.all([first!(), second!()]);
  expect(replies.map((reply) => reply.status).toSorted()).toEqual([204, 409]);
  expectRefused(
    replies.find((reply) => reply.status === 409)!,
    409,
    "membership_conflict",
  );
  expect(await membersOf(alice, chat)).toHaveLength(2);
});

test("nobody is added without a step whom encryption was quicker than", async () => {
  const { chat, people } = await plainGroup("alice", "bob");
  const [alice] = people as [Peer];
  const [carol] = (await peers(server, "carol")) as [Peer];
  const create = await chat.create(alice);
  const { db } = server.app["kit"];
  const transact = db.transact.bind(db);
  // Between what is read of the chat and the change of it.
  using spy = spyOn(db, "transact").mockImplementationOnce(async (run) => {
    done(await chat.post(alice, create), 201);
    return transact(run);
  });
  const added = await alice.person.post(`/api/chats/${chat.id}/members`, { user_id: carol.person.id });
  expect(spy.mock.calls.length).toBeGreaterThan(1);
  expectRefused(added, 409, "membership_conflict");
  expect(await membersOf(alice, chat)).toHaveLength(2);
});

// Going

test("members go with a signed step, and also without one", async () => {
  const { chat, people } = await group("alice", "bob", "carol", "dave", "erin");
  const [alice, bob, carol, dave, erin] = people as [Peer, Peer, Peer, Peer, Peer];
  expect((await chat.remove(alice, bob)).status).toBe(204);
  expect((await chat.remove(carol, carol)).status).toBe(204);
  expect(await chat.membership(alice)).toMatchObject({ m: 3 });
  await chat.begin(alice);
  const socket = await alice.person.connect();
  expect((await alice.person.delete(chat.memberPath(dave.person))).status).toBe(204);
  expect(await socket.next("encryption_rekey_required")).toMatchObject({ reason: "membership" });
  expect((await erin.person.delete(chat.memberPath(erin.person))).status).toBe(204);
  expect(await chat.membership(alice)).toMatchObject({ m: 3 });
  expect(ids(await stateOf(alice, chat))).toEqual([alice.person.id]);
});

test("an owner does not leave the others, signed or not", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice] = people as [Peer];
  expectRefused(await alice.person.delete(chat.memberPath(alice.person)), 409, "owner_must_hand_over");
  expectRefused(await chat.remove(alice, alice), 422, "bad_object");
});

test("who went without a step comes back in the role that the chain has, by a rekey", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob] = people as [Peer, Peer];
  await chat.setRole(alice, bob, "admin");
  await bob.person.delete(chat.memberPath(bob.person));
  await chat.begin(alice);
  expectRefused(await chat.add(alice, bob), 422, "bad_object");
  const back = await chat.rekey(alice, bob);
  expect([back.status, back.body.role]).toEqual([201, "admin"]);
  expect(ids(await stateOf(bob, chat))).toContain(bob.person.id);
});

// Keys that are lost

test("after a reset somebody is not in the roster until an admin lets them in again", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob, carol] = people as [Peer, Peer, Peer];
  const socket = await alice.person.connect();
  await reset(bob.person, bob.keeper);
  expect(await socket.next("encryption_rekey_required")).toMatchObject({
    chat_id: chat.id,
    reason: "keys",
  });
  expect(ids(await stateOf(alice, chat))).toEqual([alice.person.id, carol.person.id]);
  // Nobody vouches for themselves, nor a member where there is an admin.
  expectRefused(await chat.rekey(bob, bob), 422, "bad_object");
  expectRefused(await chat.rekey(carol, bob), 422, "bad_object");
  await chat.begin(alice);
  const again = await chat.rekey(alice, bob);
  expect([again.status, again.body.user_id]).toEqual([201, bob.person.id]);
  expect(await stateOf(alice, chat)).toMatchObject({ due: "membership" });
  await chat.begin(bob);
  expect(await stateOf(bob, chat)).toMatchObject({ due: null, epoch: 3 });
});

test("an identity that was handed over stays in, and signs on", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const old = alice.keeper.ik;
  await handOver(alice.person, alice.keeper);
  await server.settled();
  expect(await stateOf(bob, chat)).toMatchObject({ due: "keys" });
  expect(ids(await stateOf(bob, chat))).toContain(alice.person.id);
  const { ik } = alice.keeper;
  alice.keeper.ik = old;
  // A key of before, which may have been stolen, does nothing any more.
  expectRefused(await chat.setRole(alice, bob, "admin"), 422, "bad_object");
  alice.keeper.ik = ik;
  expect((await chat.setRole(alice, bob, "admin")).status).toBe(200);
});

test("the only admin who has lost everything is let in again by a member", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await reset(alice.person, alice.keeper);
  const again = await chat.rekey(bob, alice);
  expect([again.status, again.body.role]).toEqual([201, "owner"]);
});

test("in a direct chat each lets the other in again", async () => {
  const [alice, bob] = (await peers(server, "alice", "bob")) as [Peer, Peer];
  const chat = await EncryptedChat.on(server, [alice, bob], { isDirect: true });
  await reset(bob.person, bob.keeper);
  expect(ids(await stateOf(alice, chat))).toEqual([alice.person.id]);
  expect((await chat.rekey(alice, bob)).status).toBe(201);
  expect(ids(await stateOf(alice, chat))).toEqual([alice.person.id, bob.person.id]);
});

test("where both have lost everything, either begins the chain anew", async () => {
  const [alice, bob] = (await peers(server, "alice", "bob")) as [Peer, Peer];
  const chat = await EncryptedChat.on(server, [alice, bob], { isDirect: true });
  await reset(alice.person, alice.keeper);
  const early = await chat.step(alice, {
    op: "create",
    hist: "none",
    members: [alice, bob].map((one) => [one.person.id, one.keeper.ik.kid, "member"]),
  });
  expectRefused(await chat.post(alice, early), 422, "bad_object");
  await reset(bob.person, bob.keeper);
  await server.settled();
  expect(ids(await stateOf(alice, chat))).toEqual([]);
  const members = [alice, bob].map((one) => [one.person.id, one.keeper.ik.kid, "member"]);
  const reply = await chat.turnOn(bob, { members });
  expect([reply.status, reply.body.epoch, ids(reply.body)]).toEqual([
    201,
    1,
    [alice.person.id, bob.person.id],
  ]);
  expect((await chat.begin(alice)).n).toBe(2);
});

test("a group begins anew when all have lost everything, and not without somebody who was in it", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob, carol] = people as [Peer, Peer, Peer];
  for (const one of people) await reset(one.person, one.keeper);
  const listed = [alice, bob, carol].map((one, i) => [
    one.person.id,
    one.keeper.ik.kid,
    i === 0 ? "owner" : "member",
  ]);
  done(await carol.person.delete(`/api/chats/${chat.id}/members/${carol.person.id}`), 204);
  expectRefused(await chat.turnOn(alice, { members: listed.slice(0, 2) }), 422, "bad_object");
  const whole = await group("alice", "bob");
  for (const one of whole.people) await reset(one.person, one.keeper);
  const both = whole.people.map((one, i) => [one.person.id, one.keeper.ik.kid, i === 0 ? "owner" : "member"]);
  expect((await whole.chat.turnOn(whole.people[0]!, { members: both })).status).toBe(201);
  expect(ids(await stateOf(whole.people[1]!, whole.chat))).toEqual(whole.people.map((one) => one.person.id));
});

// Accounts that are closed

test("whose account was closed and opened again is let in again by the identity that they had", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  const socket = await alice.person.connect();
  await close(bob);
  expect(await socket.next("encryption_rekey_required")).toMatchObject({ reason: "membership" });
  await chat.begin(alice);
  await reopen(bob);
  await server.settled();
  // They were away for an epoch: clients take them again only after a step.
  expect(await stateOf(alice, chat)).toMatchObject({ due: null });
  expect(ids(await stateOf(alice, chat))).toEqual([alice.person.id]);
  expect((await chat.rekey(alice, bob)).status).toBe(201);
  expect(await stateOf(alice, chat)).toMatchObject({ due: "membership" });
  expect(ids(await stateOf(alice, chat))).toEqual([alice.person.id, bob.person.id]);
});

test("another name or picture makes no epoch due", async () => {
  const { chat, people } = await group("alice", "bob");
  const [alice, bob] = people as [Peer, Peer];
  await bob.person.put("/api/auth/me", { full_name: "Robert" });
  await server.settled();
  expect(await stateOf(alice, chat)).toMatchObject({ due: null });
});

test("an owner whose account is closed is succeeded by a step of the person whom the chain gives", async () => {
  const { chat, people } = await group("alice", "bob", "carol");
  const [alice, bob, carol] = people as [Peer, Peer, Peer];
  await chat.setRole(alice, carol, "admin");
  // As long as the owner is there, nobody succeeds them.
  expectRefused(await chat.setRole(carol, carol, "owner"), 403, "forbidden");
  await close(alice);
  await server.settled();
  // The server makes no successor here.
  expect(await membersOf(bob, chat)).toContainEqual([alice.person.id, "owner"]);
  expectRefused(await chat.setRole(bob, bob, "owner"), 422, "bad_object");
  const reply = await chat.setRole(carol, carol, "owner");
  expect([reply.status, reply.body.role]).toEqual([200, "owner"]);
  expect(await membersOf(bob, chat)).toEqual([
    [alice.person.id, "admin"],
    [bob.person.id, "member"],
    [carol.person.id, "owner"],
  ]);
  const [last] = (await bob.person.history(chat.id)).toReversed();
  expect(last.system).toMatchObject({ event: "owner_succeeded", user_id: carol.person.id });
});

test("the operator hands over no encrypted group", async () => {
  const { chat, people } = await group("alice", "bob");
  const [, bob] = people as [Peer, Peer];
  const input = { chat_id: chat.id, username: bob.person.username };
  await expect(server.operate("chat transfer", input)).rejects.toMatchObject({ code: "encryption_required" });
});

test("a chain survives a restart, and goes on", async () => {
  await using own = await TestServer.start();
  const people = (await peers(own, "alice", "bob")) as [Peer, Peer];
  const chat = await EncryptedChat.on(own, people);
  await own.restart();
  const again: Peer[] = people.map(({ person, keeper }) => ({ person: own.as(person.signedIn), keeper }));
  const [alice, bob] = again as [Peer, Peer];
  expect((await chat.setRole(alice, bob, "admin")).status).toBe(200);
  const { steps } = (await bob.person.get(`${chat.path}/members`)).body;
  expect(steps.map((one: string) => payloadOf(one).prev)).toEqual([null, hashOf(steps[0])]);
});
