import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";
import { everythingTold, statuses, told } from "../support/statuses.ts";

setDefaultTimeout(20_000);

const look = (socket: Socket, chat_id: number) => socket.ask({ type: "join_chat", chat_id });
const ofBob = (socket: Socket) => statuses(socket).filter((one) => one.startsWith("bob"));

/** Two large chats that Alice, Bob and Carol are in. Zoe, who marks the end, has direct chats with them. */
async function city() {
  const clock = new ManualClock();
  const server = await TestServer.start({ clock, config: { largeChatMembers: 2 } });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const zoe = await server.register("zoe");
  for (const person of [alice, bob, carol]) await zoe.directWith(person);
  const [north, south] = [await alice.group("North", bob, carol), await alice.group("South", bob, carol)];
  return { clock, server, alice, bob, carol, zoe, north, south };
}

test("in large chats only those who look are told who comes and goes, once wherever they look", async () => {
  const { clock, server, alice, bob, carol, zoe, north, south } = await city();
  await using _ = server;
  const [both, first, second, none] = [
    await alice.connect(),
    await alice.connect(),
    await alice.connect(),
    await carol.connect(),
  ];
  for (const chat of [north, south]) await look(both, chat);
  await look(first, north);
  await look(second, south);
  const phone = await bob.connect();
  await Promise.all([both, first, second].map((one) => told(one, bob, "online")));
  await second.ask({ type: "leave_chat", chat_id: south });
  await phone.close();
  clock.turn(10_000);
  await Promise.all([both, first].map((one) => told(one, bob, "offline")));
  await everythingTold([both, first, second, none], zoe);
  for (const socket of [both, first]) expect(ofBob(socket)).toEqual(["bob online", "bob offline"]);
  expect(ofBob(second)).toEqual(["bob online"]);
  expect(ofBob(none)).toEqual([]);
});

test("whoever shares a small chat, too, is told once on each device, looking or not", async () => {
  const { clock, server, alice, bob, zoe, north, south } = await city();
  await using _ = server;
  await bob.directWith(alice);
  const [looks, looksAway] = [await alice.connect(), await alice.connect()];
  for (const chat of [south, north]) await look(looks, chat);
  const phone = await bob.connect();
  await Promise.all([looks, looksAway].map((one) => told(one, bob, "online")));
  await phone.close();
  clock.turn(10_000);
  await Promise.all([looks, looksAway].map((one) => told(one, bob, "offline")));
  await everythingTold([looks, looksAway], zoe);
  for (const socket of [looks, looksAway]) expect(ofBob(socket)).toEqual(["bob online", "bob offline"]);
});

test("nobody is told that they came themselves, though they look at once", async () => {
  const { clock, server, alice, bob, zoe, north, south } = await city();
  await using _ = server;
  const watcher = await alice.connect();
  for (const chat of [north, south]) await look(watcher, chat);
  for (const looksAt of [[north], [south], [north, south], [south], [south]]) {
    const phone = await bob.connect();
    for (const chat_id of looksAt) phone.send({ type: "join_chat", chat_id });
    await told(watcher, bob, "online");
    await phone.settled();
    expect(ofBob(phone)).toEqual([]);
    await phone.close();
    clock.turn(10_000);
    await told(watcher, bob, "offline");
  }
  await everythingTold([watcher], zoe);
});

test("those who look at a large chat see who is there", async () => {
  const { server, alice, bob, carol, north } = await city();
  await using _ = server;
  const watcher = await alice.connect();
  await bob.connect();
  await carol.connect();
  const ack = await look(watcher, north);
  expect(ack).toMatchObject({ type: "ack", chat_id: north });
  expect(ack["online"].toSorted()).toEqual([alice.id, bob.id, carol.id]);
});
