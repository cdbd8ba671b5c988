import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(30_000);

const day = 86_400_000;

async function listed(person: Person): Promise<number[]> {
  return (await person.get("/api/chats")).body.chats.map((one: any) => one.id);
}

async function paged(person: Person, limit: number): Promise<number[]> {
  const ids: number[] = [];
  let cursor: string | null = "";
  while (cursor !== null && ids.length < 100) {
    const query: string = `limit=${limit}${cursor && `&cursor=${cursor}`}`;
    const page = (await person.get(`/api/chats?${query}`)).body;
    ids.push(...page.chats.map((one: any) => one.id));
    cursor = page.next_cursor;
  }
  return ids;
}

test("chats are listed by their last activity, with the last message", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const next = <T>(value: Promise<T>): Promise<T> => (clock.turn(1000), value);
  const one = await next(alice.directWith(bob));
  const two = await next(alice.group("Two", bob));
  const three = await next(bob.group("Three", alice));
  expect(await listed(alice)).toEqual([three, two, one]);
  const message = await next(bob.say(one, "up again"));
  expect(await listed(alice)).toEqual([one, three, two]);
  await next(alice.put(`/api/chats/${two}`, { name: "Zwei" }));
  expect(await listed(alice)).toEqual([two, one, three]);
  const { chats } = (await alice.get("/api/chats")).body;
  expect(chats[1].last_message).toEqual(message);
  expect(chats[1].peer.username).toBe("bob");
  expect(chats[0].last_message.system.event).toBe("chat_renamed");
  expect(chats[0].members).toBeUndefined();
});

test("a clock that was wrong once does not hold a chat at the top", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const [one, two, three] = [await alice.group("1"), await alice.group("2"), await alice.group("3")];
  clock.set(2 * day);
  const then = await server.login("alice");
  await then.say(three, "from the day after tomorrow");
  const ahead = await then.directWith(bob);
  clock.set(-2 * day);
  expect(await listed(alice)).toEqual([ahead, three, two, one]);
  await alice.say(two, "from today");
  expect(await listed(alice)).toEqual([two, ahead, three, one]);
  clock.set(-day);
  const earlier = await alice.directWith(carol);
  await alice.put(`/api/chats/${one}`, { name: "One" });
  expect(await listed(alice)).toEqual([one, earlier, two, ahead, three]);
  await server.restart();
  expect(await listed(await server.login("alice"))).toEqual([one, earlier, two, ahead, three]);
});

test("to have been put into a chat, or out of it, is something that happened there", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const [one, two] = [await alice.group("1"), await alice.group("2")];
  await alice.post(`/api/chats/${one}/members`, { user_id: bob.id });
  expect(await listed(alice)).toEqual([one, two]);
  await alice.post(`/api/chats/${two}/members`, { user_id: bob.id });
  expect(await listed(bob)).toEqual([two, one]);
  await bob.delete(`/api/chats/${one}/members/${bob.id}`);
  expect(await listed(alice)).toEqual([one, two]);
  expect(await listed(bob)).toEqual([two]);
});

test("editing or deleting does not move a chat, but shows in the list", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const direct = await alice.directWith(bob);
  const { id } = await alice.say(direct, "helo");
  clock.turn(1000);
  const group = await alice.group("Team");
  await alice.put(`/api/messages/${id}`, { content: "hello" });
  const { chats } = (await bob.get("/api/chats")).body;
  expect(chats[0].last_message).toMatchObject({ content: "hello", is_edited: true });
  await alice.delete(`/api/messages/${id}`);
  expect((await bob.get("/api/chats")).body.chats[0].last_message).toMatchObject({
    content: "",
    is_deleted: true,
  });
  expect(await listed(alice)).toEqual([group, direct]);
});

test("the list comes in pages, each chat once, also when all are equally old", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const made: number[] = [];
  for (let i = 0; i < 11; i++) {
    if (i % 4 === 0) clock.turn(1000);
    made.unshift(await alice.group(`group ${i}`));
  }
  expect(await listed(alice)).toEqual(made);
  for (const limit of [1, 2, 3, 10, 11, 12]) expect(await paged(alice, limit)).toEqual(made);
});

test("whoever pages through the list while chats move misses none, and sees again only what moved", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chats: number[] = [];
  for (let i = 0; i < 12; i++) chats.push(await alice.group(`group ${i}`, bob));
  const chance = new Chance();
  const { seed } = chance;
  for (let round = 0; round < 40; round++) {
    const limit = 1 + chance.below(13);
    const moved: number[] = [];
    const [left] = round % 4 === 3 ? [chance.pick(chats)] : [];
    const seen: number[] = [];
    const sizes: number[] = [];
    for (let query = `limit=${limit}`; query !== "";) {
      const page = (await alice.get(`/api/chats?${query}`)).body;
      sizes.push(page.chats.length);
      seen.push(...page.chats.map((one: any) => one.id));
      query = page.next_cursor === null ? "" : `limit=${limit}&cursor=${page.next_cursor}`;
      // Fewer than a page shows, so that it comes to an end; more than once the same.
      const times = sizes.length < 6 ? chance.below(Math.min(limit, 4)) : 0;
      for (let i = 0; i < times; i++) {
        moved.push(chance.pick(chats));
        await bob.say(moved.at(-1)!, "up");
      }
      if (left !== undefined && sizes.length === 1) await alice.say(left, "and up again");
    }
    const all = { seed, round, limit, missing: chats.filter((id) => !seen.includes(id)) };
    expect(all).toEqual({ ...all, missing: [] });
    const again = seen.filter((id, i) => seen.indexOf(id) !== i);
    const still = again.filter((id) => !moved.includes(id) && id !== left);
    expect({ seed, round, still }).toEqual({ seed, round, still: [] });
    expect(sizes.slice(0, -1).every((size) => size === limit)).toBe(true);
  }
});

test("a limit or cursor that is none is refused", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const chat = await alice.group("Team");
  for (const path of ["/api/chats", `/api/chats/${chat}/members`]) {
    expect((await alice.get(`${path}?limit=100`)).status).toBe(200);
    for (const limit of ["0", "101", "-1", "1.5", "1e1", "0x10", "ten", ""]) {
      expectInvalid(await alice.get(`${path}?limit=${limit}`), "query.limit");
    }
    for (const cursor of ["x", "-1", "1-", "1'--", "%00", "9".repeat(17), "x".repeat(101)]) {
      expectInvalid(await alice.get(`${path}?cursor=${cursor}`), "query.cursor");
    }
  }
});
