import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { pair } from "../support/pair.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { read, toldProgress } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";
import type { Frame } from "../support/socket.ts";

setDefaultTimeout(20_000);

/** Time stands still: nobody is asked to prove what has arrived. */
const still = () => ({ clock: new ManualClock() });

/** Sends marks in one go and answers with what came back to each, in order. */
async function markTogether(socket: RawSocket, marks: object[]): Promise<Frame[]> {
  socket.sendTogether(marks.map((one, i) => ({ type: "message_read", ...one, request_id: `r${i}` })));
  const answers = () => socket.frames.filter((one) => one["request_id"] !== undefined);
  await socket.until(() => answers().length === marks.length);
  return answers();
}

test("everybody in the chat is told who has received and read, each device once, over both doors", async () => {
  await using server = await TestServer.start(still());
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const eve = await server.register("eve");
  const chat = await alice.group("Team", bob, carol);
  await eve.directWith(carol);
  const sockets = [await alice.connect(), await alice.connect(), await carol.connect(), await bob.connect()];
  const stranger = await eve.connect();
  const one = await alice.say(chat, "one");
  const two = await alice.say(chat, "two");

  const phone = await bob.connect();
  const mark = { chat_id: chat, message_id: one.id };
  expect(await phone.ask({ type: "message_delivered", ...mark })).toMatchObject({
    type: "ack",
    chat_id: chat,
    last_delivered_message_id: one.id,
    last_read_message_id: null,
    unread_count: 2,
  });
  await read(bob, two);
  for (const socket of [...sockets, phone]) {
    expect(await toldProgress(server, socket)).toEqual([
      [bob.id, null, one.id],
      [bob.id, two.id, two.id],
    ]);
    const [told] = await socket.settled("message_status");
    expect(Object.keys(told!).toSorted()).toEqual(["chat_id", "cursor", "statuses", "type"]);
  }
  expect(await stranger.settled("message_status")).toEqual([]);
});

test("saying again what is known already tells nobody", async () => {
  const { server, alice, bob, chat } = await pair({ clock: new ManualClock() });
  await using _ = server;
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  const one = await alice.say(chat, "one");
  const two = await alice.say(chat, "two");
  const mark = { chat_id: chat, message_id: two.id };
  for (let i = 0; i < 3; i++) {
    await phone.ask({ type: "message_read", ...mark });
    await phone.ask({ type: "message_delivered", ...mark });
    await read(bob, one);
  }
  // Nor does what one has written oneself.
  const mine = await bob.say(chat, "mine");
  await read(bob, mine);
  expect(await toldProgress(server, watcher)).toEqual([[bob.id, two.id, two.id]]);
});

test("forty marks at once are one event, and each is answered", async () => {
  const { server, alice, bob, chat } = await pair(still());
  await using _ = server;
  const said: any[] = [];
  for (let i = 0; i < 40; i++) said.push(await alice.say(chat, `message ${i}`));
  const [watcher, socket] = [await alice.connect(), await RawSocket.of(bob)];
  const answers = await markTogether(
    socket,
    said.map((message) => ({ chat_id: chat, message_id: message.id })),
  );
  const last = said.at(-1).id;
  expect(answers.map((one) => one["request_id"])).toEqual(said.map((_one, i) => `r${i}`));
  for (const ack of answers) {
    expect(ack).toMatchObject({
      type: "ack",
      chat_id: chat,
      last_read_message_id: last,
      last_delivered_message_id: last,
      unread_count: 0,
    });
  }
  expect(await toldProgress(server, watcher)).toEqual([[bob.id, last, last]]);
});

test("marks in several chats at once, in any order, come out as if one after another", async () => {
  await using server = await TestServer.start(still());
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const [club, direct] = [await alice.group("club", bob), await alice.directWith(bob)];
  const said: any[] = [];
  for (const text of ["a", "b", "c", "d", "e", "f"]) {
    said.push(await alice.say(said.length % 2 ? club : direct, text));
  }
  const [watcher, socket] = [await alice.connect(), await RawSocket.of(bob)];
  const [a, b, c, , , f] = said;
  const mark = (message: any, type = "message_read") => ({
    type,
    chat_id: message.chat_id,
    message_id: message.id,
  });
  const answers = await markTogether(socket, [
    mark(c),
    mark(b),
    mark(f, "message_delivered"),
    mark(a),
    mark(a, "message_delivered"),
  ]);
  const state = (message: any, read: any, received: any, unread_count: number) => ({
    type: "ack",
    chat_id: message.chat_id,
    last_read_message_id: read.id,
    last_delivered_message_id: received.id,
    unread_count,
  });
  expect(answers.length).toBe(5);
  for (const ack of answers) {
    const { request_id: _, ...rest } = ack;
    expect(rest as object).toEqual(ack["chat_id"] === direct ? state(c, c, c, 1) : state(b, b, f, 2));
  }
  expect((await toldProgress(server, watcher)).toSorted()).toEqual([
    [bob.id, b.id, f.id],
    [bob.id, c.id, c.id],
  ]);
});

test("marks that cannot be are refused alone: what is not there, not theirs, or of another chat", async () => {
  await using server = await TestServer.start(still());
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const [club, secret] = [await alice.group("club", bob), await alice.group("secret", carol)];
  const direct = await alice.directWith(bob);
  const hidden = await alice.say(secret, "not for bob");
  const elsewhere = await alice.say(direct, "elsewhere");
  const one = await alice.say(club, "one");
  const two = await alice.say(club, "two");
  const [watcher, socket] = [await alice.connect(), await RawSocket.of(bob)];
  const answers = await markTogether(socket, [
    { chat_id: club, message_id: one.id },
    { chat_id: club, message_id: 999_999 },
    { chat_id: club, message_id: elsewhere.id },
    { chat_id: secret, message_id: hidden.id },
    { chat_id: club, message_id: hidden.id },
    { chat_id: club, message_id: two.id },
  ]);
  expect(answers.map((one) => one["code"] ?? one["last_read_message_id"])).toEqual([
    two.id,
    "not_found",
    "not_found",
    "not_found",
    "not_found",
    two.id,
  ]);
  expect(await toldProgress(server, watcher)).toEqual([[bob.id, two.id, two.id]]);
  expect((await bob.get(`/api/chats/${direct}`)).body.unread_count).toBe(1);
  const hers = (await carol.get(`/api/chats/${secret}/members`)).body.members;
  expect(hers.map((member: any) => member.last_read_message_id === hidden.id)).toEqual([true, false]);
});

test("reading on one device clears the others, by an event of one's own", async () => {
  const { server, alice, bob, chat } = await pair(still());
  await using _ = server;
  const [phone, laptop] = [await bob.connect(), await (await server.login("bob")).connect()];
  const watcher = await alice.connect();
  const message = await alice.say(chat, "hello");
  await alice.say(chat, "and @bob");
  await phone.ask({ type: "message_read", chat_id: chat, message_id: message.id });
  for (const socket of [phone, laptop]) {
    const [{ cursor: _, ...told }, ...others] = (await socket.settled("chat_read")) as [Frame];
    expect(others).toEqual([]);
    const last_read_message_id = message.id;
    const left = { last_read_message_id, unread_count: 1, unread_mentions: 1 };
    expect(told as Frame).toEqual({ type: "chat_read", chat_id: chat, ...left });
  }
  expect(await watcher.settled("chat_read")).toEqual([]);
  expect(await toldProgress(server, laptop)).toEqual([[bob.id, message.id, message.id]]);
  expect(await toldProgress(server, phone)).toEqual([[bob.id, message.id, message.id]]);
});
