import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import { told } from "../support/statuses.ts";

setDefaultTimeout(20_000);

/** Whether somebody is online and when they were last seen, as each way of looking somebody up shows it. */
async function presenceOf(of: Person, asks: Person): Promise<[boolean | null, string | null]> {
  const { body } = await asks.get(`/api/users/${of.id}`);
  const found = (await asks.get(`/api/users/search?q=${of.username}`)).body.users;
  const { is_online, last_seen } = body;
  expect(found.find((one: any) => one.id === of.id)).toMatchObject({ is_online, last_seen });
  return [is_online, last_seen];
}

/** The same, as it stands beside a direct chat. */
async function peerOf(chat: number, asks: Person): Promise<[boolean | null, string | null]> {
  const shown = (await asks.get(`/api/chats/${chat}`)).body.peer;
  const listed = (await asks.get("/api/chats")).body.chats.find((one: any) => one.id === chat).peer;
  const opened = (await asks.post("/api/chats/direct", { user_id: shown.id })).body.peer;
  expect([listed, opened]).toEqual([shown, shown]);
  return [shown.is_online, shown.last_seen];
}

test("those who share a chat see whether somebody is online and when they were last seen", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await bob.directWith(alice);
  const both = async () => {
    const seen = await presenceOf(bob, alice);
    expect(await peerOf(chat, alice)).toEqual(seen);
    return seen;
  };
  // He has never been here.
  expect(await both()).toEqual([false, null]);
  const watcher = await alice.connect();
  const phone = await bob.connect();
  expect(await both()).toEqual([true, null]);
  clock.turn(5_000);
  await phone.close();
  expect(await both()).toEqual([true, null]);
  clock.turn(10_000);
  await told(watcher, bob, "offline");
  expect(await both()).toEqual([false, "2030-01-01T00:00:05.000Z"]);
  await bob.connect();
  expect(await both()).toEqual([true, null]);
});

test("strangers see neither, whatever it is", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const eve = await server.register("eve");
  await bob.directWith(alice);
  // Sharing a chat with somebody who shares one with him is not enough.
  await eve.directWith(alice);
  const watcher = await alice.connect();
  const unknown: [null, null] = [null, null];
  expect(await presenceOf(bob, eve)).toEqual(unknown);
  const phone = await bob.connect();
  expect([await presenceOf(bob, alice), await presenceOf(bob, eve)]).toEqual([[true, null], unknown]);
  await phone.close();
  clock.turn(10_000);
  await told(watcher, bob, "offline");
  const [, lastSeen] = await presenceOf(bob, alice);
  expect(lastSeen).not.toBeNull();
  expect(await presenceOf(bob, eve)).toEqual(unknown);

  // A chat that both are in changes that, and no longer when one of them has left it.
  const group = await eve.group("Strangers", bob);
  expect(await presenceOf(bob, eve)).toEqual([false, lastSeen]);
  await bob.delete(`/api/chats/${group}/members/${bob.id}`);
  expect(await presenceOf(bob, eve)).toEqual(unknown);
});

test("one's own account says whether one is online", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  expect(alice.signedIn.user).toMatchObject({ is_online: false, last_seen: null });
  const me = async () => (await alice.get("/api/auth/me")).body;
  expect(await me()).toMatchObject({ is_online: false, last_seen: null });
  await alice.connect();
  expect(await me()).toMatchObject({ is_online: true, last_seen: null });
  expect(await presenceOf(alice, alice)).toEqual([true, null]);
});
