import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { withoutStatus } from "../support/heard.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

test("two people talk over both doors", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();

  const sent = await alice.say(chat, "hello bob");
  expect((await socket.next("new_message"))["message"]).toEqual(sent);

  const ack = await socket.ask({ type: "send_message", chat_id: chat, content: "hello alice" });
  expect(ack.type).toBe("ack");
  expect(withoutStatus(await alice.history(chat))).toEqual(withoutStatus([sent, ack["message"]]));
});

test("the sender hears the message before it is acknowledged", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await alice.connect();
  const ack = await socket.ask({ type: "send_message", chat_id: chat, content: "hi" });
  const types = socket.frames.map((one) => one.type);
  expect(types.indexOf("new_message")).toBeLessThan(types.indexOf("ack"));
  expect((await socket.next("new_message"))["message"]).toEqual(ack["message"]);
});

test("what is sent over REST has every field, and others hear exactly that", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  clock.turn(1234);
  const reply = await alice.post(`/api/messages/${chat}`, { content: "hello" });
  expect(reply.status).toBe(201);
  expect(reply.body).toEqual({
    id: reply.body.id,
    chat_id: chat,
    seq: 1,
    client_id: null,
    sender_id: alice.id,
    sender_username: "alice",
    reply_to_id: null,
    reply_to: null,
    content: "hello",
    content_type: "text",
    status: "sent",
    is_edited: false,
    edited_at: null,
    is_deleted: false,
    created_at: "2030-01-01T00:00:01.234Z",
    media: [],
    mentions: [],
    mentions_all: false,
    encrypted: false,
    reactions: [],
    system: null,
  });
  expect((await socket.next("new_message"))["message"]).toEqual(reply.body);
});

test("people edit what they wrote, and everybody sees it", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const sent = await alice.say(chat, "helo");
  clock.turn(5000);
  const edited = (await alice.put(`/api/messages/${sent.id}`, { content: "hello" })).body;
  expect(edited).toEqual({
    ...sent,
    content: "hello",
    is_edited: true,
    edited_at: "2030-01-01T00:00:05.000Z",
  });
  expect((await socket.next("message_updated"))["message"]).toEqual(edited);
  expect(await bob.history(chat)).toEqual([edited]);
});

test("a deleted message leaves a tombstone, and deleting it again tells nobody", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const sent = await alice.say(chat, "never mind");
  for (let i = 0; i < 2; i++) expect((await alice.delete(`/api/messages/${sent.id}`)).status).toBe(204);
  const told = await socket.settled("message_deleted");
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ chat_id: chat, message_id: sent.id, deleted_by: alice.id });
  expect(await bob.history(chat)).toEqual([{ ...sent, content: "", is_deleted: true }]);
  const edit = await alice.put(`/api/messages/${sent.id}`, { content: "after all" });
  expectRefused(edit, 409, "message_deleted");
});

test("in a direct chat neither touches what the other wrote", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const { id } = await alice.say(chat, "mine");
  expectRefused(await bob.put(`/api/messages/${id}`, { content: "his" }), 403, "forbidden");
  expectRefused(await bob.delete(`/api/messages/${id}`), 403, "forbidden");
  expectRefused(await bob.delete("/api/messages/999"), 404, "not_found");
  expect((await alice.delete(`/api/messages/${id}`)).status).toBe(204);
});

test("what the chat itself said is nobody's to edit or delete", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const chat = await alice.group("Team");
  const [{ id }] = await alice.history(chat);
  expectRefused(await alice.put(`/api/messages/${id}`, { content: "x" }), 403, "forbidden");
  expectRefused(await alice.delete(`/api/messages/${id}`), 403, "forbidden");
});

test("five people who write at once fill the chat without a gap", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const others = [
    await server.register("bob"),
    await server.register("carol"),
    await server.register("dave"),
  ];
  const people = [alice, ...others, await server.register("eve")];
  const chat = await alice.group("Team", ...people.slice(1));
  const socket = await alice.connect();
  const sent = await Promise.all(
    Array.from({ length: 200 }, (_, i) => people[i % people.length]!.say(chat, `message ${i}`)),
  );
  expect(new Set(sent.map((one) => one.id)).size).toBe(200);
  const inOrder = sent.toSorted((a, b) => a.seq - b.seq);
  expect(inOrder.map((one) => one.seq)).toEqual(Array.from({ length: 200 }, (_, i) => i + 2));
  expect(inOrder).toEqual(inOrder.toSorted((a, b) => a.id - b.id));
  const heard = await socket.settled("new_message");
  expect(heard.map((one) => one["message"])).toEqual(inOrder);
  const pages = [
    ...(await alice.history(chat, `?limit=100&before=${inOrder[100].id}`)),
    ...(await alice.history(chat, "?limit=100")),
  ];
  expect(withoutStatus(pages)).toEqual(withoutStatus(inOrder));
});
