import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

let server: TestServer;
let alice: Person, bob: Person, carol: Person, dave: Person, gone: Person;
let chat: number;

/** Alice, Bob and somebody who has left share a group; Carol and Dave know nobody. */
beforeAll(async () => {
  server = await TestServer.start();
  [alice, bob] = [await server.register("alice"), await server.register("bob", { full_name: "Bob Roe" })];
  [carol, dave] = [await server.register("carol"), await server.register("dave")];
  gone = await server.register("gone", { full_name: "Gone Girl" });
  chat = await alice.group("Team", bob, gone);
  await gone.say(chat, "goodbye");
  await server.operate("user disable", { username: "gone" });
});
afterAll(() => server[Symbol.asyncDispose]());

const ask = (person: Person, ids: (number | string)[]) => person.get(`/api/users?ids=${ids.join()}`);

async function idsSeen(person: Person, ids: (number | string)[]): Promise<number[]> {
  const reply = await ask(person, ids);
  expect(reply.status).toBe(200);
  return reply.body.users.map((one: any) => one.id);
}

test("many people are asked for at once, and come as each of them does, once, in that order", async () => {
  const wanted = [carol.id, alice.id, bob.id, carol.id];
  expect(await idsSeen(alice, wanted)).toEqual([carol.id, alice.id, bob.id]);
  for (const one of (await ask(alice, wanted)).body.users) {
    expect((await alice.get(`/api/users/${one.id}`)).body).toEqual(one);
  }
  // Of strangers it is not said whether they are online.
  const shown = (await ask(alice, wanted)).body.users.map((one: any) => one.is_online);
  expect(shown).toEqual([null, false, false]);
  expect((await ask(dave, [bob.id])).body.users[0]).toMatchObject({ full_name: "Bob Roe", is_online: null });
});

test("whoever is nobody, or not to be seen, is left out", async () => {
  expect(await idsSeen(alice, [999_999, bob.id, 2 ** 53 - 1])).toEqual([bob.id]);
  expect(await idsSeen(alice, [999_999])).toEqual([]);
});

test("up to a hundred ids, and nothing else than ids", async () => {
  const many = Array.from({ length: 100 }, (_, i) => i + 1);
  expect(await idsSeen(carol, many)).toEqual([alice.id, bob.id, carol.id, dave.id].toSorted((a, b) => a - b));
  expectInvalid(await ask(alice, [...many, 101]), "query.ids");
  expectInvalid(
    await ask(
      alice,
      Array.from({ length: 101 }, () => 1),
    ),
    "query.ids",
  );
  expectInvalid(await alice.get("/api/users"), "query.ids");
  expectInvalid(await ask(alice, [""]), "query.ids");
  for (const bad of ["x", "0", "-1", "1.5", "01", "9007199254740992", "", "%201", "1e1", "%00"]) {
    expectInvalid(await ask(alice, [1, bad]), "query.ids");
  }
  // As some clients write it, and as those that are made from the document do.
  const [ids] = alice.contract.openApi["paths"]["/api/users"].get.parameters;
  expect(ids).toMatchObject({ in: "query", required: true, style: "form", explode: false });
  expect((await alice.get(`/api/users?ids=${alice.id}%2C${bob.id}`)).body.users).toHaveLength(2);
});

test("somebody who has left stays visible to those who share a chat, and to nobody else", async () => {
  const seen = { id: gone.id, full_name: "Gone Girl", is_active: false };
  expect((await bob.get(`/api/users/${gone.id}`)).body).toMatchObject(seen);
  expect(await idsSeen(bob, [gone.id, alice.id])).toEqual([gone.id, alice.id]);
  expectRefused(await carol.get(`/api/users/${gone.id}`), 404, "not_found");
  expect(await idsSeen(carol, [gone.id, alice.id])).toEqual([alice.id]);
  for (const person of [bob, carol]) {
    expect((await person.get("/api/users/search?q=gone")).body.users).toEqual([]);
  }

  // By a direct chat as well, as long as it is shared.
  const peer = await server.register("peer");
  const direct = await carol.directWith(peer);
  await server.operate("user disable", { username: "peer" });
  expect((await carol.get(`/api/users/${peer.id}`)).body.is_active).toBe(false);
  expect((await carol.get(`/api/chats/${direct}`)).body.peer).toMatchObject({
    id: peer.id,
    is_active: false,
  });
  expectRefused(await bob.get(`/api/users/${peer.id}`), 404, "not_found");

  // Who leaves the chat sees them no more.
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  expectRefused(await bob.get(`/api/users/${gone.id}`), 404, "not_found");
  expect(await idsSeen(bob, [gone.id])).toEqual([]);

  await server.operate("user enable", { username: "gone" });
  expect((await carol.get(`/api/users/${gone.id}`)).body.is_active).toBe(true);
  expect(await idsSeen(carol, [gone.id])).toEqual([gone.id]);
});
