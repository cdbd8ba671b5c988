import { Database } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";

import { ManualClock } from "../support/clock.ts";
import { heard, isEvent, withoutStatus } from "../support/heard.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

setDefaultTimeout(20_000);

async function people(server: TestServer): Promise<[Person, Person, Person]> {
  return [await server.register("alice"), await server.register("bob"), await server.register("carol")];
}

/** Comes back with a cursor and catches up. */
async function comeBack(person: Person, cursor: string): Promise<Socket> {
  const socket = await person.connect({ since: cursor });
  await socket.next("resumed");
  return socket;
}

const countOf = (socket: Socket) => socket.frames.find((one) => one.type === "resumed")!["count"];

test("whoever has missed nothing is told so, and goes on live", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob] = await people(server);
  const { cursor } = await bob.connect();
  const socket = await comeBack(bob, cursor);
  expect(socket.frames.map((one) => [one.type, one["cursor"] ?? one["count"]])).toEqual([
    ["connected", cursor],
    ["resumed", 0],
  ]);
  expect(socket.frames[1]).toMatchObject({ from: cursor, to: cursor });
  const chat = await alice.directWith(bob);
  expect((await socket.next("chat_created"))["chat"].id).toBe(chat);
  await alice.say(chat, "hi");
  expect((await socket.next("new_message"))["message"].content).toBe("hi");
});

test("what was missed comes once, in order and as it came to those who were there, then live", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob, carol] = await people(server);
  const club = await alice.group("club", bob, carol);
  const other = await carol.group("other", alice, bob);
  const [gone, witness] = [await bob.connect(), await carol.connect()];
  await alice.say(club, "applied");
  await gone.next("new_message");
  await witness.next("new_message");
  await gone.close();
  const start = witness.frames.length;
  for (let i = 0; i < 250; i++) await (i % 3 ? alice : carol).say(i % 2 ? club : other, `missed ${i}`);
  await alice.put(`/api/messages/${(await alice.say(club, "a quote")).id}`, { content: "a better quote" });
  await bob.say(other, "from my phone");
  await witness.settled();

  const socket = await comeBack(bob, gone.cursor);
  const missed = witness.frames.slice(start).filter(isEvent);
  const [message, edit] = [missed[250]!, missed[251]!];
  message["message"] = edit["message"];
  const replayed = socket.frames.slice(1, -1);
  expect(withoutStatus(replayed.filter(isEvent))).toEqual(withoutStatus(missed));
  expect(socket.frames.at(-1)).toEqual({
    type: "resumed",
    from: gone.cursor,
    to: replayed.at(-1)!["cursor"],
    count: replayed.length,
  });
  await alice.say(club, "and live again");
  expect(heard([await socket.next("new_message")])[0]).toContain("and live again");
  expect(countOf(await comeBack(bob, socket.cursor))).toBe(0);
});

test("edited and deleted messages are replayed as they are now; deleted text comes no more", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const { cursor } = await bob.connect();
  const first = await alice.say(chat, "embarrassing");
  const second = await alice.say(chat, "embarassing", { reply_to_id: first.id });
  await alice.put(`/api/messages/${second.id}`, { content: "I mean awkward" });
  await alice.delete(`/api/messages/${first.id}`);
  const socket = await comeBack(bob, cursor);
  expect(heard(socket.frames)).toEqual([
    `new_message ${chat}/1 `,
    `new_message ${chat}/2 I mean awkward`,
    `message_updated ${chat}/2 I mean awkward`,
    `message_deleted ${chat} ${first.id}`,
  ]);
  const replies = socket.frames.filter((one) => one["message"]?.reply_to);
  expect(replies.map((one) => [one["message"].reply_to.is_deleted, one["message"].reply_to.content])).toEqual(
    [
      [true, ""],
      [true, ""],
    ],
  );
  expect(JSON.stringify(socket.frames)).not.toContain("emba");
});

test("nobody hears what was said before they joined, in chats they left, or while they were out", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob, carol] = await people(server);
  const { cursor } = await bob.connect();
  const left = await alice.group("left", bob, carol);
  const joined = await alice.group("joined", carol);
  const both = await alice.group("both", bob, carol);
  const add = (chat: number) => alice.post(`/api/chats/${chat}/members`, { user_id: bob.id });
  const remove = (chat: number) => alice.delete(`/api/chats/${chat}/members/${bob.id}`);
  for (const chat of [left, joined, both]) await alice.say(chat, "early");
  await remove(left);
  await add(joined);
  await remove(both);
  for (const chat of [left, joined, both]) await alice.say(chat, "middle");
  await add(both);
  for (const chat of [left, joined, both]) await alice.say(chat, "late");

  const socket = await comeBack(bob, cursor);
  expect(heard(socket.frames)).toEqual([
    `chat_created ${both} as member`,
    `chat_removed ${left}`,
    `chat_created ${joined} as member`,
    `chat_removed ${both}`,
    `new_message ${joined}/4 middle`,
    `chat_created ${both} as member`,
    `new_message ${joined}/5 late`,
    `new_message ${both}/6 late`,
  ]);
  for (const chat of [left, joined, both]) await alice.say(chat, "live");
  await socket.settled();
  expect(heard(socket.frames).slice(8)).toEqual([
    `new_message ${joined}/6 live`,
    `new_message ${both}/7 live`,
  ]);
});

test("an open socket can resume too: it hears again from the cursor on, then the ack, then live", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const start = socket.cursor;
  for (const text of ["one", "two", "three"]) await alice.say(chat, text);
  await socket.next("new_message", (frame) => frame["message"].content === "three");
  const [one, two, three] = socket.frames.filter(isEvent);

  const before = socket.frames.length;
  const ack = await socket.ask({ type: "resume", cursor: one!["cursor"] });
  expect(withoutStatus(socket.frames.slice(before))).toEqual([
    ...withoutStatus([two!, three!]),
    { type: "resumed", from: one!["cursor"], to: three!["cursor"], count: 2 },
    ack,
  ]);
  await alice.say(chat, "four");
  await socket.next("new_message", (frame) => frame["message"].content === "four");
  socket.send({ type: "resume", cursor: start });
  socket.send({ type: "resume", cursor: socket.cursor });
  expect((await socket.next("resumed"))["count"]).toBe(4);
  expect((await socket.next("resumed"))["count"]).toBe(0);
  await alice.say(chat, "five");
  expect((await socket.next("new_message"))["message"].content).toBe("five");
  expect((await socket.settled("new_message")).length).toBe(3 + 2 + 1 + 4 + 1);
});

test("a cursor outlives the server's restart", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const { cursor } = await bob.connect();
  await alice.say(chat, "before");
  await server.restart();
  await server.as(alice.signedIn).say(chat, "after");
  const socket = await comeBack(server.as(bob.signedIn), cursor);
  expect(heard(socket.frames)).toEqual([`new_message ${chat}/1 before`, `new_message ${chat}/2 after`]);
});

test("a socket that cannot catch up is closed, when it opens and when it resumes, and is never left deaf", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const [open, other] = [await bob.connect(), await bob.connect()];
  const { cursor } = open;
  const message = await alice.say(chat, "soon unreadable");
  await open.next("new_message");
  {
    using file = new Database(join(server.dataDir, "db", "chat.sqlite"));
    file.run("UPDATE messages SET system = '{' WHERE id = ?", [message.id]);
  }
  open.send({ type: "resume", cursor, request_id: "r" });
  expect(await open.closed).toBe(1011);
  expect(await (await bob.connect({ since: cursor })).closed).toBe(1011);
  await alice.say(chat, "readable");
  expect((await other.settled("new_message")).length).toBe(2);
});
