import { expect, setDefaultTimeout, test } from "bun:test";

import { pair } from "../support/pair.ts";
import type { Person } from "../support/person.ts";
import { read } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

/** What the list of chats, the chat and a mark that changes nothing say; they agree. */
async function unread(person: Person, chat: number): Promise<number> {
  const listed = (await person.get("/api/chats")).body.chats.find((one: any) => one.id === chat);
  const shown = (await person.get(`/api/chats/${chat}`)).body;
  expect(shown.unread_count).toBe(listed.unread_count);
  const { last_read_message_id } = shown;
  if (last_read_message_id !== null) {
    const ack = await read(person, { id: last_read_message_id });
    expect(ack.body.unread_count).toBe(shown.unread_count);
  }
  return shown.unread_count;
}

test("what others wrote is unread until it is read, one by one or all at once", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  expect(await unread(bob, chat)).toBe(0);
  const said = [];
  for (const text of ["one", "two", "three", "four"]) said.push(await alice.say(chat, text));
  expect(await unread(bob, chat)).toBe(4);
  expect(await unread(alice, chat)).toBe(0);
  const socket = await bob.connect();
  const mark = async (message: any) =>
    (await socket.ask({ type: "message_read", chat_id: chat, message_id: message.id }))["unread_count"];
  expect(await mark(said[0])).toBe(3);
  expect(await unread(bob, chat)).toBe(3);
  expect(await mark(said[3])).toBe(0);
  expect(await unread(bob, chat)).toBe(0);
  await alice.say(chat, "five");
  expect(await unread(bob, chat)).toBe(1);
});

test("what one has received is still unread", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const message = await alice.say(chat, "hello");
  expect((await bob.post(`/api/messages/${message.id}/delivered`)).body.unread_count).toBe(1);
  await bob.history(chat);
  expect(await unread(bob, chat)).toBe(1);
});

test("what the chat itself says is never unread", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob);
  expect(await unread(bob, chat)).toBe(0);
  await alice.put(`/api/chats/${chat}`, { name: "The team" });
  expect(await unread(bob, chat)).toBe(0);
  const hello = await alice.say(chat, "hello");
  await alice.post(`/api/chats/${chat}/members`, { user_id: carol.id });
  await alice.say(chat, "hello carol");
  await alice.put(`/api/chats/${chat}/me`, { nickname: "Al" });
  expect(await unread(bob, chat)).toBe(2);
  const page = await bob.history(chat);
  const added = page.find((one) => one.content === "alice added carol");
  // Up to and including "alice added carol", which stands behind "hello".
  expect((await read(bob, added)).body.unread_count).toBe(1);
  expect((await read(bob, hello)).body.unread_count).toBe(1);
  expect((await read(bob, page.at(-1))).body.unread_count).toBe(0);
});

test("what one wrote oneself is never unread, on whichever device", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const phone = await server.login("bob");
  const first = await bob.say(chat, "one");
  await phone.say(chat, "two");
  expect(await unread(bob, chat)).toBe(0);
  // A device that is late with its mark takes nothing back.
  expect((await read(bob, first)).body.unread_count).toBe(0);
  const three = await alice.say(chat, "three");
  expect(await unread(bob, chat)).toBe(1);
  await phone.say(chat, "four");
  expect(await unread(bob, chat)).toBe(1);
  expect((await read(bob, three)).body.unread_count).toBe(0);
  // Alice has not read Bob's four, and what she wrote among them is none of hers to read.
  expect(await unread(alice, chat)).toBe(3);
});

test("newcomers begin with nothing unread, also when they come back", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team");
  const add = () => alice.post(`/api/chats/${chat}/members`, { user_id: bob.id });
  for (let i = 0; i < 3; i++) await alice.say(chat, "before");
  const socket = await bob.connect();
  await add();
  expect((await socket.next("chat_created"))["chat"]).toMatchObject({ unread_count: 0, unread_mentions: 0 });
  expect(await unread(bob, chat)).toBe(0);
  for (let i = 0; i < 2; i++) await alice.say(chat, "after");
  expect(await unread(bob, chat)).toBe(2);
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  await alice.say(chat, "meanwhile");
  await add();
  expect(await unread(bob, chat)).toBe(0);
  await alice.say(chat, "again");
  expect(await unread(bob, chat)).toBe(1);
});

test("what is unread is so after a restart", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const said = [];
  for (const text of ["one", "two", "three"]) said.push(await alice.say(chat, text));
  await read(bob, said[0]);
  await server.restart();
  const [sheAgain, heAgain] = [server.as(alice.signedIn), server.as(bob.signedIn)];
  expect(await unread(heAgain, chat)).toBe(2);
  await sheAgain.say(chat, "four");
  expect(await unread(heAgain, chat)).toBe(3);
  expect((await read(heAgain, said[2])).body.unread_count).toBe(1);
});

test("who renames a chat has not read it", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const chat = await bob.group("team", alice);
  const message = await alice.say(chat, "look at this");
  await bob.put(`/api/chats/${chat}`, { name: "crew" });
  await bob.put(`/api/chats/${chat}/me`, { nickname: "bobby" });
  expect(await unread(bob, chat)).toBe(1);
  expect((await alice.get(`/api/messages/${message.id}/receipts`)).body.read).toEqual([]);
});
