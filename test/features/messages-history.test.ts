import { expect, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

/** A chat of twelve messages, and what a query shows of it: numbers, and whether there is more on each side. */
async function conversation() {
  const server = await TestServer.start();
  const alice = await server.register("alice");
  const chat = await alice.directWith(await server.register("bob"));
  const ids: number[] = [0];
  for (let i = 1; i <= 12; i++) ids.push((await alice.say(chat, `message ${i}`)).id);
  return { server, alice, chat, ids, page: (query: string) => page(alice, chat, query) };
}

async function page(person: Person, chat: number, query: string): Promise<[number[], boolean, boolean]> {
  const reply = await person.get(`/api/messages/${chat}?${query}`);
  const { messages, has_more_before, has_more_after } = reply.body;
  return [messages.map((one: any) => one.seq), has_more_before, has_more_after];
}

test("the newest page comes first, oldest message on top", async () => {
  const { server, page } = await conversation();
  await using _ = server;
  expect(await page("limit=3")).toEqual([[10, 11, 12], true, false]);
  expect(await page("limit=11")).toEqual([[2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], true, false]);
  const all = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
  expect(await page("limit=12")).toEqual([all, false, false]);
  expect(await page("limit=13")).toEqual([all, false, false]);
  expect(await page("")).toEqual([all, false, false]);
});

test("scrolling up: what was said before a message", async () => {
  const { server, ids, page } = await conversation();
  await using _ = server;
  expect(await page(`before=${ids[10]}&limit=3`)).toEqual([[7, 8, 9], true, true]);
  expect(await page(`before=${ids[4]}&limit=3`)).toEqual([[1, 2, 3], false, true]);
  expect(await page(`before=${ids[3]}&limit=3`)).toEqual([[1, 2], false, true]);
  expect(await page(`before=${ids[1]}&limit=3`)).toEqual([[], false, true]);
});

test("scrolling down: what was said after a message", async () => {
  const { server, ids, page } = await conversation();
  await using _ = server;
  expect(await page(`after=${ids[1]}&limit=3`)).toEqual([[2, 3, 4], true, true]);
  expect(await page(`after=${ids[9]}&limit=3`)).toEqual([[10, 11, 12], true, false]);
  expect(await page(`after=${ids[10]}&limit=3`)).toEqual([[11, 12], true, false]);
  expect(await page(`after=${ids[12]}&limit=3`)).toEqual([[], true, false]);
});

test("jumping to a message shows what stands around it", async () => {
  const { server, ids, page } = await conversation();
  await using _ = server;
  expect(await page(`around=${ids[6]}&limit=5`)).toEqual([[4, 5, 6, 7, 8], true, true]);
  expect(await page(`around=${ids[6]}&limit=1`)).toEqual([[6], true, true]);
  expect((await page(`around=${ids[6]}&limit=2`))[0]).toContain(6);
  expect(await page(`around=${ids[1]}&limit=1`)).toEqual([[1], false, true]);
  expect(await page(`around=${ids[12]}&limit=1`)).toEqual([[12], true, false]);
  const first = await page(`around=${ids[1]}&limit=5`);
  expect(first).toEqual([[1, 2, 3, 4, 5], false, true]);
  const [last, , after] = await page(`around=${ids[12]}&limit=5`);
  expect(last.slice(-3)).toEqual([10, 11, 12]);
  expect(after).toBe(false);
  expect(await page(`around=${ids[6]}&limit=100`)).toEqual([ids.slice(1).map((_, i) => i + 1), false, false]);
});

test("a chat in which nothing was said has an empty page", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const chat = await alice.directWith(await server.register("bob"));
  expect(await page(alice, chat, "")).toEqual([[], false, false]);
});

test("tombstones keep their place, also as an anchor", async () => {
  const { server, alice, ids, page } = await conversation();
  await using _ = server;
  await alice.delete(`/api/messages/${ids[6]}`);
  expect(await page(`around=${ids[6]}&limit=3`)).toEqual([[5, 6, 7], true, true]);
  expect(await page(`before=${ids[6]}&limit=1`)).toEqual([[5], true, true]);
});

test("an anchor is one message of this chat", async () => {
  const { server, alice, chat, ids, page } = await conversation();
  await using _ = server;
  const elsewhere = await alice.say(await alice.group("Notes"), "a note");
  expect((await page(`before=${ids[12]}`))[0]).toHaveLength(11);
  for (const anchor of ["before", "after", "around"]) {
    for (const id of [elsewhere.id, 999, 0, -1, "x", "", "1e1", "9007199254740992"]) {
      const reply = await alice.get(`/api/messages/${chat}?${anchor}=${id}`);
      expectInvalid(reply, `query.${anchor}`);
    }
  }
  const two = await alice.get(`/api/messages/${chat}?before=${ids[5]}&after=${ids[2]}`);
  expectInvalid(two, "query.after");
  for (const limit of ["0", "101", "-1", "x"]) {
    expectInvalid(await alice.get(`/api/messages/${chat}?limit=${limit}`), "query.limit");
  }
});
