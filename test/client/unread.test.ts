import { expect, test } from "bun:test";

import { memoryStore, type Session } from "../../src/client/sdk/index.ts";
import { fetchBy, hanging, opened, sameAsServer, sees } from "../support/client.ts";
import { Line } from "../support/line.ts";
import type { Person } from "../support/person.ts";
import { shared } from "../support/shared.ts";
import { sayAll } from "../support/talk.ts";

const server = await shared();

/** What the server counts. */
async function counts(person: Person): Promise<object> {
  await server.settled();
  return (await person.get("/api/notifications/count")).body;
}

async function agrees(session: Session, person: Person): Promise<void> {
  const wanted = await counts(person);
  await sees(() => Bun.deepEquals(session.counts.value, wanted));
}

test("system messages, deleted ones, one's own and those of people who have left are never in the way of nought", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const chatId = await alice.group("Tea", bob);
  await bob.say(chatId, "read already");
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  await chat.read();
  await hers.drained();
  await alice.post(`/api/chats/${chatId}/members`, { user_id: carol.id });
  const deleted = await bob.say(chatId, "sorry");
  await bob.delete(`/api/messages/${deleted.id}`);
  const phone = await server.login(alice.username);
  await phone.say(chatId, "from my phone");
  await carol.say(chatId, "good bye");
  await carol.delete(`/api/chats/${chatId}/members/${carol.id}`);
  await bob.say(chatId, "a file that nobody can show", { content_type: "file" });
  await agrees(hers, alice);
  await sees(() => chat.info.value!.unread_count === 2);
  await chat.read();
  expect(chat.info.value!.unread_count).toBe(0);
  await hers.drained();
  await agrees(hers, alice);
  expect(hers.counts.value).toEqual({ unread_messages: 0, unread_mentions: 0, unread_notifications: 0 });
});

test("what is counted in a chat that is not here is what the server counts", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.group("Tea", bob);
  const socket = await bob.connect();
  const said = await sayAll(
    socket,
    chatId,
    Array.from({ length: 30 }, (_, i) => `${i}`),
  );
  await using hers = await opened(server.url, alice);
  await hers.live();
  const { info } = hers.chat(chatId);
  expect(info.value!.unread_count).toBe(30);
  await bob.say(chatId, `and one for @${alice.username}`);
  await sees(() => info.value!.unread_count === 31 && info.value!.unread_mentions === 1);
  // Nobody here knows these: they have to be asked for.
  await bob.delete(`/api/messages/${said[3].id}`);
  await sees(() => info.value!.unread_count === 30);
  const phone = await server.login(alice.username);
  await phone.post(`/api/messages/${said[10].id}/read`);
  await sees(() => info.value!.unread_count === 20);
  await bob.delete(`/api/messages/${said[4].id}`);
  await bob.say(chatId, "one more");
  await sees(() => info.value!.unread_count === 21);
  await agrees(hers, alice);
  await sameAsServer(hers, alice);
  await socket.close();
});

test("what is missing between here and the marker is counted all the same", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.group("Tea", bob);
  const socket = await bob.connect();
  const said = await sayAll(
    socket,
    chatId,
    Array.from({ length: 120 }, (_, i) => `${i}`),
  );
  await alice.post(`/api/messages/${said[9].id}/read`);
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.around(said[2].id);
  expect(chat.timeline.value.some((one) => one.kind === "gap")).toBe(true);
  expect(chat.info.value!.unread_count).toBe(110);
  await bob.say(chatId, "and another");
  await sees(() => chat.info.value!.unread_count === 111);
  await socket.close();
});

test("a message that is loaded as deleted before its deletion is told is counted no more", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.group("Tea", bob);
  const said = [];
  for (let i = 0; i < 60; i++) said.push(await bob.say(chatId, `${i}`));
  using line = await Line.to(server.url);
  const past = fetchBy((input, init) => fetch(String(input).replace(line.url, server.url), init));
  await using hers = await opened(line.url, alice, { environment: { fetch: past } });
  await hers.live();
  line.loseAnswers();
  await bob.delete(`/api/messages/${said[30]!.id}`);
  await hers.chat(chatId).around(said[30]!.id);
  line.cut();
  line.mend();
  hers.wake();
  await sees(() => hers.connection.value !== "live");
  await hers.live();
  await agrees(hers, alice);
});

test("a chat that the server cannot be asked about holds up no other", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chats = [await alice.group("Tea", bob), await alice.group("Rum", bob)];
  const said = [];
  for (const chatId of chats) {
    said.push(await bob.say(chatId, "deleted"));
    await bob.say(chatId, "stays");
  }
  let first = 0;
  const fetch = fetchBy((input) =>
    String(input).endsWith(`/api/chats/${first}`)
      ? Promise.resolve(new Response("", { status: 502 }))
      : undefined,
  );
  await using hers = await opened(server.url, alice, { environment: { fetch } });
  await hers.live();
  const [one, other] = hers.chats.value;
  first = one!.id;
  await bob.delete(`/api/messages/${said.find((it) => it.chat_id === first).id}`);
  await bob.delete(`/api/messages/${said.find((it) => it.chat_id === other!.id).id}`);
  await sees(() => hers.chat(other!.id).info.value!.unread_count === 1);
});

test("somebody who stops in the middle of a recount has it at the next start", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.group("Tea", bob);
  const said = [];
  for (let i = 0; i < 5; i++) said.push(await bob.say(chatId, `${i}`));
  const store = memoryStore();
  const environment = hanging(`/api/chats/${chatId}`);
  const before = await opened(server.url, alice, { store, environment });
  await before.live();
  const heard = new Promise<void>((resolve) =>
    before.listen((event) => event.type === "message_deleted" && resolve()),
  );
  await bob.delete(`/api/messages/${said[1]!.id}`);
  await heard;
  await before.close();
  await using hers = await opened(server.url, undefined, { store });
  await sees(() => hers.chat(chatId).info.value!.unread_count === 4);
});

test("what is forgotten while older messages are still under way is counted all the same", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const [chatId, other] = [await alice.group("Tea", bob), await alice.group("Rum", bob)];
  await bob.say(chatId, "unread");
  for (let i = 0; i < 5; i++) await bob.say(other, `${i}`);
  using line = await Line.to(server.url);
  const past = fetchBy((input, init) => fetch(String(input).replace(line.url, server.url), init));
  await using hers = await opened(line.url, alice, { environment: { fetch: past }, bounds: { messages: 2 } });
  await hers.live();
  line.cut();
  await sees(() => hers.connection.value !== "live");
  for (let i = 0; i < 3; i++) await bob.say(chatId, `missed ${i}`);
  // Goes out past the line, so that the answer is here before what others have said.
  await hers.chat(chatId).send("mine");
  await hers.drained();
  line.mend();
  hers.wake();
  await hers.live();
  await agrees(hers, alice);
  expect(hers.chat(chatId).info.value!.unread_count).toBe(4);
});
