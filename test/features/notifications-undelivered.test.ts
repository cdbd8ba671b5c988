import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { crashAndRestart } from "../support/crash.ts";
import { lines, notifications, readUpTo, unread } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { opcodes, RawSocket } from "../support/raw-socket.ts";
import { receive } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(20_000);

const config = { largeChatMembers: 3, accessTokenSeconds: 86_400 };
const clock = new ManualClock();
const server = await TestServer.start({ clock, config });
afterAll(() => server.app.stop());

let people = 0;
const newcomer = (at = server) => at.register(`person${++people}`);

/** Somebody's device from which nothing comes back: pings are answered when a test says so. */
async function device(person: Person): Promise<RawSocket> {
  const socket = await RawSocket.of(person);
  socket.answersPings = false;
  return socket;
}

/** Alice writes to Bob, who is connected. */
async function pair(at = server) {
  const [alice, bob] = [await newcomer(at), await newcomer(at)];
  return { alice, bob, chat: await alice.directWith(bob), phone: await device(bob) };
}

/** Lets time pass, and everything that it leads to happen. */
async function later(milliseconds: number, time = clock, at = server): Promise<void> {
  await at.settled();
  time.turn(milliseconds);
  await at.settled();
}

/** By when it has been looked for what did not arrive, wherever a chat is not large. */
const patience = 11_000;
const ofMessages = async (person: Person) =>
  (await notifications(person)).filter((one) => one.notification_type === "message");

test("whoever was connected and has not received within ten seconds is told after all, once", async () => {
  const { alice, bob, chat, phone } = await pair();
  const first = await alice.say(chat, "first");
  await alice.say(chat, "second");
  await later(9_900);
  expect(await notifications(bob)).toEqual([]);
  await later(patience - 9_900);
  expect(lines(await unread(bob))).toEqual([`message ${alice.username}: second`]);
  expect((await unread(bob))[0].data).toMatchObject({ count: 2 });
  await phone.until(() => phone.frames.some((one) => one.type === "notification"));
  await alice.say(chat, "third");
  await later(patience);
  await later(patience);
  expect((await notifications(bob)).length).toBe(1);
  // Once it is read, what comes next is news.
  await readUpTo(bob, first);
  expect(await notifications(alice)).toEqual([]);
});

test("whoever has received, in whatever way, is not told", async () => {
  const { alice, bob, chat, phone } = await pair();
  await alice.say(chat, "proved by a pong");
  await later(1_000);
  await phone.until(() => phone.pings.length === 1);
  phone.write(opcodes.pong, phone.pings[0]!.payload);
  phone.send({ type: "ping" });
  await phone.until(() => phone.frames.at(-1)?.type === "pong");
  await later(patience);
  await receive(bob, await alice.say(chat, "said to be delivered"));
  await later(patience);
  await readUpTo(bob, await alice.say(chat, "read"));
  await later(patience);
  await alice.say(chat, "loaded");
  await bob.history(chat);
  await later(patience);
  expect(await notifications(bob)).toEqual([]);
});

test("whoever has muted the chat is not told, nor of what was deleted, calls them by itself, or nobody wrote", async () => {
  const { alice, bob, chat } = await pair();
  const group = await alice.group("Team", bob);
  await bob.say(group, "my own");
  await bob.put(`/api/chats/${chat}/me`, { notify: "none" });
  await alice.say(chat, "muted");
  await alice.delete(`/api/messages/${(await alice.say(group, "deleted")).id}`);
  await alice.say(group, `@${bob.username} called`);
  await alice.put(`/api/chats/${group}`, { name: "Crew" });
  await later(patience);
  await later(patience);
  expect(await ofMessages(bob)).toEqual([]);
});

test("whoever has received a part is told of the rest", async () => {
  const { alice, bob, chat } = await pair();
  await readUpTo(bob, await alice.say(chat, "one"));
  const two = await alice.say(chat, "two");
  await later(patience);
  const [told, ...others] = await unread(bob);
  expect(others).toEqual([]);
  expect(told.data).toMatchObject({ message_id: two.id, count: 1 });
});

test("whoever was told, and has read that, is not told once more of the same", async () => {
  const { alice, bob, chat, phone } = await pair();
  phone.end();
  await phone.closed;
  await alice.say(chat, "one");
  await later(500);
  await alice.say(chat, "two");
  await later(500);
  const [told] = await unread(bob);
  await bob.post(`/api/notifications/${told.id}/read`);
  await later(patience);
  await later(patience);
  expect((await notifications(bob)).length).toBe(1);
  // What comes after that is news, and is told of as that.
  await alice.say(chat, "three");
  await later(patience);
  expect((await notifications(bob)).length).toBe(2);
});

