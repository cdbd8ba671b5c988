import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import { everythingTold, statuses, told } from "../support/statuses.ts";

setDefaultTimeout(20_000);

/** Alice, Bob, and Zoe, whose coming tells that all before it has been told; a clock that is turned by hand. */
async function town() {
  const clock = new ManualClock();
  const server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const zoe = await server.register("zoe");
  await zoe.directWith(alice);
  return { clock, server, alice, bob, zoe };
}

const isOnline = async (asks: Person, of: Person) => (await asks.get(`/api/users/${of.id}`)).body.is_online;

test("somebody is online from the first device to ten seconds after the last", async () => {
  const { clock, server, alice, bob, zoe } = await town();
  await using _ = server;
  await bob.directWith(alice);
  const watcher = await alice.connect();
  const phone = await bob.connect();
  expect(await told(watcher, bob, "online")).toEqual({
    type: "user_status",
    user_id: bob.id,
    username: "bob",
    status: "online",
    last_seen: null,
  });
  const laptop = await (await server.login("bob")).connect();
  await phone.close();
  clock.turn(60_000);
  expect(await isOnline(alice, bob)).toBe(true);
  await laptop.close();
  clock.turn(9_999);
  expect(await isOnline(alice, bob)).toBe(true);
  clock.turn(1);
  // Last seen when the last device went, not when that was told.
  const last_seen = "2030-01-01T00:01:00.000Z";
  expect(await told(watcher, bob, "offline")).toMatchObject({ user_id: bob.id, username: "bob", last_seen });
  expect((await alice.get(`/api/users/${bob.id}`)).body).toMatchObject({ is_online: false, last_seen });
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual(["bob online", "bob offline", "zoe online"]);
});

test("who comes back within ten seconds was never away", async () => {
  const { clock, server, alice, bob, zoe } = await town();
  await using _ = server;
  await bob.directWith(alice);
  const watcher = await alice.connect();
  let phone = await bob.connect();
  await told(watcher, bob, "online");
  for (let i = 0; i < 3; i++) {
    await phone.close();
    clock.turn(9_000);
    phone = await bob.connect(i % 2 ? {} : { since: phone.cursor });
    if (i % 2 === 0) await phone.next("resumed");
    clock.turn(9_000);
  }
  expect(await isOnline(alice, bob)).toBe(true);
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual(["bob online", "zoe online"]);
  await phone.close();
  clock.turn(10_000);
  await told(watcher, bob, "offline");
});

test("how long one may be gone can be set", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { offlineSeconds: 3 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  await bob.directWith(alice);
  const watcher = await alice.connect();
  await (await bob.connect()).close();
  clock.turn(2_999);
  expect(await isOnline(alice, bob)).toBe(true);
  clock.turn(1);
  await told(watcher, bob, "offline");
});

test("it is told once to each who shares a chat, however many they share, to no stranger and not to oneself", async () => {
  const { clock, server, alice, bob, zoe } = await town();
  await using _ = server;
  const carol = await server.register("carol");
  const eve = await server.register("eve");
  await bob.directWith(alice);
  for (const name of ["one", "two", "three"]) await bob.group(name, alice, carol);
  // Eve shares chats with those who share chats with Bob.
  await eve.group("others", alice, carol, zoe);
  await zoe.directWith(bob);
  const watchers = [await alice.connect(), await alice.connect(), await carol.connect()];
  const stranger = await eve.connect();
  await Promise.all(watchers.map((one) => told(one, eve, "online")));

  const [phone, laptop] = [await bob.connect(), await bob.connect()];
  await Promise.all(watchers.map((one) => told(one, bob, "online")));
  await phone.close();
  await laptop.close();
  clock.turn(10_000);
  await Promise.all(watchers.map((one) => told(one, bob, "offline")));
  const back = await bob.connect();
  await Promise.all(watchers.map((one) => told(one, bob, "online")));
  await everythingTold([...watchers, stranger, back], zoe);
  const ofBob = (lines: string[]) => lines.filter((one) => one.startsWith("bob"));
  for (const watcher of watchers) {
    expect(ofBob(statuses(watcher))).toEqual(["bob online", "bob offline", "bob online"]);
  }
  expect(ofBob(statuses(stranger))).toEqual([]);
  for (const own of [phone, laptop, back]) expect(ofBob(statuses(own))).toEqual([]);
});

test("chats that one joins or leaves while online count at once", async () => {
  const { clock, server, alice, bob, zoe } = await town();
  await using _ = server;
  const [watcher, his] = [await alice.connect(), await bob.connect()];
  const chat = await alice.group("Team");
  await alice.post(`/api/chats/${chat}/members`, { user_id: bob.id });
  const joined = await his.next("chat_created");
  expect(joined["chat"].id).toBe(chat);
  const look = (socket: typeof his) => socket.ask({ type: "join_chat", chat_id: chat });
  expect((await look(watcher))["online"].toSorted()).toEqual([alice.id, bob.id]);
  expect((await look(his))["online"].toSorted()).toEqual([alice.id, bob.id]);

  await his.close();
  clock.turn(10_000);
  await told(watcher, bob, "offline");
  expect((await look(watcher))["online"]).toEqual([alice.id]);
  const back = await bob.connect();
  await told(watcher, bob, "online");
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  expect((await look(watcher))["online"]).toEqual([alice.id]);
  await back.close();
  clock.turn(10_000);
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual(["bob offline", "bob online", "zoe online"]);
});

test("whoever is signed out everywhere goes offline", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  await bob.directWith(alice);
  const watcher = await alice.connect();
  const phone = await bob.connect();
  await told(watcher, bob, "online");
  expect((await bob.post("/api/auth/logout")).status).toBe(204);
  expect(await phone.closed).toBe(4003);
  clock.turn(10_000);
  await told(watcher, bob, "offline");
});

test("who is online is counted, each person once", async () => {
  const { clock, server, alice, bob, zoe } = await town();
  await using _ = server;
  const counts = async () => {
    const { online_users, connections } = (await zoe.get("/api/status")).body;
    return { online_users, connections };
  };
  expect(await counts()).toEqual({ online_users: 0, connections: 0 });
  const sockets = [await alice.connect(), await alice.connect(), await bob.connect()];
  expect(await counts()).toEqual({ online_users: 2, connections: 3 });
  for (const socket of sockets) await socket.close();
  expect(await counts()).toEqual({ online_users: 2, connections: 0 });
  clock.turn(10_000);
  expect(await counts()).toEqual({ online_users: 0, connections: 0 });
});
