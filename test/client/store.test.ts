import { expect, spyOn, test } from "bun:test";

import { type Change, memoryStore, type Store } from "../../src/client/sdk/index.ts";
import {
  besides,
  fetchBy,
  MortalStore,
  opened,
  sameAsServer,
  sees,
  shown,
  texts,
} from "../support/client.ts";
import { Line } from "../support/line.ts";
import { shared } from "../support/shared.ts";
import { sayAll } from "../support/talk.ts";

const server = await shared();
const eager = { random: () => 0 };

test("a program that is killed at any moment comes back with nothing lost and nothing doubled", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.group("Tea", bob);
  const socket = await bob.connect();
  await sayAll(socket, chatId, ["0"]);
  let store: Store = memoryStore();
  for (let round = 1; round <= 12; round++) {
    // Dies with its nth write: an event's changes and its cursor are there, or neither.
    const mortal = new MortalStore();
    await mortal.write(await rowsOf(store), { from: undefined, to: (await store.read()).cursor });
    await mortal.keepTokens(await store.tokens());
    mortal.diesAfter(round);
    const hers = await opened(server.url, round === 1 ? alice : undefined, { store: mortal });
    await hers.live();
    const sending = hers.chat(chatId).send(`hers ${round}`);
    const said = await sayAll(socket, chatId, [`a ${round}`, `b ${round}`]);
    await bob.put(`/api/messages/${said[0].id}`, { content: `a ${round}, edited` });
    await bob.delete(`/api/messages/${said[1].id}`);
    await sending;
    store = await mortal.kill();
    await hers.close();
  }
  await using hers = await opened(server.url, undefined, { store });
  await hers.live();
  await hers.drained();
  await sees(() => texts(hers, chatId).length > 0);
  await sameAsServer(hers, alice);
  await socket.close();
});

test("a load of everything is stored with its cursor: whoever is killed before loads again", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await alice.group("Tea", bob);
  for (const writes of [0, 1]) {
    const store = new MortalStore();
    await using before = await opened(server.url, alice, { store });
    store.diesAfter(writes);
    await before.live();
    await using hers = await opened(server.url, undefined, { store: await store.kill() });
    await hers.live();
    expect(hers.chats.value).toHaveLength(1);
  }
});

test("without a store that works it goes on in memory, and says so", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = memoryStore();
  const full = Object.assign(besides(store), {
    write: () => Promise.reject(new Error("QuotaExceededError")),
  });
  await using hers = await opened(server.url, alice, { store: full });
  await hers.live();
  expect(hers.isKept.value).toBe(false);
  await hers.chat(chatId).send("hello");
  await bob.say(chatId, "hello Alice");
  await hers.drained();
  await sees(() => texts(hers, chatId).length === 2);
  expect((await full.read()).cursor).toBeUndefined();
});

test("whoever is behind does not write over what another program has stored since", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = memoryStore();
  await using first = await opened(server.url, alice, { store });
  await first.live();
  await using second = await opened(server.url, undefined, { store });
  await second.live();
  await bob.say(chatId, "hello");
  await sees(() => [first, second].filter((one) => one.connection.value === "ended").length === 1);
  const [other] = [first, second].filter((one) => one.connection.value === "ended");
  expect(other!.ended.value!.code).toBe("store_moved");
  // It would neither be kept nor sent.
  await expect(other!.chat(chatId).send("lost?")).rejects.toMatchObject({ code: "store_moved" });
});

test("an answer that comes after a session was closed is not stored any more", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = memoryStore();
  const { promise: isClosed, resolve } = Promise.withResolvers<void>();
  const late = fetchBy((input, init) =>
    String(input).includes(`/api/messages/${chatId}`) ? isClosed.then(() => fetch(input, init)) : undefined,
  );
  const hers = await opened(server.url, alice, { store, environment: { fetch: late } });
  await hers.live();
  await bob.say(chatId, "hello");
  await sees(() => texts(hers, chatId).length === 1);
  const loading = hers.chat(chatId).around(shown(hers, chatId)[0]!.message.id);
  await hers.close();
  const kept = await rowsOf(store);
  await bob.say(chatId, "good night");
  resolve();
  await expect(loading).rejects.toMatchObject({ code: "aborted" });
  expect(await rowsOf(store)).toEqual(kept);
  await expect(hers.chat(chatId).send("too late")).rejects.toMatchObject({ code: "aborted" });
  expect(await rowsOf(store)).toEqual(kept);
});

test("a write that fails while others wait is no other program: it goes on in memory", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = besides(memoryStore());
  await using hers = await opened(server.url, alice, { store });
  await hers.live();
  const failing = Promise.withResolvers<void>();
  store.write = () => failing.promise;
  await bob.say(chatId, "one");
  await bob.say(chatId, "two");
  await sees(() => texts(hers, chatId).length === 2);
  failing.reject(new Error("QuotaExceededError"));
  await bob.say(chatId, "three");
  await sees(() => texts(hers, chatId).length === 3);
  expect(hers.isKept.value).toBe(false);
  expect(hers.connection.value).toBe("live");
});

