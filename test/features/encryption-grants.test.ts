/** Grants of keys of earlier epochs: handed from one member to another. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { compactDecrypt } from "jose";

import { EncryptedChat, type Peer, peers } from "../support/e2ee/encrypted-chat.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());

async function scene(): Promise<{ chat: EncryptedChat; path: string; people: [Peer, Peer, Peer] }> {
  const people = (await peers(server, "alice", "bob", "carol")) as [Peer, Peer, Peer];
  const chat = await EncryptedChat.on(server, people);
  return { chat, path: `${chat.path}/grants`, people };
}

const given = async ({ person }: Peer, path: string) =>
  (await person.get(path)).body.grants.map((one: any) => [one.by_user_id, one.jwe]);

test("somebody hands a member keys, who is told and opens them; nobody else has them", async () => {
  const { chat, path, people } = await scene();
  const [alice, bob, carol] = people;
  const socket = await bob.person.connect();
  const jwe = await chat.grant(bob, "what is inside");
  const reply = await alice.person.post(path, { to_user_id: bob.person.id, jwe });
  expect([reply.status, reply.body]).toEqual([
    201,
    { by_user_id: alice.person.id, jwe, created_at: expect.any(String) },
  ]);
  expect(await socket.next("encryption_grant")).toMatchObject({
    chat_id: chat.id,
    by_user_id: alice.person.id,
  });
  const [[, found]] = await given(bob, path);
  const opened = await compactDecrypt(found, bob.keeper.ek.privateKey);
  expect(new TextDecoder().decode(opened.plaintext)).toBe("what is inside");
  expect(await given(alice, path)).toEqual([]);
  expect(await given(carol, path)).toEqual([]);
});

test("of each giver the last one counts, the newest first", async () => {
  const { chat, path, people } = await scene();
  const [alice, bob, carol] = people;
  const jwes = [await chat.grant(bob, "1"), await chat.grant(bob, "2"), await chat.grant(bob, "3")];
  await alice.person.post(path, { to_user_id: bob.person.id, jwe: jwes[0] });
  await carol.person.post(path, { to_user_id: bob.person.id, jwe: jwes[1] });
  expect(await given(bob, path)).toEqual([
    [carol.person.id, jwes[1]],
    [alice.person.id, jwes[0]],
  ]);
  await alice.person.post(path, { to_user_id: bob.person.id, jwe: jwes[2] });
  expect(await given(bob, path)).toEqual([
    [alice.person.id, jwes[2]],
    [carol.person.id, jwes[1]],
  ]);
});

test("who was away hears of a grant, once", async () => {
  const { chat, path, people } = await scene();
  const [alice, bob] = people;
  const away = await bob.person.connect();
  const { cursor } = away;
  await away.close();
  for (let i = 0; i < 2; i++) {
    await alice.person.post(path, { to_user_id: bob.person.id, jwe: await chat.grant(bob) });
  }
  const back = await bob.person.connect({ since: cursor });
  await back.next("encryption_grant");
  expect(await back.settled("encryption_grant")).toHaveLength(1);
});

test("only members give, and only to members, and only in an encrypted chat", async () => {
  const { chat, path, people } = await scene();
  const [alice, bob, carol] = people;
  const [eve] = (await peers(server, "eve")) as [Peer];
  const jwe = await chat.grant(bob);
  const to = ({ person }: Peer) => ({ to_user_id: person.id, jwe });
  expectRefused(await eve.person.post(path, to(bob)), 404, "not_found");
  expectRefused(await eve.person.get(path), 404, "not_found");
  expectRefused(await alice.person.post(path, to(eve)), 404, "not_found");
  expectInvalid(await alice.person.post(path, to(alice)), "to_user_id");
  const plain = `/api/chats/${await alice.person.directWith(bob.person)}/encryption/grants`;
  expectRefused(await alice.person.post(plain, to(bob)), 409, "not_encrypted");
  expect(await given(bob, plain)).toEqual([]);
  expect((await chat.remove(alice, carol)).status).toBe(204);
  expectRefused(await alice.person.post(path, to(carol)), 404, "not_found");
  expect((await alice.person.post(path, to(bob))).status).toBe(201);
});

test("what is handed over has the form of a grant, and is no longer than one may be", async () => {
  await using own = await TestServer.start({ config: { maxGrantBytes: 4096 } });
  const people = (await peers(own, "alice", "bob")) as [Peer, Peer];
  const [alice, bob] = people;
  const chat = await EncryptedChat.on(own, people);
  expect((await own.api.get("/")).body.limits.grant_bytes).toBe(4096);
  const give = (jwe: string) => alice.person.post(`${chat.path}/grants`, { to_user_id: bob.person.id, jwe });
  expectRefused(await give("a.b.c"), 422, "bad_object");
  expectRefused(await give(await chat.grant(bob, "{}", { typ: "chat-msg+jwe" })), 422, "bad_algorithm");
  expectRefused(await give(await chat.grant(bob, "{}", { enc: "A128GCM" })), 422, "bad_algorithm");
  expectRefused(await give(await chat.grant(bob, "x".repeat(4096))), 422, "bad_object");
  expect((await give(await chat.grant(bob, "x".repeat(2000)))).status).toBe(201);
});
