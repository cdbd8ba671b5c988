import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { opcodes, RawSocket } from "../support/raw-socket.ts";
import { read, receipts, statusOf } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

// One server whose time stands, so that each ping and each mark comes when a test lets it, and one as it is.
const clock = new ManualClock();
const slow = await TestServer.start({ clock, config: { largeChatMembers: 4 } });
const quick = await TestServer.start();
afterAll(async () => {
  await slow.app.stop();
  await quick.app.stop();
});

let people = 0;
const newcomer = (server: TestServer) => server.register(`person${++people}`);

/** Two people nobody has heard of, with a chat. */
async function pair(server: TestServer) {
  const [alice, bob] = [await newcomer(server), await newcomer(server)];
  return { alice, bob, chat: await alice.directWith(bob) };
}

/** A device that answers pings only when it is told to. */
async function device(person: Person, query = ""): Promise<RawSocket> {
  const socket = await RawSocket.of(person, query);
  socket.answersPings = false;
  return socket;
}

const contents = (socket: RawSocket) => socket.frames.flatMap((one) => one["message"]?.content ?? []);

/** Waits until the server has taken in all that this device has sent, and has sent all that it had to. */
async function inStep(socket: RawSocket): Promise<void> {
  const pongs = () => socket.frames.filter((one) => one.type === "pong").length;
  const before = pongs();
  socket.send({ type: "ping" });
  await socket.until(() => pongs() > before);
}

const clerk = await slow.register("clerk");
/** Waits until all that the server had to write and to look up is done: one follows the other. */
async function quietly(): Promise<void> {
  await clerk.put("/api/auth/me", { bio: "busy" });
  await clerk.get("/api/auth/me");
}

/** Lets a second pass, by when everybody who is to be pinged has been. */
async function aSecondLater(...sockets: RawSocket[]): Promise<void> {
  await quietly();
  clock.turn(1000);
  // The server looks up how large chats are before it pings.
  await quietly();
  for (const one of sockets) await inStep(one);
}

function answer(socket: RawSocket, payload = socket.pings.at(-1)!.payload): void {
  socket.write(opcodes.pong, payload);
}

/** Waits until all that this device has proved is written down. */
async function noted(socket: RawSocket): Promise<void> {
  await inStep(socket);
  clock.turn(20);
  await quietly();
}

test("whoever only listens has received, and the writer is told", async () => {
  const { alice, bob, chat } = await pair(quick);
  const [writer] = [await alice.connect(), await bob.connect()];
  const message = await alice.say(chat, "hello");
  await writer.next("message_status");
  expect(await statusOf(alice, message)).toBe("delivered");
  expect(await receipts(alice, message)).toMatchObject({ delivered: [bob.id], read: [] });
  expect((await bob.get(`/api/chats/${chat}`)).body).toMatchObject({
    unread_count: 1,
    last_read_message_id: null,
  });
});

test("a group has received when each has on some device", async () => {
  const [alice, bob, carol] = [await newcomer(quick), await newcomer(quick), await newcomer(quick)];
  const chat = await alice.group("Team", bob, carol);
  const writer = await alice.connect();
  await bob.connect();
  await bob.connect();
  const message = await alice.say(chat, "hello");
  await writer.next("message_status");
  expect(await receipts(alice, message)).toMatchObject({ delivered: [bob.id] });
  expect(await statusOf(alice, message)).toBe("sent");
  const deaf = await device(carol);
  expect(await statusOf(alice, message)).toBe("sent");
  deaf.end();
});

test("what was missed has arrived once it has been replayed", async () => {
  const { alice, bob, chat } = await pair(quick);
  const gone = await bob.connect();
  await gone.close();
  const writer = await alice.connect();
  const other = await alice.group("Team", bob);
  const said = [await alice.say(chat, "one"), await alice.say(other, "two"), await alice.say(chat, "three")];
  const back = await bob.connect({ since: gone.cursor });
  await back.next("resumed");
  const told = new Set();
  while (told.size < 2) told.add((await writer.next("message_status"))["chat_id"]);
  for (const message of said) expect(await statusOf(alice, message)).toBe("delivered");
});

