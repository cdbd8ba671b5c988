import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";
import type { Frame } from "../support/socket.ts";

setDefaultTimeout(20_000);

/** Time stands still: nobody is asked to prove what has arrived. */
const server = await shared({ clock: new ManualClock() });

interface Conversation {
  alice: Person;
  bob: Person;
  chat: number;
  /** Alice's socket, which can write many frames at once. */
  socket: RawSocket;
}

async function conversation(server: TestServer): Promise<Conversation> {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  return { alice, bob, chat, socket: await RawSocket.of(alice) };
}

/** Sends frames in one go, named r0, r1 …, and answers with what came back to each, in the order it came. */
async function askTogether(socket: RawSocket, frames: object[]): Promise<Frame[]> {
  const from = socket.frames.length;
  socket.sendTogether(frames.map((frame, i) => ({ ...frame, request_id: `r${i}` })));
  const answers = () => socket.frames.slice(from).filter((one) => one["request_id"] !== undefined);
  await socket.until(() => answers().length === frames.length);
  return answers();
}

const names = (frames: Frame[]) => frames.map((one) => one["request_id"]);
const inOrder = (count: number) => Array.from({ length: count }, (_, i) => `r${i}`);

test("fifty messages at once keep their order for everybody, each heard before its ack", async () => {
  const { alice, bob, chat, socket } = await conversation(server);
  const listener = await bob.connect();
  const texts = inOrder(50).map((one) => `message ${one}`);
  const frames = texts.map((content) => ({ type: "send_message", chat_id: chat, content }));
  const acks = await askTogether(socket, frames);

  expect(acks.map((one) => one.type)).toEqual(texts.map(() => "ack"));
  expect(names(acks)).toEqual(inOrder(50));
  expect(acks.map((one) => one["message"].content)).toEqual(texts);
  expect(acks.map((one) => one["message"].seq)).toEqual(texts.map((_, i) => i + 1));
  for (const ack of acks) {
    const heard = socket.frames.findIndex(
      (one) => one.type === "new_message" && one["message"].id === ack["message"].id,
    );
    expect(heard).toBeGreaterThan(0);
    expect(heard).toBeLessThan(socket.frames.indexOf(ack));
  }
  const messages = acks.map((one) => one["message"]);
  expect((await listener.settled("new_message")).map((one) => one["message"])).toEqual(messages);
  expect(await alice.history(chat)).toEqual(messages);
});

test("edits, deletions and pings wait for the messages sent before them", async () => {
  const { alice, chat, socket } = await conversation(server);
  const { id } = await alice.say(chat, "so that the next ids are known");
  const send = (content: string) => ({ type: "send_message", chat_id: chat, content });
  const answers = await askTogether(socket, [
    send("one"),
    send("two"),
    { type: "edit_message", message_id: id + 2, content: "two, better" },
    send("three"),
    { type: "delete_message", message_id: id + 3 },
    { type: "ping" },
    send("four"),
  ]);
  expect(names(answers)).toEqual(inOrder(7));
  expect(answers.map((one) => one.type)).toEqual(["ack", "ack", "ack", "ack", "ack", "pong", "ack"]);
  expect((await alice.history(chat)).slice(1).map((one) => [one.id, one.content])).toEqual([
    [id + 1, "one"],
    [id + 2, "two, better"],
    [id + 3, ""],
    [id + 4, "four"],
  ]);
  const cameLast = socket.frames.findIndex((one) => one["message"]?.content === "four");
  expect(cameLast).toBeGreaterThan(socket.frames.findIndex((one) => one.type === "pong"));
});

test("errors keep their place among the acks", async () => {
  const { chat, socket } = await conversation(server);
  const good = { type: "send_message", chat_id: chat, content: "fine" };
  const answers = await askTogether(socket, [
    good,
    { ...good, chat_id: 999 },
    good,
    { ...good, content: "" },
    good,
    { ...good, content: 5 },
    { type: "nonsense" },
    good,
    { type: "delete_message", message_id: 999 },
    { type: "resume", cursor: "nonsense" },
    good,
  ]);
  expect(names(answers)).toEqual(inOrder(11));
  expect(answers.map((one) => one["code"] ?? one["message"]?.seq ?? "done")).toEqual([
    1,
    "not_found",
    2,
    "validation",
    3,
    "validation",
    "validation",
    4,
    "not_found",
    "done",
    5,
  ]);
});

