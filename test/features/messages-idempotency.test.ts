import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { withoutStatus } from "../support/heard.ts";
import { pair } from "../support/pair.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";

test("a message sent twice under the same client_id is there once", async () => {
  const { server, alice, bob, chat, path } = await pair();
  await using _ = server;
  const socket = await bob.connect();
  const first = await alice.post(path, { content: "hello", client_id: "a1" });
  expect(first.status).toBe(201);
  expect(first.body.client_id).toBe("a1");
  const again = await alice.post(path, { content: "hello", client_id: "a1" });
  expect(again.status).toBe(200);
  expect(withoutStatus(again.body)).toEqual(withoutStatus(first.body));
  expect((await alice.post(path, { content: "hello", client_id: "a2" })).status).toBe(201);
  expect((await bob.post(path, { content: "hello", client_id: "a1" })).status).toBe(201);
  expect(await alice.history(chat)).toHaveLength(3);
  expect(await socket.settled("new_message")).toHaveLength(3);
});

test("ten repeats at once, over both doors, make one message", async () => {
  const { server, alice, chat, path } = await pair();
  await using _ = server;
  const socket = await alice.connect();
  const body = { content: "hello", client_id: "a1" };
  const [replies, acks] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => alice.post(path, body))),
    Promise.all(
      Array.from({ length: 10 }, () => socket.ask({ type: "send_message", chat_id: chat, ...body })),
    ),
  ]);
  expect(replies.filter((one) => one.status === 201).length).toBeLessThanOrEqual(1);
  const history = await alice.history(chat);
  expect(history).toHaveLength(1);
  for (const reply of replies) expect(reply.body).toEqual(history[0]);
  for (const ack of acks) expect(ack["message"]).toEqual(history[0]);
  expect(await socket.settled("new_message")).toHaveLength(1);
});

test("a repeat is known after a restart and at the other door", async () => {
  const { server, alice, chat, path } = await pair();
  await using _ = server;
  const body = { content: "hello", client_id: "a1" };
  const first = (await alice.post(path, body)).body;
  await server.restart();
  const back = server.as(alice.signedIn);
  const again = await back.post(path, body);
  expect(again.status).toBe(200);
  expect(again.body).toEqual(first);
  const socket = await back.connect();
  const ack = await socket.ask({ type: "send_message", chat_id: chat, ...body });
  expect(ack["message"]).toEqual(first);
  expect((await back.say(chat, "next")).seq).toBe(2);
});

test("a repeat is looked up before anything else", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const chat = await bob.group("Team", alice);
  const path = `/api/messages/${chat}`;
  const first = (await alice.post(path, { content: "hello", client_id: "a1" })).body;
  const repeat = async (content: string) => {
    const reply = await alice.post(path, { content, client_id: "a1", reply_to_id: 999 });
    expect([reply.status, reply.body.id]).toEqual([200, first.id]);
  };
  await repeat("");
  await repeat("x".repeat(20_000));
  await bob.delete(`/api/chats/${chat}`);
  await repeat("hello");
  expectRefused(await alice.post(path, { content: "hello", client_id: "a2" }), 409, "chat_inactive");
});

test("a repeat answers with the message as it is now", async () => {
  const { server, alice, chat, path } = await pair();
  await using _ = server;
  const body = { content: "hello", client_id: "a1" };
  const { id } = (await alice.post(path, body)).body;
  await alice.put(`/api/messages/${id}`, { content: "hello!" });
  expect((await alice.post(path, body)).body).toMatchObject({ id, content: "hello!", is_edited: true });
  await alice.delete(`/api/messages/${id}`);
  expect((await alice.post(path, body)).body).toMatchObject({ id, content: "", is_deleted: true });
  expect(await alice.history(chat)).toHaveLength(1);
});

test("a client_id that belongs to another chat is refused", async () => {
  const { server, alice, chat, path } = await pair();
  await using _ = server;
  const notes = await alice.group("Notes");
  await alice.say(notes, "a note", { client_id: "a1" });
  const body = { content: "hello", client_id: "a1" };
  expectRefused(await alice.post(path, body), 409, "client_id_reused");
  const socket = await alice.connect();
  const error = await socket.ask({ type: "send_message", chat_id: chat, ...body });
  expect(error).toMatchObject({ type: "error", code: "client_id_reused" });
  expect(await alice.history(chat)).toEqual([]);
});

test("an edit repeated under its client_id changes nothing", async () => {
  const { server, alice, bob, chat, path } = await pair({ clock: new ManualClock() });
  await using _ = server;
  const socket = await bob.connect();
  const one = (await alice.post(path, { content: "one" })).body;
  const two = (await alice.post(path, { content: "two" })).body;
  const edit = (id: number, content: string, client_id: string) =>
    alice.put(`/api/messages/${id}`, { content, client_id });
  const edited = (await edit(one.id, "uno", "e1")).body;
  expect(edited.content).toBe("uno");
  expect((await edit(one.id, "uno", "e1")).body).toEqual(edited);
  const later = (await edit(one.id, "eins", "e2")).body;
  expect((await edit(one.id, "uno", "e1")).body).toEqual(later);
  await server.restart();
  const back = server.as(alice.signedIn);
  const again = await back.put(`/api/messages/${one.id}`, { content: "uno", client_id: "e1" });
  expect(again.body).toEqual(later);
  const reused = await back.put(`/api/messages/${two.id}`, { content: "dos", client_id: "e1" });
  expectRefused(reused, 409, "client_id_reused");
  expect(await back.history(chat)).toEqual([later, two]);
  expect(socket.frames.filter((frame) => frame.type === "message_updated")).toHaveLength(2);
});

test("a client_id has 1 to 64 characters, whichever", async () => {
  const { server, alice, path } = await pair();
  await using _ = server;
  for (const client_id of ["x", "x".repeat(64), "👋 ' \\ \u0001 \n", " "]) {
    const sent = await alice.post(path, { content: "hello", client_id });
    expect([sent.status, sent.body.client_id]).toEqual([201, client_id]);
    expect((await alice.post(path, { content: "hello", client_id })).body).toEqual(sent.body);
  }
  for (const client_id of ["", "x".repeat(65), 1, ["x"]]) {
    expectInvalid(await alice.post(path, { content: "hello", client_id }), "client_id");
  }
  expect((await alice.post(path, { content: "hello", client_id: null })).status).toBe(201);
});

test("who has left may repeat, and does not see what became of the message replied to", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const chat = await bob.group("Team", alice);
  const path = `/api/messages/${chat}`;
  const question = await bob.say(chat, "lunch?");
  const body = { content: "yes", client_id: "a1", reply_to_id: question.id };
  const first = (await alice.post(path, body)).body;
  expect(first.reply_to.content).toBe("lunch?");
  expect((await alice.delete(`/api/chats/${chat}/members/${alice.id}`)).status).toBe(204);
  await bob.put(`/api/messages/${question.id}`, { content: "our secret" });
  expect((await alice.post(path, body)).body).toEqual({ ...first, reply_to: null });
});
