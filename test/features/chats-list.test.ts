import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

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
