import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { TestServer } from "../support/server.ts";
import type { Frame, Socket } from "../support/socket.ts";
import { Written } from "../support/written.ts";

setDefaultTimeout(20_000);

const typed = (frames: Frame[]) => frames.filter((one) => one.type.startsWith("typing_"));
/** Who was said to be writing where, and no longer: `start bob 1`. */
const lines = (frames: Frame[]) =>
  typed(frames).map((one) => `${one.type.slice("typing_".length)} ${one["username"]} ${one["chat_id"]}`);
const heard = async (socket: Socket) => lines(await socket.settled());
const type = (socket: Socket, chat_id: number, what: "start" | "stop" = "start") =>
  socket.ask({ type: `typing_${what}`, chat_id });

async function town() {
  const clock = new ManualClock();
  const server = await TestServer.start({ clock });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  return { clock, server, alice, bob, carol };
}

test("others see that somebody is writing, and that they stop", async () => {
  const { server, alice, bob, carol } = await town();
  await using _ = server;
  const chat = await alice.group("Team", bob);
  await carol.directWith(alice);
  const [watcher, phone, stranger] = [await alice.connect(), await bob.connect(), await carol.connect()];
  expect(await type(phone, chat)).toEqual({ type: "ack", request_id: expect.any(String) });
  await type(phone, chat, "stop");
  await watcher.settled();
  expect(typed(watcher.frames)).toEqual([
    { type: "typing_start", chat_id: chat, user_id: bob.id, username: "bob" },
    { type: "typing_stop", chat_id: chat, user_id: bob.id, username: "bob" },
  ]);
  expect(await heard(stranger)).toEqual([]);
});

test("it is told once, however often it is repeated, and stopping without writing is not told", async () => {
  const { server, alice, bob } = await town();
  await using _ = server;
  const chat = await bob.directWith(alice);
  const [watcher, phone, laptop] = [await alice.connect(), await bob.connect(), await bob.connect()];
  await type(phone, chat, "stop");
  for (let i = 0; i < 3; i++) await type(phone, chat);
  // Another device of the same person tells nothing new either.
  await type(laptop, chat);
  for (let i = 0; i < 3; i++) await type(phone, chat, "stop");
  await type(phone, chat);
  expect(await heard(watcher)).toEqual([`start bob ${chat}`, `stop bob ${chat}`, `start bob ${chat}`]);
});

test("a message ends it, and who goes on writing is seen to", async () => {
  const { server, alice, bob } = await town();
  await using _ = server;
  const chat = await bob.directWith(alice);
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  await type(phone, chat);
  await phone.ask({ type: "send_message", chat_id: chat, content: "one" });
  await type(phone, chat);
  expect(await heard(watcher)).toEqual([`start bob ${chat}`, `start bob ${chat}`]);
});

test("whoever says nothing for six seconds has stopped", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  const chat = await bob.directWith(alice);
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  await type(phone, chat);
  clock.turn(5_999);
  await type(phone, chat);
  clock.turn(5_999);
  expect(await heard(watcher)).toEqual([`start bob ${chat}`]);
  clock.turn(1);
  expect(await heard(watcher)).toEqual([`start bob ${chat}`, `stop bob ${chat}`]);
  await type(phone, chat);
  // Whoever is cut off stops, too, and a stop that was said is not said again.
  await phone.close();
  clock.turn(6_000);
  const again = await bob.connect();
  await type(again, chat);
  await type(again, chat, "stop");
  clock.turn(60_000);
  const three = Array.from({ length: 3 }, () => [`start bob ${chat}`, `stop bob ${chat}`]).flat();
  expect(await heard(watcher)).toEqual(three);
});

