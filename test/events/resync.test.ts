import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { hasCursor, heard } from "../support/heard.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

const hour = 3_600_000;

async function people(server: TestServer): Promise<{ alice: Person; bob: Person; chat: number }> {
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  return { alice, bob, chat: await alice.directWith(bob) };
}

/** Live goes on, nothing of before was replayed, and the cursor that came with it is one to resume from. */
async function expectFreshStart(socket: Socket, reason: string, alice: Person, bob: Person, chat: number) {
  const resync = await socket.next("resync");
  expect(resync["reason"]).toBe(reason);
  const said = await alice.say(chat, "after the resync");
  expect((await socket.next("new_message"))["message"]).toEqual(said);
  expect((await socket.settled("new_message")).length).toBe(1);
  const again = await bob.connect({ since: resync["cursor"] });
  const resumed = await again.next("resumed");
  // What follows from the message may be told as well.
  const replayed = again.frames.slice(0, again.frames.indexOf(resumed)).filter(hasCursor);
  expect(resumed).toMatchObject({ from: resync["cursor"], count: replayed.length });
  expect((await again.settled("new_message")).length).toBe(1);
}

test("a cursor that is none of ours starts afresh, when connecting and on an open socket", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const { alice, bob, chat } = await people(server);
  await alice.say(chat, "before");
  // What follows from it is told as well.
  await server.settled();
  const { cursor } = await bob.connect();
  const [epoch, position] = cursor.split("-");
  for (const bad of [
    "",
    "garbage",
    "0",
    `${epoch}`,
    `${epoch}-`,
    `${epoch}--1`,
    `${epoch}-1e1`,
    `${epoch}-1.5`,
    `${epoch}-${Number(position) + 1}`,
    `${epoch}-9999999999999999`,
    `${epoch}-${"9".repeat(40)}`,
    ` ${cursor}`,
    `${cursor}\n`,
    `${epoch}-\u0661`,
  ]) {
    const socket = await bob.connect({ since: bad });
    expect(await socket.next("resync")).toMatchObject({ reason: "bad_cursor", cursor });
    expect((await socket.settled()).map((one) => one.type)).toEqual(["connected", "resync", "pong"]);
    expect((await socket.ask({ type: "resume", cursor: bad })).type).toBe("ack");
    expect(await socket.next("resync")).toMatchObject({ reason: "bad_cursor", cursor });
    await socket.close();
  }
  const socket = await bob.connect({ since: "x".repeat(5000) });
  await expectFreshStart(socket, "bad_cursor", alice, bob, chat);
});

test("a cursor of another database, or of this one before it was restored, starts afresh", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  await using restored = await TestServer.start({ clock: new ManualClock() });
  const before = await people(server);
  await before.alice.say(before.chat, "only there");
  const { cursor } = await before.bob.connect();
  const { alice, bob, chat } = await people(restored);
  await alice.say(chat, "only here");
  const socket = await bob.connect({ since: cursor });
  await expectFreshStart(socket, "epoch_changed", alice, bob, chat);
});

test("whoever was away for longer than events are kept starts afresh; whoever missed none of those does not", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({
    clock,
    config: { journalDays: 2, accessTokenSeconds: 86_400 },
  });
  const { alice, bob, chat } = await people(server);
  const start = (await bob.connect()).cursor;
  await alice.say(chat, "old");
  await alice.say(chat, "also old");
  const { cursor } = await bob.connect();
  clock.turn(47 * hour);
  const [alicesNow, bobsNow] = [await server.login("alice"), await server.login("bob")];
  await alicesNow.say(chat, "newer");
  const inTime = await bobsNow.connect({ since: start });
  await inTime.next("resumed");
  expect(heard(inTime.frames).length).toBe(3);

  // Events that something has yet to follow from are not forgotten.
  await server.settled();
  clock.turn(2 * hour);
  // Forgetting was asked for before this message, so it is done when this one is saved.
  await alicesNow.say(chat, "newest");
  const kept = await bobsNow.connect({ since: cursor });
  await kept.next("resumed");
  expect(heard(kept.frames).length).toBe(2);
  const socket = await bobsNow.connect({ since: start });
  await expectFreshStart(socket, "too_old", alicesNow, bobsNow, chat);
});

test("the last event is kept for ever, so that a quiet server's cursors stay good", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({
    clock,
    config: { journalDays: 1, accessTokenSeconds: 86_400 },
  });
  const { alice, chat } = await people(server);
  await alice.say(chat, "the last word");
  await server.settled();
  const { cursor } = await alice.connect();
  clock.turn(40 * hour);
  await server.restart();
  const bob = await server.login("bob");
  const socket = await bob.connect({ since: cursor });
  expect(await socket.next("resumed")).toMatchObject({ count: 0 });
  await (await server.login("alice")).say(chat, "and one more");
  expect((await socket.next("new_message"))["cursor"]).not.toBe(cursor);
});