test("a message repeated while the first is still being saved is saved once, and both are acknowledged", async () => {
  const { alice, bob, chat, socket } = await conversation(server);
  const other = await alice.connect();
  const listener = await bob.connect();
  const frame = { type: "send_message", chat_id: chat, content: "once", client_id: "c1" };
  const [fromSocket, fromOther, overRest] = await Promise.all([
    askTogether(socket, [frame, frame, { ...frame, content: "not this text" }]),
    other.ask(frame),
    alice.post(`/api/messages/${chat}`, { content: "once", client_id: "c1" }),
  ]);
  const [message] = await alice.history(chat);
  expect(message).toMatchObject({ content: "once", client_id: "c1" });
  for (const one of [...fromSocket, fromOther]) {
    expect([one.type, one["message"]]).toEqual(["ack", message]);
  }
  expect(overRest.body).toEqual(message);
  expect((await alice.history(chat)).length).toBe(1);
  expect((await listener.settled("new_message")).length).toBe(1);
});

test("a client_id means the same message for ever, and another person's is another message", async () => {
  const { alice, bob, chat, socket } = await conversation(server);
  const group = await alice.group("others", bob);
  const frame = { type: "send_message", chat_id: chat, content: "once", client_id: "c1" };
  const [first] = await askTogether(socket, [frame]);
  await askTogether(socket, [{ type: "delete_message", message_id: first!["message"].id }]);
  const [again, elsewhere] = await askTogether(socket, [frame, { ...frame, chat_id: group }]);
  expect(again!["message"]).toMatchObject({ id: first!["message"].id, is_deleted: true, content: "" });
  expect(elsewhere!["code"]).toBe("client_id_reused");
  expect((await (await bob.connect()).ask(frame))["message"]).toMatchObject({ seq: 2, content: "once" });
});

test("an edit repeated with its client_id changes nothing a second time", async () => {
  const { alice, bob, chat, socket } = await conversation(server);
  const listener = await bob.connect();
  const [mine, next] = [await alice.say(chat, "helo"), await alice.say(chat, "next")];
  const edit = { type: "edit_message", message_id: mine.id, content: "hello", client_id: "e1" };
  const answers = await askTogether(socket, [
    edit,
    edit,
    { ...edit, content: "not this text" },
    { ...edit, message_id: next.id },
  ]);
  expect(answers.slice(0, 3).map((one) => one["message"].content)).toEqual(["hello", "hello", "hello"]);
  expect(answers[3]!["code"]).toBe("client_id_reused");
  expect((await listener.settled("message_updated")).length).toBe(1);
});

test("people edit and delete their own messages, and nobody else's", async () => {
  const { alice, bob, chat } = await conversation(server);
  const [socket, bobs] = [await alice.connect(), await bob.connect()];
  const [carol] = await server.people("carol");
  const carols = await carol.connect();
  const mine = await alice.say(chat, "helo");
  const edit = { type: "edit_message", message_id: mine.id, content: "hello" };
  const remove = { type: "delete_message", message_id: mine.id };
  for (const frame of [edit, remove]) {
    expect((await bobs.ask(frame))["code"]).toBe("forbidden");
    expect((await carols.ask(frame))["code"]).toBe("not_found");
  }
  const edited = (await socket.ask(edit))["message"];
  expect(edited).toMatchObject({ ...mine, content: "hello", is_edited: true, edited_at: expect.any(String) });
  expect((await bobs.next("message_updated"))["message"]).toEqual(edited);
  expect(await socket.ask(remove)).toMatchObject({ type: "ack", message_id: mine.id });
  expect(await bobs.next("message_deleted")).toMatchObject({
    chat_id: chat,
    message_id: mine.id,
    deleted_by: alice.id,
  });
  expect((await socket.ask(edit))["code"]).toBe("message_deleted");
  expect((await socket.ask(remove)).type).toBe("ack");
  expect((await bobs.settled("message_deleted")).length).toBe(1);
  expect((await carols.settled()).filter((one) => one["cursor"] && one.type !== "connected")).toEqual([]);
});