test("several people write in several chats without minding each other", async () => {
  const { clock, server, alice, bob, carol } = await town();
  await using _ = server;
  const [club, direct] = [await alice.group("club", bob, carol), await bob.directWith(alice)];
  const watcher = await alice.connect();
  const [his, hers] = [await bob.connect(), await carol.connect()];
  await type(his, club);
  clock.turn(3_000);
  await type(his, direct);
  await type(hers, club);
  clock.turn(3_000);
  await type(hers, club, "stop");
  clock.turn(3_000);
  expect(await heard(watcher)).toEqual([
    `start bob ${club}`,
    `start bob ${direct}`,
    `start carol ${club}`,
    `stop bob ${club}`,
    `stop carol ${club}`,
    `stop bob ${direct}`,
  ]);
  expect(await heard(hers)).toEqual([`start bob ${club}`, `stop bob ${club}`]);
  expect(await heard(his)).toEqual([`start carol ${club}`, `stop carol ${club}`]);
});

test("no device of the author is told, looking or not, and each hears everything else", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  const chat = await bob.directWith(alice);
  await alice.say(chat, "yes?");
  const [watcher, phone, laptop] = [await alice.connect(), await bob.connect(), await bob.connect()];
  await laptop.ask({ type: "join_chat", chat_id: chat });
  for (let i = 0; i < 3; i++) {
    await type(phone, chat);
    await type(watcher, chat);
    await type(phone, chat, "stop");
    await type(watcher, chat, "stop");
  }
  await type(phone, chat);
  clock.turn(6_000);
  const hers = Array.from({ length: 3 }, () => [`start alice ${chat}`, `stop alice ${chat}`]).flat();
  expect(await heard(phone)).toEqual(hers);
  expect(await heard(laptop)).toEqual(hers);
  expect((await heard(watcher)).length).toBe(8);
});

test("a socket that never looked at a chat hears typing in all; one that has, only where it looks", async () => {
  const { server, alice, bob, carol } = await town();
  await using _ = server;
  const [one, two] = [await alice.group("one", bob), await alice.group("two", bob)];
  const [never, looks] = [await alice.connect(), await alice.connect()];
  const phone = await bob.connect();
  /** Bob writes everywhere; answers where each of Alice's sockets noticed. */
  const noticed = async (...chats: number[]) => {
    const from = [never.frames.length, looks.frames.length];
    for (const chat of chats) {
      await type(phone, chat);
      await type(phone, chat, "stop");
    }
    const found = [];
    for (const socket of [never, looks]) {
      const frames = (await socket.settled()).slice(from.shift());
      const starts = typed(frames).filter((frame) => frame.type === "typing_start");
      expect(typed(frames).length).toBe(starts.length * 2);
      found.push(starts.map((frame) => frame["chat_id"]));
    }
    return found;
  };
  const chats = [one, two];
  expect(await noticed(...chats)).toEqual([chats, chats]);
  // An attempt to look is not a look.
  expect((await looks.ask({ type: "join_chat", chat_id: 999 }))["code"]).toBe("not_found");
  expect(await noticed(...chats)).toEqual([chats, chats]);
  await looks.ask({ type: "join_chat", chat_id: two });
  expect(await noticed(...chats)).toEqual([chats, [two]]);
  await looks.ask({ type: "join_chat", chat_id: one });
  expect(await noticed(...chats)).toEqual([chats, chats]);
  await looks.ask({ type: "leave_chat", chat_id: two });
  expect(await noticed(...chats)).toEqual([chats, [one]]);
  // A chat that is new to both, and a socket that catches up.
  const three = await bob.group("three", alice, carol);
  await Promise.all([never.next("chat_created"), looks.next("chat_created")]);
  expect(await noticed(one, two, three)).toEqual([[one, two, three], [one]]);
  for (const socket of [never, looks]) await socket.ask({ type: "resume", cursor: socket.cursor });
  expect(await noticed(one, two, three)).toEqual([[one, two, three], [one]]);
  await looks.ask({ type: "leave_chat", chat_id: one });
  expect(await noticed(one, two, three)).toEqual([[one, two, three], []]);
});

