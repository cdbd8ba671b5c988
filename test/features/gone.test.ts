/** People whose accounts are closed, and what becomes of the chats they are in. */
import { expect, setDefaultTimeout, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { read, statusOf } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

async function people(server: TestServer): Promise<[Person, Person, Person, Person]> {
  return [
    await server.register("alice"),
    await server.register("bob"),
    await server.register("carol"),
    await server.register("dave"),
  ];
}

const close = (server: TestServer, person: Person) =>
  server.operate("user disable", { username: person.username });
const reopen = (server: TestServer, person: Person) =>
  server.operate("user enable", { username: person.username });

/** `alice owner` and so on, in the order of joining. */
async function roles(person: Person, chat: number): Promise<string[]> {
  const { members } = (await person.get(`/api/chats/${chat}/members`)).body;
  return members.map((one: any) => `${one.username} ${one.role}`);
}

test("an owner whose account is closed is succeeded by the longest-serving admin, and the chat says so", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol, dave] = await people(server);
  const chat = await alice.group("Team", bob, carol, dave);
  for (const one of [dave, carol]) {
    await alice.put(`/api/chats/${chat}/members/${one.id}`, { role: "admin" });
  }
  const screen = await bob.connect();
  await close(server, alice);
  expect(await roles(bob, chat)).toEqual(["alice admin", "bob member", "carol owner", "dave admin"]);
  const last = (await bob.history(chat)).at(-1);
  expect(last).toMatchObject({
    content_type: "system",
    content: "carol is the owner of this chat now",
    sender_id: carol.id,
    system: { event: "owner_succeeded", user_id: carol.id, username: "carol" },
  });
  const changed = (await screen.settled("member_updated")).map((one) => one["member"]);
  expect(changed.map((one) => `${one.username} ${one.role}`)).toEqual(["alice admin", "carol owner"]);
  expect((await carol.put(`/api/chats/${chat}`, { name: "Crew" })).status).toBe(200);
  // Who comes back is not the owner again.
  await reopen(server, alice);
  expect((await roles(bob, chat))[0]).toBe("alice admin");
});

test("without an admin the longest-serving member succeeds, and nobody whose account is closed", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol, dave] = await people(server);
  const chat = await alice.group("Team");
  // The lower id has not served longer.
  for (const user_id of [carol.id, bob.id, dave.id])
    await alice.post(`/api/chats/${chat}/members`, { user_id });
  await close(server, carol);
  expect((await roles(bob, chat))[0]).toBe("alice owner");
  await close(server, alice);
  expect(await roles(dave, chat)).toEqual(["alice admin", "carol member", "bob owner", "dave member"]);
});

test("a group of which nobody is left waits for the first one who comes back", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const chat = await alice.group("Team", bob, carol);
  for (const one of [bob, carol, alice]) await close(server, one);
  await reopen(server, carol);
  const again = await server.login("carol");
  expect(await roles(again, chat)).toEqual(["alice admin", "bob member", "carol owner"]);
  // A closed group has no use for an owner.
  const closed = await again.group("Closed", await server.register("eve"));
  await again.delete(`/api/chats/${closed}`);
  await close(server, again);
  expect(await roles(await server.login("eve"), closed)).toEqual(["carol owner", "eve member"]);
});

test("an owner leaves a group in which only closed accounts remain; whoever comes back owns it", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const chat = await alice.group("Team", bob, carol);
  const leave = () => alice.delete(`/api/chats/${chat}/members/${alice.id}`);
  await close(server, bob);
  expectRefused(await leave(), 409, "owner_must_hand_over");
  await close(server, carol);
  expect((await leave()).status).toBe(204);
  await reopen(server, carol);
  expect(await roles(await server.login("carol"), chat)).toEqual(["bob member", "carol owner"]);
});

test("the operator hands a group over to a member, by hand", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const chat = await alice.group("Team", bob);
  const direct = await alice.directWith(bob);
  const transfer = (chat_id: number, username: string) =>
    server.operate("chat transfer", { chat_id, username });
  const refusal = (chat_id: number, username: string) =>
    transfer(chat_id, username).then(String, (error: Error) => error.message);
  expect(await transfer(chat, "Bob")).toMatchObject({ username: "bob", role: "owner" });
  expect(await roles(alice, chat)).toEqual(["alice admin", "bob owner"]);
  expect((await alice.history(chat)).at(-1).content).toBe("bob is the owner of this chat now");
  // Once more changes nothing.
  const before = (await alice.history(chat)).length;
  await transfer(chat, "bob");
  expect((await alice.history(chat)).length).toBe(before);
  expect(await refusal(chat, "carol")).toContain(`"carol" is not in group ${chat}.`);
  expect(await refusal(chat, "nobody")).toContain('There is no user "nobody".');
  for (const id of [direct, 999]) expect(await refusal(id, "bob")).toContain(`There is no group ${id}.`);
  await close(server, alice);
  expect(await refusal(chat, "alice")).toContain('The account of "alice" is disabled.');
  await carol.group("Other");
});

