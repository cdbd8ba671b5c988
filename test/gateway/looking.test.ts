import { expect, setDefaultTimeout, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { progressTold } from "../support/receipts.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import type { Frame, Socket } from "../support/socket.ts";

setDefaultTimeout(20_000);

const look = (socket: Socket, chat_id: number) => socket.ask({ type: "join_chat", chat_id });
const lookAway = (socket: Socket, chat_id: number) => socket.ask({ type: "leave_chat", chat_id });

/** Every chat is large here: who reads is told only to those who look. */
async function people() {
  const server = await TestServer.start({ config: { largeChatMembers: 1 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  return { server, alice, bob, carol: await server.register("carol") };
}

/** Somebody reads something new; which of the sockets notice is which of them look. */
async function whoLooks(
  server: TestServer,
  chat: number,
  writer: Person,
  reader: Person,
  sockets: Socket[],
): Promise<boolean[]> {
  const message = await writer.say(chat, "look");
  expect((await reader.post(`/api/messages/${message.id}/read`)).status).toBe(200);
  await server.settled();
  const looks = [];
  for (const socket of sockets) {
    const news = progressTold(await socket.settled()).filter(([, read]) => read === message.id);
    expect(news.length).toBeLessThanOrEqual(1);
    looks.push(news.length === 1);
  }
  return looks;
}

test("each socket looks where it said, until it says otherwise", async () => {
  const { server, alice, bob } = await people();
  await using _ = server;
  const [one, two] = [await alice.group("one", bob), await alice.group("two", bob)];
  const [phone, laptop] = [await alice.connect(), await alice.connect()];
  const looking = async () => [
    ...(await whoLooks(server, one, alice, bob, [phone, laptop])),
    ...(await whoLooks(server, two, alice, bob, [phone, laptop])),
  ];
  expect(await looking()).toEqual([false, false, false, false]);
  expect(await look(phone, one)).toMatchObject({ type: "ack", chat_id: one, online: [alice.id] });
  expect(await looking()).toEqual([true, false, false, false]);
  await look(phone, two);
  await look(laptop, two);
  await look(laptop, two);
  expect(await looking()).toEqual([true, false, true, true]);
  expect(await lookAway(phone, one)).toMatchObject({ type: "ack", chat_id: one, online: [alice.id] });
  await lookAway(laptop, one);
  expect(await looking()).toEqual([false, false, true, true]);
  await lookAway(laptop, two);
  expect(await looking()).toEqual([false, false, true, false]);
});

test("nobody looks at a chat that they are not in, whether it exists or not", async () => {
  const { server, alice, bob, carol } = await people();
  await using _ = server;
  const chat = await alice.group("private", bob);
  const socket = await carol.connect();
  for (const id of [chat, 999_999]) {
    expect((await look(socket, id))["code"]).toBe("not_found");
    expect((await lookAway(socket, id))["code"]).toBe("not_found");
  }
  expect((await look(socket, "chat" as never))["code"]).toBe("validation");
  expect(await whoLooks(server, chat, alice, bob, [socket])).toEqual([false]);
});

test("looking ends when one is removed, and does not begin again by being added", async () => {
  const { server, alice, bob, carol } = await people();
  await using _ = server;
  const chat = await alice.group("club", bob, carol);
  const [socket, staying] = [await carol.connect(), await alice.connect()];
  await look(socket, chat);
  await look(staying, chat);
  expect(await whoLooks(server, chat, alice, bob, [socket, staying])).toEqual([true, true]);
  const member = `/api/chats/${chat}/members`;
  await alice.delete(`${member}/${carol.id}`);
  await socket.next("chat_removed");
  // That their notifications of it are gone, too.
  await server.settled();
  const isOfChat = (one: Frame) => (one["message"]?.chat_id ?? one["chat_id"]) === chat;
  const heard = (await socket.settled()).filter(isOfChat);
  expect(await whoLooks(server, chat, alice, bob, [socket, staying])).toEqual([false, true]);
  expect((await socket.settled()).filter(isOfChat)).toEqual(heard);
  expectRefused(await carol.get(`/api/chats/${chat}`), 404, "not_found");
  expect((await look(socket, chat))["code"]).toBe("not_found");

  await alice.post(member, { user_id: carol.id });
  await socket.next("chat_created");
  expect(await whoLooks(server, chat, alice, bob, [socket])).toEqual([false]);
  await socket.next("new_message", (one) => one["message"].content === "look");
  await look(socket, chat);
  expect(await whoLooks(server, chat, alice, bob, [socket])).toEqual([true]);
});

test("a socket that resumes goes on looking where it looked, as far as it is still there", async () => {
  const { server, alice, bob, carol } = await people();
  await using _ = server;
  const kept = await alice.group("kept", bob, carol);
  const never = await alice.group("never", bob, carol);
  const left = await alice.group("left", bob, carol);
  const socket = await carol.connect();
  const { cursor } = socket;
  await look(socket, kept);
  await look(socket, left);
  await alice.delete(`/api/chats/${left}/members/${carol.id}`);
  await alice.say(kept, "missed");
  for (const from of [cursor, socket.cursor, "nonsense"]) {
    expect((await socket.ask({ type: "resume", cursor: from })).type).toBe("ack");
    expect(await whoLooks(server, kept, alice, bob, [socket])).toEqual([true]);
    expect(await whoLooks(server, never, alice, bob, [socket])).toEqual([false]);
    expect(await whoLooks(server, left, alice, bob, [socket])).toEqual([false]);
  }
  await lookAway(socket, kept);
  await socket.ask({ type: "resume", cursor });
  expect(await whoLooks(server, kept, alice, bob, [socket])).toEqual([false]);
});

test("whoever closes the socket looks no more, and another socket of theirs looks by itself", async () => {
  const { server, alice, bob } = await people();
  await using _ = server;
  const chat = await alice.group("club", bob);
  const first = await alice.connect();
  await look(first, chat);
  await first.close();
  const second = await alice.connect({ since: first.cursor });
  await second.next("resumed");
  expect(await whoLooks(server, chat, alice, bob, [second])).toEqual([false]);
  await look(second, chat);
  expect(await whoLooks(server, chat, alice, bob, [second])).toEqual([true]);
});

test("a chat that one was added to a moment ago can be looked at", async () => {
  const { server, alice, bob, carol } = await people();
  await using _ = server;
  const chat = await alice.group("club", bob);
  const socket = await carol.connect();
  await alice.post(`/api/chats/${chat}/members`, { user_id: carol.id });
  await socket.next("chat_created");
  expect((await look(socket, chat))["online"]).toEqual([carol.id]);
  expect(await whoLooks(server, chat, alice, bob, [socket])).toEqual([true]);
});