test("a ping follows what it asks about, comes once a second at most, and its pong proves all before it", async () => {
  const { alice, bob, chat } = await pair(slow);
  const socket = await device(bob);
  const [one, two] = [await alice.say(chat, "one"), await alice.say(chat, "two")];
  await aSecondLater(socket);
  expect(contents(socket)).toEqual(["one", "two"]);
  const [ping, ...others] = socket.pings;
  expect(others).toEqual([]);
  expect(ping!.after).toBeGreaterThan(
    socket.frames.findIndex((frame) => frame["message"]?.content === "two"),
  );

  const three = await alice.say(chat, "three");
  await inStep(socket);
  // It arrived after the ping that is answered now.
  answer(socket);
  await noted(socket);
  expect(await statusOf(alice, one)).toBe("delivered");
  expect(await statusOf(alice, two)).toBe("delivered");
  expect(await statusOf(alice, three)).toBe("sent");
  clock.turn(900);
  await quietly();
  await inStep(socket);
  expect(socket.pings.length).toBe(1);
  await aSecondLater(socket);
  expect(socket.pings.length).toBe(2);
  answer(socket);
  await noted(socket);
  expect(await statusOf(alice, three)).toBe("delivered");
  await aSecondLater(socket);
  await aSecondLater(socket);
  expect(socket.pings.length).toBe(2);
});

test("somebody who hears many chats is pinged once a second for all of them", async () => {
  const { alice, bob, chat } = await pair(slow);
  const others = [await alice.group("One", bob), await alice.group("Two", bob)];
  const socket = await device(bob);
  await alice.say(chat, "first");
  await quietly();
  clock.turn(50);
  await socket.until(() => socket.pings.length === 1);
  answer(socket);
  const said = [];
  for (const other of others) {
    said.push(await alice.say(other, "and here"));
    await quietly();
    clock.turn(400);
    await quietly();
    await inStep(socket);
    expect(socket.pings.length).toBe(1);
  }
  await aSecondLater(socket);
  expect(socket.pings.length).toBe(2);
  answer(socket);
  await noted(socket);
  for (const message of said) expect(await statusOf(alice, message)).toBe("delivered");
});

test("the first message after a quiet while is asked about at once", async () => {
  const { alice, bob, chat } = await pair(slow);
  const socket = await device(bob);
  await alice.say(chat, "hello");
  clock.turn(50);
  await socket.until(() => socket.pings.length === 1);
});

test("a device that is slow to answer proves later what came meanwhile, and one that forgot is asked again", async () => {
  const { alice, bob, chat } = await pair(slow);
  const socket = await device(bob);
  await alice.say(chat, "one");
  await aSecondLater(socket);
  const two = await alice.say(chat, "two");
  for (let i = 0; i < 8; i++) await aSecondLater(socket);
  expect(socket.pings.length).toBe(1);
  for (let i = 0; i < 3; i++) await aSecondLater(socket);
  expect(socket.pings.length).toBe(2);
  answer(socket);
  await noted(socket);
  expect(await statusOf(alice, two)).toBe("delivered");
});

test("pongs that answer nothing prove nothing", async () => {
  const { alice, bob, chat } = await pair(slow);
  const socket = await device(bob);
  const payloads = ["", "0", "1", "2", "x".repeat(125), "\0", "☺"];
  for (const payload of payloads) answer(socket, payload);
  const one = await alice.say(chat, "one");
  await inStep(socket);
  for (const payload of payloads) answer(socket, payload);
  await noted(socket);
  expect(await statusOf(alice, one)).toBe("sent");
  await aSecondLater(socket);
  const { payload } = socket.pings[0]!;
  for (const wrong of payloads) if (wrong !== payload) answer(socket, wrong);
  await noted(socket);
  expect(await statusOf(alice, one)).toBe("sent");
  answer(socket);
  await noted(socket);
  expect(await statusOf(alice, one)).toBe("delivered");

  // The same one once more is no proof of what came after.
  const two = await alice.say(chat, "two");
  answer(socket, payload);
  await aSecondLater(socket);
  answer(socket, payload);
  await noted(socket);
  expect(await statusOf(alice, two)).toBe("sent");
});

test("whoever begins afresh has proved nothing of what was before", async () => {
  const { alice, bob, chat } = await pair(slow);
  const other = await alice.group("Team", bob);
  const before = await alice.say(chat, "before");
  await alice.say(other, "before");
  const fresh = await device(bob);
  const lost = await device(bob, "?since=nonsense");
  await lost.until(() => lost.frames.at(-1)?.type === "resync");
  await aSecondLater(fresh, lost);
  expect([fresh.pings, lost.pings]).toEqual([[], []]);
  const after = await alice.say(other, "after");
  await aSecondLater(fresh, lost);
  for (const socket of [fresh, lost]) {
    expect(socket.pings.length).toBe(1);
    answer(socket);
    await noted(socket);
  }
  expect(await statusOf(alice, before)).toBe("sent");
  expect(await statusOf(alice, after)).toBe("delivered");
});