test("a message waits for nobody whose account is closed, and for them again once it is open", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol, dave] = await people(server);
  const chat = await alice.group("Team", bob, carol, dave);
  const message = await alice.say(chat, "hello");
  const second = await alice.say(chat, "again");
  await read(bob, second);
  await read(carol, second);
  // Asked for one message, and for several: both ways of finding out.
  const both = async () => [
    (await alice.get(`/api/chats`)).body.chats[0].last_message.status,
    await statusOf(alice, message),
  ];
  expect(await both()).toEqual(["sent", "sent"]);
  await close(server, dave);
  expect(await both()).toEqual(["read", "read"]);
  await reopen(server, dave);
  expect(await both()).toEqual(["sent", "sent"]);
  for (const one of [bob, carol]) await close(server, one);
  await read(await server.login("dave"), message);
  expect(await both()).toEqual(["sent", "read"]);
  // Where nobody else is left, it stays as it was.
  await close(server, dave);
  expect(await both()).toEqual(["sent", "read"]);
});

test("a direct chat with a closed account can be opened and read; nothing can be said there", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol, dave] = await people(server);
  const chat = await alice.directWith(bob);
  await dave.directWith(bob);
  const mine = await alice.say(chat, "mine");
  await bob.say(chat, "his");
  await close(server, bob);
  const opened = await alice.post("/api/chats/direct", { user_id: bob.id });
  expect([opened.status, opened.body.id, opened.body.is_active]).toEqual([200, chat, true]);
  expect(opened.body.peer).toMatchObject({ id: bob.id, username: "bob" });
  expect((await alice.history(chat)).length).toBe(2);
  // Also for somebody whom he has never answered.
  for (const one of [alice, dave]) {
    expect((await one.get(`/api/users/${bob.id}`)).body).toMatchObject({ username: "bob", is_active: false });
  }
  // Where there is no chat yet, there is nobody to open one with.
  expectRefused(await carol.post("/api/chats/direct", { user_id: bob.id }), 404, "not_found");

  const socket = await alice.connect();
  const refused = { type: "error", code: "peer_inactive" };
  expectRefused(await alice.post(`/api/messages/${chat}`, { content: "hello?" }), 409, "peer_inactive");
  expect(await socket.ask({ type: "send_message", chat_id: chat, content: "hello?" })).toMatchObject(refused);
  expectRefused(await alice.put(`/api/messages/${mine.id}`, { content: "changed" }), 409, "peer_inactive");
  expect(await socket.ask({ type: "typing_start", chat_id: chat })).toMatchObject(refused);
  expectRefused(await alice.upload([new File(["x"], "x.txt")], mine), 409, "peer_inactive");
  // One's own words can still be taken back, and the chat be read and muted.
  expect((await read(alice, (await alice.history(chat)).at(-1))).status).toBe(200);
  expect((await alice.put(`/api/chats/${chat}/me`, { is_muted: true })).status).toBe(200);
  expect((await alice.delete(`/api/messages/${mine.id}`)).status).toBe(204);
  expect((await alice.history(chat)).length).toBe(2);

  await reopen(server, bob);
  expect((await alice.post(`/api/messages/${chat}`, { content: "welcome back" })).status).toBe(201);
});

test("what was sent before is the answer also when the other one has gone meanwhile", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const first = await alice.say(chat, "hello", { client_id: "c1" });
  await close(server, bob);
  const again = await alice.post(`/api/messages/${chat}`, { content: "hello", client_id: "c1" });
  expect([again.status, again.body.id]).toEqual([200, first.id]);
});

test("a group goes on without those whose accounts are closed", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const chat = await alice.group("Team", bob, carol);
  await close(server, bob);
  expect((await alice.post(`/api/messages/${chat}`, { content: "hello" })).status).toBe(201);
  expect((await alice.get(`/api/chats/${chat}`)).body.member_count).toBe(3);
  expectRefused(await alice.put(`/api/chats/${chat}/members/${bob.id}`, { role: "owner" }), 404, "not_found");
  expect((await alice.delete(`/api/chats/${chat}/members/${bob.id}`)).status).toBe(204);
});