test("what a subscriber throws is its own affair", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await bob.say(chatId, "you may see whether I type");
  const store = memoryStore();
  using line = await Line.to(server.url);
  const hers = await opened(line.url, alice, { store, environment: { random: () => 0 } });
  await hers.live();
  using reported = spyOn(console, "error").mockImplementation(() => {});
  let isBad = false;
  const bad = () => {
    if (isBad) throw new Error("a bad subscriber");
  };
  const chat = hers.chat(chatId);
  for (const one of [chat.timeline, chat.typing, chat.info, hers.chats]) one.subscribe(bad);
  hers.listen(bad);
  await using his = await opened(server.url, bob);
  await his.live();
  isBad = true;
  await chat.send("", { files: [{ name: "hers.txt", blob: new Blob(["hello"]) }] });
  his.chat(chatId).type();
  await sees(() => chat.typing.value.length === 1);
  const heard: string[] = [];
  hers.listen(({ type }) => heard.push(type));
  await bob.say(chatId, "his");
  await hers.drained();
  await sees(() => texts(hers, chatId).includes("his"));
  expect(heard).toContain("new_message");
  line.cut();
  await sees(() => hers.connection.value === "offline");
  line.mend();
  hers.wake();
  await hers.live();
  isBad = false;
  await hers.close();
  expect(reported).toHaveBeenCalled();
  await using again = await opened(server.url, undefined, { store });
  expect(texts(again, chatId).toSorted()).toEqual(["", "his", "you may see whether I type"]);
  expect(await bob.history(chatId)).toHaveLength(3);
});

test("drafts are kept apart from what is sent, and survive a restart and a load of everything", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const store = memoryStore();
  const before = await opened(server.url, alice, { store });
  await before.live();
  const said = await bob.say(chatId, "what do you think?");
  await before.chat(chatId).keepDraft({ text: "Well, I think", reply_to: said.id });
  await before.chat(chatId).keepDraft({ text: "an edit", edits: 7 }, "edit");
  await before.chat(chatId).send("in between");
  await before.drained();
  await before.close();
  await store.write([], { from: (await store.read()).cursor, to: "too-old" });
  await using hers = await opened(server.url, undefined, { store });
  const draft = { text: "Well, I think", reply_to: said.id };
  expect(hers.chat(chatId).draft()).toEqual(draft);
  await hers.live();
  expect(hers.chat(chatId).draft()).toEqual(draft);
  await hers.chat(chatId).keepDraft(undefined, "edit");
  expect(hers.chat(chatId).draft("edit")).toBeUndefined();
});

test("what is not sent survives a load of everything, and of a chat that one is in no more it says so", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.group("Tea", alice);
  using line = await Line.to(server.url);
  const store = memoryStore();
  await using hers = await opened(line.url, alice, { store, environment: eager });
  await hers.live();
  line.cut();
  await sees(() => hers.connection.value === "offline");
  await hers.chat(chatId).send("am I still here?");
  await bob.delete(`/api/chats/${chatId}/members/${alice.id}`);
  line.mend();
  hers.wake();
  await hers.live();
  await sees(() => hers.outbox.value[0]?.state === "failed");
  expect(hers.outbox.value[0]!.refusal!.code).toBe("not_found");
  expect(hers.chats.value).toBeEmpty();
  expect(hers.chat(chatId).info.value).toBeUndefined();
});

test("what is kept is bounded: what nobody looks at is forgotten first, and counted all the same", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chats = [
    await alice.group("One", bob),
    await alice.group("Two", bob),
    await alice.group("Three", bob),
  ];
  const socket = await bob.connect();
  for (const chatId of chats)
    await sayAll(
      socket,
      chatId,
      Array.from({ length: 60 }, (_, i) => `${i}`),
    );
  const store = memoryStore();
  await using hers = await opened(server.url, alice, { store, bounds: { messages: 600 } });
  await hers.live();
  for (const chatId of chats) {
    await hers.chat(chatId).open();
    while (await hers.chat(chatId).older());
  }
  hers.chat(chats[0]!).close();
  hers.chat(chats[1]!).close();
  await sayAll(
    socket,
    chats[2]!,
    Array.from({ length: 600 }, (_, i) => `more ${i}`),
  );
  await sees(() => texts(hers, chats[2]!).at(-1) === "more 599");
  expect(texts(hers, chats[0]!)).toEqual(["59"]);
  const kept = chats.reduce((sum, chatId) => sum + texts(hers, chatId).length, 0);
  expect(kept).toBeLessThanOrEqual(600);
  const rows = [...(await store.read()).rows].filter((one) => one.kind === "message");
  expect(rows.length).toBeLessThanOrEqual(600);
  expect(hers.chats.value.map((one) => one.unread_count).toSorted()).toEqual([60, 60, 660]);
  await hers.chat(chats[0]!).open();
  await sameAsServer(hers, alice);
  await socket.close();
});

test("too many members of a chat that is open are no reason to forget messages", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const [open, other] = [await alice.group("Open", bob), await alice.group("Other", bob)];
  for (const text of ["one", "two", "three"]) await bob.say(other, text);
  await using hers = await opened(server.url, alice, { bounds: { members: 1 } });
  await hers.live();
  for (const chatId of [open, other]) await hers.chat(chatId).open();
  hers.chat(other).close();
  await bob.say(open, "hello");
  await sees(() => texts(hers, open).includes("hello"));
  expect(texts(hers, other).slice(-3)).toEqual(["one", "two", "three"]);
});

async function rowsOf(store: Store) {
  return [...(await store.read()).rows] as unknown as Change[];
}