test("only members say that they write, and only in chats that take messages", async () => {
  const { server, alice, bob, carol } = await town();
  await using _ = server;
  const chat = await alice.group("Team", bob);
  const watcher = await alice.connect();
  const [phone, stranger] = [await bob.connect(), await carol.connect()];
  for (const what of ["start", "stop"] as const) {
    expect((await type(stranger, chat, what))["code"]).toBe("not_found");
    expect((await type(stranger, 999_999, what))["code"]).toBe("not_found");
  }
  expect((await type(phone, chat)).type).toBe("ack");
  expect(await heard(watcher)).toEqual([`start bob ${chat}`]);
  await alice.delete(`/api/chats/${chat}`);
  const other = await alice.connect();
  for (const what of ["start", "stop"] as const) {
    expect((await type(phone, chat, what))["code"]).toBe("chat_inactive");
    expect((await type(other, chat, what))["code"]).toBe("chat_inactive");
  }
  expect(await heard(phone)).toEqual([]);
});

test("whoever is removed while writing stops, and hears no more of it", async () => {
  const { clock, server, alice, bob, carol } = await town();
  await using _ = server;
  const chat = await alice.group("Team", bob, carol);
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  const hers = await carol.connect();
  await type(phone, chat);
  await alice.delete(`/api/chats/${chat}/members/${bob.id}`);
  await phone.next("chat_removed");
  clock.turn(6_000);
  expect(await heard(watcher)).toEqual([`start bob ${chat}`, `stop bob ${chat}`]);
  await type(hers, chat);
  expect((await heard(watcher)).length).toBe(3);
  expect(await heard(phone)).toEqual([]);
});

test("writing is written nowhere, and not told again", async () => {
  const { clock, server, alice, bob } = await town();
  await using _ = server;
  const chat = await bob.directWith(alice);
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  await watcher.next("user_status");
  const { cursor } = watcher;
  using written = new Written(server.dataDir);
  for (let i = 0; i < 5; i++) {
    await type(phone, chat);
    await type(phone, chat, i % 2 ? "stop" : "start");
    clock.turn(6_000);
  }
  expect((await heard(watcher)).length).toBe(10);
  expect(written.take()).toEqual([]);
  const back = await alice.connect({ since: cursor });
  expect((await back.next("resumed"))["count"]).toBe(0);
  expect(await heard(back)).toEqual([]);
});

test("in large chats only those who look are told, and no device of the author", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { largeChatMembers: 2 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const carol = await server.register("carol");
  const [large, small] = [await alice.group("Large", bob, carol), await alice.group("Small", bob)];
  const [never, looks, elsewhere] = [await alice.connect(), await alice.connect(), await carol.connect()];
  const [phone, laptop] = [await bob.connect(), await bob.connect()];
  for (const socket of [looks, laptop, elsewhere]) await socket.ask({ type: "join_chat", chat_id: large });
  await elsewhere.ask({ type: "leave_chat", chat_id: large });
  for (let i = 0; i < 2; i++) await type(phone, large);
  await type(phone, large, "stop");
  await type(phone, small);
  await type(phone, large);
  clock.turn(6_000);
  const [inLarge, inSmall] = [
    [`start bob ${large}`, `stop bob ${large}`],
    [`start bob ${small}`, `stop bob ${small}`],
  ];
  expect(await heard(looks)).toEqual([...inLarge, ...inLarge]);
  expect(await heard(never)).toEqual(inSmall);
  for (const socket of [elsewhere, phone, laptop]) expect(await heard(socket)).toEqual([]);
  // Whoever looks away hears no more.
  await looks.ask({ type: "leave_chat", chat_id: large });
  await type(phone, large);
  expect(await heard(looks)).toEqual([...inLarge, ...inLarge]);
});

test("who was told that somebody writes is told that they stop, though the chat has become large meanwhile", async () => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { largeChatMembers: 2 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const carol = await server.register("carol");
  const chat = await alice.group("Growing", bob);
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  await type(phone, chat);
  await alice.post(`/api/chats/${chat}/members`, { user_id: carol.id });
  // Repeated, it is the same.
  await type(phone, chat);
  await type(phone, chat, "stop");
  await type(phone, chat);
  expect(await heard(watcher)).toEqual([`start bob ${chat}`, `stop bob ${chat}`]);
});
