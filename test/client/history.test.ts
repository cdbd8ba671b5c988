import { expect, test } from "bun:test";

import { memoryStore } from "../../src/client/sdk/index.ts";
import { fetchBy, opened, sameAsServer, sees, shown, texts } from "../support/client.ts";
import { Line } from "../support/line.ts";
import { sayAll } from "../support/talk.ts";
import { shared } from "../support/shared.ts";
import { until } from "../support/until.ts";
import { openBeside } from "../support/written.ts";

const server = await shared();
const eager = { random: () => 0 };
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`);

test("after a month away nothing is next to anything that it does not follow", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const socket = await bob.connect();
  await sayAll(socket, chatId, numbers(1, 120));
  using line = await Line.to(server.url);
  const store = memoryStore();
  const before = await opened(line.url, alice, { store });
  await before.live();
  await before.chat(chatId).open();
  while (await before.chat(chatId).older());
  expect(texts(before, chatId)).toEqual(numbers(1, 120));
  await before.close();
  const early = await sayAll(socket, chatId, numbers(121, 500));
  await store.write([], { from: (await store.read()).cursor, to: "too-old" });
  line.cut();
  await using hers = await opened(line.url, undefined, { store, environment: eager });
  // From what is kept, at once.
  expect(texts(hers, chatId)).toEqual(numbers(1, 120));
  line.mend();
  hers.wake();
  const chat = hers.chat(chatId);
  const opening = chat.open();
  await sayAll(socket, chatId, ["501"]);
  await hers.live();
  await opening;
  await sees(() => texts(hers, chatId).at(-1) === "501");
  expect(inOrder()).toBe(true);
  // To a search result, and back to where one was.
  const target = early.find((one) => one.content === "300");
  await chat.around(target.id);
  expect(inOrder()).toBe(true);
  expect(texts(hers, chatId).slice(texts(hers, chatId).indexOf("300") - 1)[0]).toBe("299");
  while (await chat.older()) expect(inOrder()).toBe(true);
  expect(texts(hers, chatId)).toEqual(numbers(1, 501));
  expect(chat.timeline.value.every((one) => one.kind === "message")).toBe(true);
  await hers.chat(chatId).read();
  await hers.drained();
  await sameAsServer(hers, alice);
  await socket.close();

  /** Neighbours follow each other, or there is a gap between them that says how many are missing. */
  function inOrder(): boolean {
    let seq = 0;
    for (const one of chat.timeline.value) {
      if (one.kind === "gap") seq += one.count;
      else if (one.message.seq !== ++seq) return false;
    }
    return true;
  }
});

test("a gap is filled from its end, page by page", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const socket = await bob.connect();
  const said = await sayAll(socket, chatId, numbers(1, 200));
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  await chat.around(said[40].id);
  const [first, second] = chat.timeline.value.filter((one) => one.kind === "gap");
  expect(first).toMatchObject({ after: undefined, before: said[16].id, count: 16 });
  expect(second).toMatchObject({ after: said[65].id, before: said[150].id, count: 84 });
  for (let gap = second; gap; gap = chat.timeline.value.findLast((one) => one.kind === "gap")) {
    await chat.fill(gap as never);
  }
  expect(texts(hers, chatId)).toEqual(numbers(1, 200));
  await socket.close();
});

test("numbers that the server has no more are gone, and not asked for again and again", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const socket = await bob.connect();
  const said = await sayAll(socket, chatId, numbers(1, 80));
  using db = openBeside(server.dataDir);
  const ids = [...said.slice(0, 5), ...said.slice(30, 33)].map((one) => one.id).join();
  db.run(`DELETE FROM messages WHERE id IN (${ids})`);
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  while (await chat.older());
  expect(chat.timeline.value.filter((one) => one.kind === "gap")).toBeEmpty();
  expect(shown(hers, chatId)).toHaveLength(72);
  expect(await chat.older()).toBe(false);
  await socket.close();
});

test("what happens while a page is loaded is newer than the page", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  const first = await bob.say(chatId, "one");
  await bob.say(chatId, "two");
  let letGo = () => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  const slow = fetchBy(async (input, init) => {
    const response = await fetch(input, init);
    if (!String(input).includes(`/api/messages/${chatId}`)) return response;
    const text = await response.text();
    await held;
    return new Response(text, response);
  });
  await using hers = await opened(server.url, alice, { environment: { fetch: slow } });
  await hers.live();
  const heard: string[] = [];
  hers.listen((event) => heard.push(event.type));
  const opening = hers.chat(chatId).open();
  await hers.call("GET /api/auth/me");
  await bob.put(`/api/messages/${first.id}`, { content: "one, edited" });
  await bob.delete(`/api/messages/${first.id}`);
  await until(() => heard.includes("message_deleted"));
  letGo();
  await opening;
  expect(shown(hers, chatId)[0]!.message).toMatchObject({ is_deleted: true, content: "" });
});

test("whoever is put out of an open chat and into it again sees all of it", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await bob.group("Tea", alice);
  for (let i = 0; i < 10; i++) await bob.say(chatId, `${i}`);
  await using hers = await opened(server.url, alice);
  await hers.live();
  const chat = hers.chat(chatId);
  await chat.open();
  await bob.delete(`/api/chats/${chatId}/members/${alice.id}`);
  await sees(() => chat.info.value === undefined);
  await bob.post(`/api/chats/${chatId}/members`, { user_id: alice.id });
  await sees(() => chat.members.value.length === 2 && chat.timeline.value.length > 10);
  expect(chat.timeline.value.every((one) => one.kind === "message")).toBe(true);
});
