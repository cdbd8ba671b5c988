import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { counts, mentions, notifications, readUpTo, toldOf, unread } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(20_000);

/** Bob and Carol are away from Alice's team, in which she has said something to everybody and something to Bob. */
async function scene() {
  const server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const team = await alice.group("Team", bob, carol);
  const said = [
    await alice.say(team, "hello"),
    await alice.say(team, "@bob look"),
    await alice.say(team, "bye"),
  ];
  await server.settled();
  return { server, alice, bob, carol, team, said };
}

const ids = (all: any[]) => all.map((one) => one.id).toSorted((a, b) => a - b);
const markRead = (person: Person, path: string) => person.post(`/api/notifications/${path}`);

test("reading a chat on one device reads its notifications and mentions on all", async () => {
  const { server, bob, carol, team, said } = await scene();
  await using _ = server;
  const laptop = await server.login("bob");
  const sockets = [await bob.connect(), await laptop.connect()];
  const carols = await carol.connect();
  const [before, named] = [await unread(bob), await mentions(bob)];
  expect([before.length, named.length]).toEqual([3, 1]);
  await readUpTo(bob, said[2]);
  // True at once, whatever follows.
  expect(await counts(laptop)).toEqual([0, 0, 0]);
  await server.settled();
  expect(await unread(laptop)).toEqual([]);
  expect(await mentions(laptop)).toEqual([]);
  for (const socket of sockets) {
    expect(await toldOf(socket)).toEqual([
      { type: "notifications_read", notification_ids: ids(before), mention_ids: ids(named), chat_id: team },
    ]);
  }
  expect(await toldOf(carols)).toEqual([]);
  expect((await unread(carol)).length).toBe(2);
});

test("what the chat's marker has passed is read, also before anything is marked", async () => {
  const { server, bob, team, said } = await scene();
  await using _ = server;
  using beside = openBeside(server.dataDir);
  const move = "UPDATE members SET last_read_id = ?, read_count = 2 WHERE chat_id = ? AND user_id = ?";
  beside.run(move, [said[1].id, team, bob.id]);
  expect((await notifications(bob)).map((one) => one.is_read)).toEqual([true, true, true]);
  expect(await unread(bob)).toEqual([]);
  expect(await mentions(bob)).toEqual([]);
  expect(await counts(bob)).toEqual([0, 0, 1]);
});

test("reading over a socket does the same, and reading part of a chat reads what is about that part", async () => {
  const { server, bob, team, said } = await scene();
  await using _ = server;
  const socket = await bob.connect();
  const [mention, message, invite] = await notifications(bob);
  expect([mention, message, invite].map((one) => one.notification_type)).toEqual([
    "mention",
    "message",
    "group_invite",
  ]);
  await socket.ask({ type: "message_read", chat_id: team, message_id: said[0].id });
  await server.settled();
  expect(ids(await unread(bob))).toEqual([mention.id]);
  await socket.ask({ type: "message_read", chat_id: team, message_id: said[1].id });
  await server.settled();
  expect(await counts(bob)).toEqual([0, 0, 1]);
  expect((await toldOf(socket)).map((one) => one["notification_ids"])).toEqual([
    ids([message, invite]),
    [mention.id],
  ]);
});

test("reading the rest reads the notification, also where the message that it began with is deleted", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const phone = await bob.connect();
  const heard = await alice.say(chat, "you hear this");
  await server.settled();
  await phone.close();
  const missed = await alice.say(chat, "and miss this");
  await server.settled();
  await alice.delete(`/api/messages/${missed.id}`);
  await server.settled();
  const laptop = await bob.connect();
  const left = await unread(bob);
  expect(left).toMatchObject([{ notification_type: "message", body: "you hear this" }]);
  await readUpTo(bob, heard);
  await server.settled();
  expect(await toldOf(laptop)).toEqual([
    { type: "notifications_read", notification_ids: ids(left), mention_ids: [], chat_id: chat },
  ]);
  expect(await unread(bob)).toEqual([]);
});

