import { expect, setDefaultTimeout, test } from "bun:test";

import { pair } from "../support/pair.ts";
import { expectRefused } from "../support/refusal.ts";
import { read, receipts, receive, statusOf, toldProgress } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

test("a message is sent, then delivered, then read", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const message = await alice.say(chat, "hello");
  expect(message.status).toBe("sent");
  expect(await statusOf(alice, message)).toBe("sent");
  expect(await receipts(alice, message)).toEqual({ message_id: message.id, delivered: [], read: [] });

  const received = await receive(bob, message);
  const markers = { chat_id: chat, last_delivered_message_id: message.id };
  expect(received.body).toEqual({ ...markers, last_read_message_id: null, unread_count: 1 });
  expect(await statusOf(alice, message)).toBe("delivered");
  expect(await receipts(alice, message)).toMatchObject({ delivered: [bob.id], read: [] });

  expect((await read(bob, message)).body).toEqual({
    ...markers,
    last_read_message_id: message.id,
    unread_count: 0,
  });
  expect(await statusOf(alice, message)).toBe("read");
  expect(await receipts(alice, message)).toMatchObject({ delivered: [bob.id], read: [bob.id] });
});

test("the list of chats, replies and the repeated send show a message's status, too", async () => {
  const { server, alice, bob, chat, path } = await pair();
  await using _ = server;
  const message = await alice.say(chat, "hello", { client_id: "c1" });
  await read(bob, message);
  const [listed] = (await alice.get("/api/chats")).body.chats;
  expect(listed.last_message).toEqual({ ...message, status: "read" });
  const again = await alice.post(path, { content: "hello", client_id: "c1" });
  expect([again.status, again.body.status]).toEqual([200, "read"]);
  const edited = await alice.put(`/api/messages/${message.id}`, { content: "hello there" });
  expect(edited.body.status).toBe("read");
});

test("markers go up to and including a message, read implies delivered, and neither goes back", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const said = [];
  for (const text of ["one", "two", "three", "four"]) said.push(await alice.say(chat, text));
  const [one, two, three, four] = said;
  const at = (last_read: any, last_delivered: any, unread_count: number) => ({
    chat_id: chat,
    last_read_message_id: last_read.id,
    last_delivered_message_id: last_delivered.id,
    unread_count,
  });
  expect((await read(bob, two)).body).toEqual(at(two, two, 2));
  expect((await receive(bob, four)).body).toEqual(at(two, four, 2));
  expect((await read(bob, one)).body).toEqual(at(two, four, 2));
  expect((await receive(bob, one)).body).toEqual(at(two, four, 2));
  expect((await read(bob, three)).body).toEqual(at(three, four, 1));
  const statuses = (await alice.history(chat)).map((message) => message.status);
  expect(statuses).toEqual(["read", "read", "read", "delivered"]);
  const [mine, his] = (await alice.get(`/api/chats/${chat}/members`)).body.members;
  expect(mine).toMatchObject({ last_read_message_id: four.id, last_delivered_message_id: four.id });
  expect(his).toMatchObject({ last_read_message_id: three.id, last_delivered_message_id: four.id });
});

test("whoever has read what is there has read their own message, too", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const socket = await alice.connect();
  const question = await alice.say(chat, "question");
  await read(bob, await alice.say(chat, "and another one"));
  const told = (await toldProgress(server, socket)).length;
  const reply = await bob.say(chat, "answer");
  expect((await bob.get(`/api/chats/${chat}`)).body).toMatchObject({
    unread_count: 0,
    last_read_message_id: reply.id,
  });
  expect(await statusOf(alice, question)).toBe("read");
  // The message itself says so.
  expect((await toldProgress(server, socket)).length).toBe(told);
  expect((await socket.settled("new_message")).at(-1)).toMatchObject({
    sender_last_read_message_id: reply.id,
    sender_last_delivered_message_id: reply.id,
  });
  const [, his] = (await alice.get(`/api/chats/${chat}/members`)).body.members;
  expect(his).toMatchObject({ last_read_message_id: reply.id, last_delivered_message_id: reply.id });
});

test("the newest page of a chat counts as delivered; pages further back do not", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const said = [];
  for (const text of ["one", "two", "three"]) said.push(await alice.say(chat, text));
  const [one, two, three] = said;
  const socket = await alice.connect();
  for (const anchor of [`before=${three.id}`, `after=${one.id}`, `around=${two.id}`]) {
    expect((await bob.history(chat, `?${anchor}`)).length).toBeGreaterThan(0);
  }
  expect(await statusOf(alice, one)).toBe("sent");
  await bob.history(chat, "?limit=1");
  expect((await alice.history(chat)).map((message) => message.status)).toEqual([
    "delivered",
    "delivered",
    "delivered",
  ]);
  await bob.history(chat);
  expect(await toldProgress(server, socket)).toEqual([[bob.id, null, three.id]]);
});

test("a closed chat can still be read", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team", bob);
  const message = await alice.say(chat, "the last word");
  expect((await alice.delete(`/api/chats/${chat}`)).status).toBe(204);
  expectRefused(await bob.post(`/api/messages/${chat}`, { content: "wait" }), 409, "chat_inactive");
  expect((await bob.get(`/api/chats/${chat}`)).body).toMatchObject({ is_active: false, unread_count: 1 });
  expect((await read(bob, message)).body).toMatchObject({ unread_count: 0 });
  expect(await statusOf(alice, message)).toBe("read");
  const socket = await bob.connect();
  const last = (await bob.history(chat)).at(-1);
  const mark = { type: "message_read", chat_id: chat, message_id: last.id };
  expect(await socket.ask(mark)).toMatchObject({ type: "ack", last_read_message_id: last.id });
});

test("receipts are the members' own business", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob, carol);
  const message = await alice.say(chat, "hello");
  expect((await read(carol, message)).status).toBe(200);
  const eve = await server.register("eve");
  await carol.delete(`/api/chats/${chat}/members/${carol.id}`);
  for (const person of [eve, carol]) {
    expectRefused(await read(person, message), 404, "not_found");
    expectRefused(await receive(person, message), 404, "not_found");
    expectRefused(await person.get(`/api/messages/${message.id}/receipts`), 404, "not_found");
  }
  for (const [method, what] of [
    ["POST", "read"],
    ["POST", "delivered"],
    ["GET", "receipts"],
  ] as const) {
    const missing = `/api/messages/999999/${what}`;
    expectRefused(await bob.call(method, missing, undefined), 404, "not_found");
    expectRefused(await bob.call(method, missing, undefined, { token: undefined }), 401, "unauthorized");
  }
});
