import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { read, receive, statusOf } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";
import { everythingTold, statuses, told } from "../support/statuses.ts";

setDefaultTimeout(20_000);

const clock = new ManualClock();
const server = await TestServer.start({ clock, config: { accessTokenSeconds: 86_400 } });
afterAll(() => server.app.stop());

let people = 0;
const newcomer = () => server.register(`person${++people}`);

/** Alice has opened a chat with Bob and written to him; he has a device online. Zoe has answered Alice. */
async function stranger() {
  const [alice, bob, zoe] = [await newcomer(), await newcomer(), await newcomer()];
  await zoe.directWith(alice);
  const chat = await alice.directWith(bob);
  const message = await alice.say(chat, "hello, you do not know me");
  const watcher = await alice.connect();
  const phone = await bob.connect();
  return { alice, bob, zoe, chat, message, watcher, phone };
}

/** What `asks` is shown of `of`, wherever people are shown. */
async function shown(asks: Person, of: Person, chat: number) {
  const presence = ({ is_online, last_seen }: any) => ({ is_online, last_seen });
  const inList = (await asks.get("/api/chats")).body.chats.find((one: any) => one.id === chat).peer;
  const found = (await asks.get(`/api/users/search?q=${of.username}`)).body.users;
  return [
    presence((await asks.get(`/api/users/${of.id}`)).body),
    presence(found.find((one: any) => one.id === of.id)),
    presence((await asks.get(`/api/chats/${chat}`)).body.peer),
    presence(inList),
    presence((await asks.post("/api/chats/direct", { user_id: of.id })).body.peer),
  ];
}

const hidden = Array(5).fill({ is_online: null, last_seen: null });
const online = Array(5).fill({ is_online: true, last_seen: null });
const onlineIn = async (socket: Socket, chat: number) =>
  (await socket.ask({ type: "join_chat", chat_id: chat }))["online"].toSorted(
    (a: number, b: number) => a - b,
  );

/** Until everybody who is told of it has been told. */
async function go(socket: Socket, person: Person): Promise<void> {
  await socket.close();
  clock.turn(10_000);
  // What is written now and asked then comes after the same for going offline, which is told by then.
  await person.put("/api/auth/me", { bio: "away" });
  await person.get("/api/auth/me");
}

async function goAndCome(socket: Socket, person: Person): Promise<Socket> {
  await go(socket, person);
  return person.connect();
}

test("whoever opens a chat with somebody is shown nothing of them, anywhere, until they answer", async () => {
  const { alice, bob, zoe, chat, watcher, phone } = await stranger();
  expect(await shown(alice, bob, chat)).toEqual(hidden);
  expect(await onlineIn(watcher, chat)).toEqual([alice.id]);
  const back = await goAndCome(phone, bob);
  expect(await shown(alice, bob, chat)).toEqual(hidden);
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual([`${zoe.username} online`]);
  // A replay shows nothing either.
  const later = await alice.connect({ since: watcher.frames[0]!["cursor"] });
  await later.next("resumed");
  expect(JSON.stringify(later.frames)).not.toContain('"is_online":true');
  await back.close();
  clock.turn(10_000);
  expect(await shown(alice, bob, chat)).toEqual(hidden);
});

test("whoever has been written to is shown whether the other is here", async () => {
  const { alice, bob, chat, watcher, phone } = await stranger();
  expect(await shown(bob, alice, chat)).toEqual(online);
  expect(await onlineIn(phone, chat)).toEqual([alice.id, bob.id]);
  const back = await goAndCome(watcher, alice);
  await told(phone, alice, "offline");
  await told(phone, alice, "online");
  await back.settled();
});

test("what was received, and a list that was opened, are no answer; what is delivered is shown", async () => {
  const { alice, bob, zoe, chat, message, watcher, phone } = await stranger();
  await bob.history(chat);
  await receive(bob, message);
  await phone.ask({ type: "message_delivered", chat_id: chat, message_id: message.id });
  await phone.ask({ type: "typing_start", chat_id: chat });
  await phone.ask({ type: "join_chat", chat_id: chat });
  await bob.directWith(alice);
  await bob.put(`/api/chats/${chat}/me`, { nickname: "nobody", is_muted: true });
  // Nor is what the maker herself reads and writes.
  await read(alice, (await alice.history(chat)).at(-1));
  await alice.say(chat, "still there?");
  expect(await statusOf(alice, message)).toBe("delivered");
  expect(await shown(alice, bob, chat)).toEqual(hidden);
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual([`${zoe.username} online`]);
});

const answers: Record<string, (bob: Person, phone: Socket, message: any) => Promise<unknown>> = {
  "a message over REST": (bob, _, { chat_id }) => bob.say(chat_id, "who are you?"),
  "a message over the socket": (_, phone, { chat_id }) =>
    phone.ask({ type: "send_message", chat_id, content: "who are you?" }),
  "a mark over REST": (bob, _, message) => read(bob, message),
  "a mark over the socket": (_, phone, { chat_id, id }) =>
    phone.ask({ type: "message_read", chat_id, message_id: id }),
};

test.each(Object.entries(answers))("%s is an answer: from then on both are shown", async (_, answer) => {
  const { alice, bob, zoe, chat, message, watcher, phone } = await stranger();
  await answer(bob, phone, message);
  expect(await told(watcher, bob, "online")).toMatchObject({ username: bob.username, last_seen: null });
  expect(await shown(alice, bob, chat)).toEqual(online);
  expect(await onlineIn(watcher, chat)).toEqual([alice.id, bob.id]);
  // Once is enough.
  await answer(bob, phone, message);
  await bob.say(chat, "well?");
  await goAndCome(phone, bob);
  await told(watcher, bob, "offline");
  await told(watcher, bob, "online");
  await everythingTold([watcher], zoe);
  const ofBob = statuses(watcher).filter((one) => one.startsWith(`${bob.username} `));
  expect(ofBob.map((one) => one.split(" ")[1])).toEqual(["online", "offline", "online"]);
});

test("who answers and is not online any more is told of when they come", async () => {
  const { alice, bob, zoe, chat, message, watcher, phone } = await stranger();
  await go(phone, bob);
  await read(bob, message);
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual([`${zoe.username} online`]);
  expect((await shown(alice, bob, chat))[0]).toMatchObject({
    is_online: false,
    last_seen: expect.any(String),
  });
  await bob.connect();
  await told(watcher, bob, "online");
});

test("in a group they share, and as long as they do, both are shown; an answer tells nothing new then", async () => {
  const { alice, bob, zoe, chat, watcher, phone } = await stranger();
  const group = await zoe.group("Team", alice, bob);
  expect(await shown(alice, bob, chat)).toEqual(online);
  expect(await onlineIn(watcher, chat)).toEqual([alice.id, bob.id]);
  const back = await goAndCome(phone, bob);
  await told(watcher, bob, "offline");
  await told(watcher, bob, "online");
  await bob.delete(`/api/chats/${group}/members/${bob.id}`);
  expect(await shown(alice, bob, chat)).toEqual(hidden);
  await zoe.post(`/api/chats/${group}/members`, { user_id: bob.id });
  await bob.say(chat, "I know you");
  await back.settled();
  await everythingTold([watcher], zoe);
  expect(statuses(watcher)).toEqual([
    `${bob.username} offline`,
    `${bob.username} online`,
    `${zoe.username} online`,
  ]);
  await bob.delete(`/api/chats/${group}/members/${bob.id}`);
  expect(await shown(alice, bob, chat)).toEqual(online);
});