test("whoever writes is not asked about it on any device, but about what others wrote before", async () => {
  const { alice, bob, chat } = await pair(slow);
  const [phone, laptop] = [await device(alice), await device(alice)];
  const [his] = [await bob.say(chat, "from Bob"), await alice.say(chat, "from Alice")];
  await aSecondLater(phone, laptop);
  expect([phone.pings.length, laptop.pings.length]).toEqual([1, 1]);
  answer(laptop);
  await noted(laptop);
  expect(["delivered", "read"]).toContain(await statusOf(bob, his));
  answer(phone);
  await noted(phone);

  await alice.say(chat, "one");
  await alice.say(chat, "two");
  await aSecondLater(phone, laptop);
  expect([phone.pings.length, laptop.pings.length]).toEqual([1, 1]);
});

test("in large chats nobody is pinged; who says so has received", async () => {
  const [alice, bob, carol] = [await newcomer(slow), await newcomer(slow), await newcomer(slow)];
  const [dave, eve] = [await newcomer(slow), await newcomer(slow)];
  const large = await alice.group("Town", bob, carol, dave, eve);
  const small = await alice.group("Street", bob, carol, dave);
  const socket = await device(bob);
  const inLarge = await alice.say(large, "hello town");
  await aSecondLater(socket);
  await aSecondLater(socket);
  expect(socket.pings).toEqual([]);
  await alice.say(small, "hello street");
  await aSecondLater(socket);
  expect(socket.pings.length).toBe(1);
  answer(socket);
  await noted(socket);
  expect((await receipts(alice, inLarge)).delivered).toEqual([]);
  socket.send({ type: "message_delivered", chat_id: large, message_id: inLarge.id });
  await inStep(socket);
  expect((await receipts(alice, inLarge)).delivered).toEqual([bob.id]);
});

test("who has left the chat proves nothing any more, nor does a session that is over", async () => {
  const [alice, bob, carol] = [await newcomer(slow), await newcomer(slow), await newcomer(slow)];
  const team = await alice.group("Team", bob, carol);
  const [watcher, bobs, carols] = [await device(alice), await device(bob), await device(carol)];
  const message = await alice.say(team, "hello");
  await aSecondLater(bobs, carols);
  await alice.delete(`/api/chats/${team}/members/${bob.id}`);
  answer(bobs);
  answer(carols);
  await inStep(bobs);
  await inStep(carols);
  // Both have answered; nothing is written down yet.
  await carol.post("/api/auth/logout");
  clock.turn(20);
  await quietly();
  await alice.say(team, "later");
  await inStep(watcher);
  expect((await receipts(alice, message)).delivered).toEqual([]);
  expect(watcher.frames.filter((one) => one.type === "message_status")).toEqual([]);
  expect(slow.log.filter((line) => line.includes('"error"'))).toEqual([]);
});

test("what has been read already is not told once more", async () => {
  const { alice, bob, chat } = await pair(slow);
  const [watcher, bobs] = [await device(alice), await device(bob)];
  await read(bob, await alice.say(chat, "hello"));
  await aSecondLater(bobs);
  answer(bobs);
  await noted(bobs);
  await noted(bobs);
  await aSecondLater(watcher);
  const told = watcher.frames.filter((one) => one.type === "message_status");
  expect(told.length).toBe(1);
});

test("a device that has gone silent is given up, however much it is sent; one that answers is not", async () => {
  const { alice, bob, chat } = await pair(slow);
  const [dead, alive] = [await device(bob), await device(bob)];
  alive.answersPings = true;
  const speaker = await alice.connect();
  for (let second = 0; second < 60; second++) {
    clock.turn(1000);
    await speaker.ask({ type: "send_message", chat_id: chat, content: "still there?" });
    // It only listens, and its pongs are all that comes from it.
    await alive.until(() => contents(alive).length > second);
  }
  await speaker.settled();
  expect((await slow.api.get("/health")).status).toBe(200);
  clock.turn(1000);
  expect(await dead.closed).toBe(1006);
  await inStep(alive);
});
