/** Receipts of many people travel together: one event for a chat and a while. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { crowdInto } from "../support/crowd.ts";
import { Home } from "../support/executable.ts";
import { progressTold, read, receive } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";
import type { Frame, Socket } from "../support/socket.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

/** Five people in a group, of whom Alice listens; time stands still. */
async function scene(config: { largeChatMembers?: number } = {}) {
  const clock = new ManualClock();
  const server = await TestServer.start({ clock, config });
  const alice = await server.register("alice");
  const others = [];
  for (const name of ["bob", "carol", "dave", "erin"]) others.push(await server.register(name));
  const [bob, carol, dave, erin] = others as [typeof alice, typeof alice, typeof alice, typeof alice];
  const chat = await alice.group("Team", ...others);
  const message = await alice.say(chat, "hello");
  const screen = await alice.connect();
  return { server, clock, alice, bob, carol, dave, erin, chat, message, screen };
}

const statusFrames = async (socket: Socket): Promise<Frame[]> => socket.settled("message_status");
const usersIn = (frame: Frame): number[] => frame["statuses"].map((one: any) => one.user_id);

test("the first is told at once, all who follow within 50 ms in one event, and later ones at once again", async () => {
  const { server, clock, bob, carol, dave, erin, message, screen } = await scene();
  await using _ = server;
  await read(bob, message);
  expect(usersIn(await screen.next("message_status"))).toEqual([bob.id]);
  await receive(carol, message);
  await read(dave, message);
  await read(carol, message);
  clock.turn(49);
  expect((await statusFrames(screen)).length).toBe(1);
  clock.turn(1);
  const together = await screen.next("message_status");
  // Each once, with how far they have come by then.
  expect(progressTold([together]).toSorted()).toEqual([
    [carol.id, message.id, message.id],
    [dave.id, message.id, message.id],
  ]);
  // The time goes on from what was told last.
  await receive(erin, message);
  clock.turn(49);
  expect((await statusFrames(screen)).length).toBe(2);
  clock.turn(1);
  expect(usersIn(await screen.next("message_status"))).toEqual([erin.id]);
  clock.turn(50);
  await read(erin, message);
  expect(usersIn(await screen.next("message_status"))).toEqual([erin.id]);
});

test("the more people are in a chat, the longer receipts wait for each other, up to a second", async () => {
  for (const [crowd, milliseconds] of [
    [295, 300],
    [1995, 1000],
  ] as const) {
    const { server, clock, bob, carol, chat, message, screen } = await scene();
    await using _ = server;
    crowdInto(server.dataDir, chat, crowd);
    await screen.ask({ type: "join_chat", chat_id: chat });
    await read(bob, message);
    expect(usersIn(await screen.next("message_status"))).toEqual([bob.id]);
    await read(carol, message);
    clock.turn(milliseconds - 1);
    expect((await statusFrames(screen)).length).toBe(1);
    clock.turn(1);
    expect(usersIn(await screen.next("message_status"))).toEqual([carol.id]);
  }
});

test("chats wait for themselves only, and whoever has left meanwhile is not told of", async () => {
  const { server, clock, alice, bob, carol, chat, message, screen } = await scene();
  await using _ = server;
  const direct = await alice.directWith(bob);
  const psst = await alice.say(direct, "psst");
  await read(bob, message);
  await screen.next("message_status");
  await read(bob, psst);
  expect((await screen.next("message_status"))["chat_id"]).toBe(direct);
  await read(carol, message);
  await carol.delete(`/api/chats/${chat}/members/${carol.id}`);
  clock.turn(50);
  await server.settled();
  expect(progressTold(await statusFrames(screen)).map(([user]) => user)).toEqual([bob.id, bob.id]);
});

test("those who have moved and left at once are nothing to tell", async () => {
  const { server, bob, carol, chat, message, screen } = await scene();
  await using _ = server;
  await read(bob, message);
  await screen.next("message_status");
  await read(carol, message);
  await carol.delete(`/api/chats/${chat}/members/${carol.id}`);
  await server.settled();
  expect((await statusFrames(screen)).length).toBe(1);
});

test("where nothing can be written, what is left to tell holds up neither a stop nor others", async () => {
  const { server, alice, bob, carol, chat, message, screen } = await scene();
  await read(bob, message);
  await screen.next("message_status");
  await read(carol, message);
  {
    using beside = openBeside(server.dataDir);
    beside.run(
      "CREATE TRIGGER full BEFORE INSERT ON journal WHEN NEW.type = 'message_status' BEGIN SELECT raise(FAIL, 'no room'); END",
    );
  }
  await server.settled();
  await server.app.stop();
  {
    using beside = openBeside(server.dataDir);
    expect(beside.query("SELECT is_status_due FROM chats WHERE id = ?").get(chat)).toEqual({
      is_status_due: 1,
    });
    beside.run("DROP TRIGGER full");
  }
  await server.open();
  const back = await server.as(alice.signedIn).connect({ since: screen.cursor });
  await back.next("resumed");
  expect(progressTold(back.frames).map(([user]) => user)).toContain(carol.id);
  await server[Symbol.asyncDispose]();
});

test("a thousand receipts that come at once are a handful of events", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const people = [];
  for (let i = 0; i < 60; i++) people.push(await server.register(`reader${i}`));
  const chat = await alice.group("Team", ...people);
  const said: any[] = [];
  for (let i = 0; i < 16; i++) said.push(await alice.say(chat, `message ${i}`));
  const screen = await alice.connect();
  await Promise.all(people.flatMap((one) => said.map((message) => read(one, message))));
  await server.settled();
  const frames = await statusFrames(screen);
  const last = new Map(progressTold(frames).map(([user, upTo]) => [user, upTo]));
  expect([...last.values()]).toEqual(people.map(() => said.at(-1).id));
  // 960 receipts; how many events depends on how long the machine takes for them.
  expect(frames.length).toBeLessThan(200);
});

test("what was acknowledged and not yet told is told after a crash, to whoever comes back", async () => {
  await using home = new Home();
  let running = await home.start();
  const alice = await running.register("alice");
  const others = [];
  for (const name of ["bob", "carol", "dave"]) others.push(await running.register(name));
  const chat = await alice.group("Team", ...others);
  for (let round = 0; round < 3; round++) {
    const writer = running.as(alice.signedIn);
    const screen = await writer.connect();
    const message = await writer.say(chat, `message ${round}`);
    // The first opens the time in which the others wait for each other.
    for (const one of others) expect((await read(running.as(one.signedIn), message)).status).toBe(200);
    await running.kill("SIGKILL");
    running = await home.start();
    await running.caller();
    const back = await running.as(alice.signedIn).connect({ since: screen.cursor });
    await back.next("resumed");
    const last = new Map(
      progressTold([...screen.frames, ...back.frames]).map(([user, upTo]) => [user, upTo]),
    );
    for (const one of others) expect([one.username, last.get(one.id)]).toEqual([one.username, message.id]);
    await back.close();
  }
}, 60_000);
