/** An encrypted chat of 512: as many as there may be. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { crowdInto } from "../support/crowd.ts";
import { keysForCrowd } from "../support/e2ee/crowd-keys.ts";
import { done, EncryptedChat, type Peer, peers } from "../support/e2ee/encrypted-chat.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());
const iss: string = (await server.api.get("/")).body.id;

test("512 people have an encrypted chat, and nobody more", async () => {
  const [alice, bob, carol] = (await peers(server, "alice", "bob", "carol")) as [Peer, Peer, Peer];
  const id = await alice.person.group("Everybody", bob.person);
  await server.settled();
  crowdInto(server.dataDir, id, 510);
  await keysForCrowd(server.dataDir, iss, id);
  expect((await server.api.get("/")).body.limits.encrypted_chat_members).toBe(512);
  const chat = new EncryptedChat(iss, id);
  done(await chat.turnOn(alice), 201);
  const epoch = await chat.begin(alice);
  expect(JSON.parse(epoch.envelope).recipients).toHaveLength(512);
  const { epochs, rosters } = done(await bob.person.get(`${chat.path}/epochs`)).body;
  expect(epochs[0].recipient).toContain(bob.keeper.ek.kid);
  expect(Object.values(rosters)).toEqual([expect.objectContaining({ length: 512 })]);
  expectRefused(await chat.add(alice, carol), 422, "bad_object");
  done(await chat.remove(alice, bob), 204);
  done(await chat.add(alice, carol), 201);
});

test("a chat of more than 512 is not encrypted", async () => {
  const [alice] = (await peers(server, "alice")) as [Peer];
  const id = await alice.person.group("Too many");
  await server.settled();
  crowdInto(server.dataDir, id, 512);
  const chat = new EncryptedChat(iss, id);
  const state = done(await alice.person.get(chat.path)).body;
  expect([state.roster, state.without_keys]).toEqual([[], []]);
  const listed = Array.from({ length: 513 }, (_, i) => [i + 1, alice.keeper.ik.kid, "member"]);
  expectRefused(await chat.turnOn(alice, { members: listed }), 422, "bad_object");
});