test("in a group each is told who has not received", async () => {
  const [alice, bob, carol] = [await newcomer(), await newcomer(), await newcomer()];
  const team = await alice.group("Team", bob, carol);
  const [deaf, hears] = [await device(bob), await device(carol)];
  await alice.say(team, "hello");
  hears.answersPings = true;
  await later(1_000);
  await hears.until(() => hears.pings.length > 0);
  hears.send({ type: "ping" });
  await hears.until(() => hears.frames.at(-1)?.type === "pong");
  await later(patience);
  expect(lines(await ofMessages(bob))).toEqual([`message Team: ${alice.username}: hello`]);
  expect(await ofMessages(carol)).toEqual([]);
  deaf.end();
});

test("in a large chat whoever is still connected when a dead line would have been noticed was reached", async () => {
  const members = [await newcomer(), await newcomer(), await newcomer(), await newcomer()];
  const [alice, bob, carol, dave] = members as [Person, Person, Person, Person];
  const town = await alice.group("Town", bob, carol, dave);
  const his = await device(bob);
  await device(carol);
  await alice.say(town, "hello");
  await later(patience);
  expect(lines(await ofMessages(dave))).toEqual([`message Town: ${alice.username}: hello`]);
  expect([await ofMessages(bob), await ofMessages(carol)]).toEqual([[], []]);
  const connections = async () => (await carol.get("/api/status")).body.connections;
  const before = await connections();
  his.end();
  await until(async () => (await connections()) < before);
  await later(59_000);
  expect(await ofMessages(bob)).toEqual([]);
  await later(1_000);
  expect(lines(await ofMessages(bob))).toEqual([`message Town: ${alice.username}: hello`]);
  expect(await ofMessages(carol)).toEqual([]);
});

test("where both are due, nobody waits for the members of a large chat", async () => {
  const members = [await newcomer(), await newcomer(), await newcomer(), await newcomer()];
  const [alice, bob] = members as [Person, Person];
  const town = await alice.group("Town", ...members.slice(1));
  const connections = async () => (await alice.get("/api/status")).body.connections;
  const before = await connections();
  const his = await device(bob);
  await alice.say(town, "hello");
  await later(patience);
  his.end();
  await until(async () => (await connections()) === before);
  await later(60_000 - patience);
  const { alice: dora, bob: erin, chat } = await pair();
  await dora.say(chat, "are you there?");
  await later(patience);
  const [direct, large] = [await ofMessages(erin), await ofMessages(bob)];
  expect([direct.length, large.length]).toEqual([1, 1]);
  expect(direct[0].id).toBeLessThan(large[0].id);
});

test("a crash within the ten seconds loses nothing and doubles nothing", async () => {
  const time = new ManualClock();
  await using fragile = await TestServer.start({ clock: time, config });
  const { alice, bob, chat } = await pair(fragile);
  const away = await newcomer(fragile);
  const other = await alice.directWith(away);
  await alice.say(chat, "before the crash");
  await alice.say(other, "to somebody who is away");
  await later(5_000, time, fragile);
  await crashAndRestart(fragile);
  const bobNow = fragile.as(bob.signedIn);
  expect(await notifications(bobNow)).toEqual([]);
  await later(patience, time, fragile);
  expect(lines(await unread(bobNow))).toEqual([`message ${alice.username}: before the crash`]);
  expect((await notifications(fragile.as(away.signedIn))).length).toBe(1);
  // A second one, after all is done, leads to nothing more; nor does a stop.
  await crashAndRestart(fragile);
  await later(patience, time, fragile);
  await fragile.restart();
  await later(patience, time, fragile);
  expect((await notifications(fragile.as(bob.signedIn))).length).toBe(1);
  expect((await notifications(fragile.as(away.signedIn))).length).toBe(1);
});

test("a crash loses nothing of what came while something earlier was looked at", async () => {
  const time = new ManualClock();
  await using fragile = await TestServer.start({ clock: time, config });
  const [earlier, second] = [await pair(fragile), await pair(fragile)];
  await earlier.alice.say(earlier.chat, "first");
  await later(6_000, time, fragile);
  await second.alice.say(second.chat, "second");
  await later(5_000, time, fragile);
  const told = async ({ bob }: { bob: Person }) => lines(await unread(fragile.as(bob.signedIn)));
  expect(await told(earlier)).toEqual([`message ${earlier.alice.username}: first`]);
  expect(await told(second)).toEqual([]);
  await crashAndRestart(fragile);
  await later(patience, time, fragile);
  expect(await told(second)).toEqual([`message ${second.alice.username}: second`]);
});