test("in a large chat, too, where receipts are told to few", async () => {
  await using server = await TestServer.start({ config: { largeChatMembers: 2 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const team = await alice.group("Team", bob, await server.register("carol"));
  const message = await alice.say(team, "@bob look");
  await server.settled();
  const laptop = await bob.connect();
  const all = await unread(bob);
  await readUpTo(bob, message);
  await server.settled();
  expect(await toldOf(laptop)).toMatchObject([{ type: "notifications_read", notification_ids: ids(all) }]);
});

test("writing into a chat reads nothing of what is there", async () => {
  const { server, bob, team } = await scene();
  await using _ = server;
  const laptop = await bob.connect();
  await bob.say(team, "here I am");
  await server.settled();
  expect(await counts(bob)).toEqual([3, 1, 3]);
  expect(await toldOf(laptop)).toEqual([]);
});

test("receiving is not reading", async () => {
  const { server, bob, said } = await scene();
  await using _ = server;
  await bob.post(`/api/messages/${said[2].id}/delivered`);
  await server.settled();
  expect(await counts(bob)).toEqual([3, 1, 3]);
});

test("one notification can be put away by itself; a mention goes with its notification, either way", async () => {
  const { server, alice, bob, team } = await scene();
  await using _ = server;
  await alice.say(team, "@bob again");
  await server.settled();
  const socket = await bob.connect();
  const [second, first, message] = await notifications(bob);
  const [newer, older] = await mentions(bob);
  expect((await markRead(bob, `${message.id}/read`)).status).toBe(204);
  expect((await markRead(bob, `${first.id}/read`)).status).toBe(204);
  expect((await markRead(bob, `mentions/${newer.id}/read`)).status).toBe(204);
  expect(await mentions(bob)).toEqual([]);
  expect((await unread(bob)).map((one) => one.notification_type)).toEqual(["group_invite"]);
  // The messages themselves are as unread as they were.
  expect(await counts(bob)).toEqual([1, 0, 4]);
  const chat_id = team;
  expect(await toldOf(socket)).toEqual([
    { type: "notifications_read", notification_ids: [message.id], mention_ids: [], chat_id },
    { type: "notifications_read", notification_ids: [first.id], mention_ids: [older.id], chat_id },
    { type: "notifications_read", notification_ids: [second.id], mention_ids: [newer.id], chat_id },
  ]);
  // Once more changes nothing, and tells nobody.
  for (const path of [`${message.id}/read`, `mentions/${older.id}/read`, `${second.id}/read`]) {
    expect((await markRead(bob, path)).status).toBe(204);
  }
  expect((await toldOf(socket)).length).toBe(3);
  // What comes next is worth a new notification, though the messages before are unread.
  await socket.close();
  await alice.say(team, "more");
  await server.settled();
  expect((await unread(bob))[0]).toMatchObject({ notification_type: "message", data: { count: 5 } });
});

test("all can be put away at once, in all chats, on all devices; messages stay unread", async () => {
  const { server, alice, bob, carol, said } = await scene();
  await using _ = server;
  await alice.say(await alice.directWith(bob), "psst");
  await server.settled();
  const sockets = [await bob.connect(), await bob.connect()];
  const { cursor } = sockets[0]!;
  const [all, named] = [await unread(bob), await mentions(bob)];
  expect(await counts(bob)).toEqual([4, 1, 4]);
  expect((await markRead(bob, "read-all")).status).toBe(204);
  expect(await counts(bob)).toEqual([0, 0, 4]);
  const told = [{ type: "notifications_read", notification_ids: ids(all), mention_ids: ids(named) }];
  for (const socket of sockets) expect(await toldOf(socket)).toEqual(told as never);
  const late = await bob.connect({ since: cursor });
  await late.next("resumed");
  expect(await toldOf(late)).toEqual(told as never);
  // There is nothing left, also for whoever reads on.
  expect((await markRead(bob, "read-all")).status).toBe(204);
  await readUpTo(bob, said[2]);
  await server.settled();
  expect((await toldOf(sockets[0]!)).length).toBe(1);
  expect((await unread(carol)).length).toBe(2);
});

test("a thousand are put away in bounded pieces, each told once", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  await Promise.all(Array.from({ length: 1000 }, (_, i) => alice.say(chat, `@bob ${i}`)));
  await server.settled();
  expect(await counts(bob)).toEqual([1000, 1000, 1000]);
  const half = (await bob.history(chat, "?limit=1"))[0].id - 500;
  await readUpTo(bob, { id: half });
  await server.settled();
  expect(await counts(bob)).toEqual([500, 500, 500]);
  await markRead(bob, "read-all");
  expect(await counts(bob)).toEqual([0, 0, 500]);
  const told = (await toldOf(socket)).filter((one) => one.type === "notifications_read");
  expect(Math.max(...told.map((one) => one["notification_ids"].length))).toBeLessThanOrEqual(250);
  expect(new Set(told.flatMap((one) => one["notification_ids"])).size).toBe(1000);
  expect(told.flatMap((one) => one["notification_ids"]).length).toBe(1000);
  expect(told.flatMap((one) => one["mention_ids"]).length).toBe(1000);
  const since = socket.frames[0]!["cursor"];
  const late = await bob.connect({ since });
  await late.next("resumed");
  expect((await toldOf(late)).filter((one) => one.type === "notifications_read")).toEqual(told);
});

test("what is somebody else's is not there", async () => {
  const { server, alice, bob, carol } = await scene();
  await using _ = server;
  const [notification] = await notifications(bob);
  const [mention] = await mentions(bob);
  for (const person of [alice, carol]) {
    expectRefused(await markRead(person, `${notification.id}/read`), 404, "not_found");
    expectRefused(await markRead(person, `mentions/${mention.id}/read`), 404, "not_found");
    await markRead(person, "read-all");
  }
  expect(await counts(bob)).toEqual([3, 1, 3]);
});

test("what was read stays read after a restart, and what was not does not", async () => {
  const { server, alice, bob, carol, team, said } = await scene();
  await using _ = server;
  const before = await counts(carol);
  await readUpTo(bob, said[2]);
  await server.restart();
  await server.settled();
  const again = [server.as(bob.signedIn), server.as(carol.signedIn)] as const;
  expect(await counts(again[0])).toEqual([0, 0, 0]);
  expect(await counts(again[1])).toEqual(before);
  // Nobody is told again of what they were told of before.
  expect((await notifications(again[0])).length).toBe(3);
  expect((await notifications(again[1])).length).toBe(2);
  await server.as(alice.signedIn).say(team, "after");
  await server.settled();
  expect(await counts(again[0])).toEqual([1, 0, 1]);
});

test("unread messages are those of all chats, muted ones too", async () => {
  const { server, alice, bob } = await scene();
  await using _ = server;
  const direct = await alice.directWith(bob);
  await bob.put(`/api/chats/${direct}/me`, { notify: "none" });
  for (const text of ["one", "@bob two"]) await alice.say(direct, text);
  await server.settled();
  // The mention is listed and counted as ever.
  expect(await counts(bob)).toEqual([4, 2, 5]);
});

test("what was read longer ago than events are kept is forgotten; what is unread never is", async () => {
  const clock = new ManualClock();
  const hour = 3_600_000;
  const config = { journalDays: 1, accessTokenSeconds: 86_400 };
  await using server = await TestServer.start({ clock, config });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const [one, two] = [await alice.group("One", bob), await alice.group("Two", bob)];
  await alice.say(one, "@bob first");
  await alice.say(two, "@bob second");
  await server.settled();
  for (const { id, data } of await notifications(bob)) {
    if (data.chat_id === one) await markRead(bob, `${id}/read`);
  }
  expect((await notifications(bob)).length).toBe(4);
  clock.turn(23 * hour);
  const [alicesNow, bobsNow] = [await server.login("alice"), await server.login("bob")];
  expect((await notifications(bobsNow)).length).toBe(4);
  await alicesNow.say(two, "later");
  await server.settled();
  // What is forgotten of the events one hour, is forgotten of the notifications the next.
  for (let i = 0; i < 4; i++) {
    clock.turn(hour);
    await alicesNow.say(two, "even later");
  }
  const left = await notifications(bobsNow);
  expect(left.every((notification) => notification.data.chat_id === two)).toBe(true);
  expect(left.length).toBe(3);
  expect((await mentions(bobsNow)).map((mention) => mention.chat_id)).toEqual([two]);
});
