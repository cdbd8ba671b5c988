/** Who is told what, and on which device. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { SealedChat } from "../support/e2ee/sealed-chat.ts";
import { readUpTo } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { linesOf, PushScene } from "../support/pushed.ts";
import { opcodes, RawSocket } from "../support/raw-socket.ts";

setDefaultTimeout(20_000);

const scene = await PushScene.start({ largeChatMembers: 3 });
afterAll(() => scene[Symbol.asyncDispose]());
const { server } = scene;

/** By when whoever is connected is told otherwise. */
const patience = 11_000;

/** Alice and Bob, who has a phone and a browser, each in a session of its own. */
async function pair() {
  const [alice, bob] = await server.people("alice", "bob");
  const laptop = await server.login(bob.username);
  const chat = await alice.directWith(bob);
  return { alice, bob, laptop, chat, phone: await scene.phone(bob), browser: await scene.browser(laptop) };
}

/** A socket that answers pings only when a test says so. */
async function quietSocket(person: Person): Promise<RawSocket> {
  const socket = await RawSocket.of(person);
  socket.answersPings = false;
  return socket;
}

/** Its pong proves that everything before has arrived. */
async function prove(socket: RawSocket): Promise<void> {
  await scene.later(1_000);
  await socket.until(() => socket.pings.length > 0);
  socket.write(opcodes.pong, socket.pings.at(-1)!.payload);
  socket.send({ type: "ping" });
  await socket.until(() => socket.frames.at(-1)?.type === "pong");
  await scene.later(100);
}

test("whoever is not connected is told at once, on all devices, and the author on none", async () => {
  const { alice, chat, phone, browser } = await pair();
  const own = await scene.phone(alice);
  const message = await alice.say(chat, "hello");
  await scene.later();
  expect(phone.lines).toEqual([`message ${alice.username}: hello`]);
  expect(linesOf(browser)).toEqual([`message ${alice.username}: hello`]);
  expect(own.lines).toEqual([]);
  expect(browser.received[0]!.content).toMatchObject({
    chat_id: chat,
    message_id: message.id,
    by_user_id: alice.id,
    count: 1,
    unread_messages: 1,
  });
  await scene.later(patience);
  expect([phone.lines.length, browser.received.length]).toEqual([1, 1]);
});

test("a phone whose own socket has received a message shows it itself; the other devices are told", async () => {
  const { alice, bob, chat, phone, browser } = await pair();
  const app = await quietSocket(bob);
  await alice.say(chat, "hello");
  await prove(app);
  await scene.later(patience);
  expect([phone.lines, linesOf(browser)]).toEqual([[], [`message ${alice.username}: hello`]]);
});

test("a socket that died silently costs ten seconds", async () => {
  const { alice, bob, chat, phone } = await pair();
  await quietSocket(bob);
  await alice.say(chat, "hello");
  await scene.later(9_900);
  expect(phone.lines).toEqual([]);
  await scene.later(200);
  expect(phone.lines).toEqual([`message ${alice.username}: hello`]);
});

test("a tab that is connected and does not look at the chat keeps no device quiet", async () => {
  const { alice, laptop, chat, phone, browser } = await pair();
  const tab = await quietSocket(laptop);
  await alice.say(chat, "hello");
  await prove(tab);
  await scene.later(patience);
  expect(phone.lines).toEqual([`message ${alice.username}: hello`]);
  // Its service worker sees whether a window is visible.
  expect(linesOf(browser)).toEqual(phone.lines);
});

test("whoever looks at the chat is not told anywhere, unless the socket that looks has died", async () => {
  const { alice, laptop, chat, phone, browser } = await pair();
  const tab = await quietSocket(laptop);
  tab.send({ type: "join_chat", chat_id: chat, request_id: "1" });
  await tab.until(() => tab.frames.some((one) => one.type === "ack"));
  await alice.say(chat, "seen");
  await prove(tab);
  await scene.later(patience);
  expect([phone.lines, linesOf(browser)]).toEqual([[], []]);
  await alice.say(chat, "not seen");
  await scene.later(patience);
  expect(phone.lines).toEqual([`message ${alice.username}: not seen`]);
});

test("in a large chat, too, whoever looks has to prove it", async () => {
  const people = await server.people("alice", "bob", "carol", "dave");
  const [alice, bob] = people;
  const chat = await alice.group("Large", ...people.slice(1));
  const phone = await scene.phone(bob);
  const tab = await quietSocket(await server.login(bob.username));
  tab.send({ type: "join_chat", chat_id: chat, request_id: "1" });
  await tab.until(() => tab.frames.some((one) => one.type === "ack"));
  await alice.say(chat, "seen");
  await prove(tab);
  await scene.later(patience);
  expect(phone.lines.filter((one) => one.includes("seen"))).toEqual([]);
  await alice.say(chat, "unproved");
  await scene.later(patience);
  expect(phone.lines.at(-1)).toBe(`message Large: ${alice.username}: unproved`);
});

test("whoever has read it within ten seconds is not told", async () => {
  const { alice, laptop, chat, phone, browser } = await pair();
  await quietSocket(laptop);
  const message = await alice.say(chat, "hello");
  await scene.later(5_000);
  await readUpTo(laptop, message);
  await scene.later(patience);
  expect([phone.lines, linesOf(browser)]).toEqual([[], []]);
});

test("of messages read in part, the rest is told in its own time", async () => {
  const { alice, laptop, chat, phone } = await pair();
  await quietSocket(laptop);
  const first = await alice.say(chat, "first");
  await scene.later(8_000);
  await readUpTo(laptop, first);
  await alice.say(chat, "second");
  await scene.later(4_000);
  expect(phone.lines).toEqual([]);
  await scene.later(7_000);
  expect(phone.lines).toEqual([`message ${alice.username}: second`]);
});

test("a mention is told where a chat is muted, nothing else is; at none not even that", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  await scene.later();
  const phone = await scene.phone(bob);
  const set = (notify: string) => bob.put(`/api/chats/${chat}/me`, { notify });
  await set("mentions");
  await alice.say(chat, "hello");
  await scene.later(patience);
  expect(phone.lines).toEqual([]);
  await alice.say(chat, `hello @${bob.username}`);
  await scene.later(patience);
  const mention = `mention ${alice.username} mentioned you in Team: hello @${bob.username}`;
  expect(phone.lines).toEqual([mention]);
  await set("none");
  await alice.say(chat, `again @${bob.username}`);
  await scene.later(patience);
  expect(phone.lines).toEqual([mention]);
  await set("all");
  await alice.say(chat, "hello all");
  await scene.later(patience);
  expect(phone.lines).toEqual([mention, `message Team: ${alice.username}: hello all`]);
});

test("a mention is told once, as a mention; an invitation and a reaction are told", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const phone = await scene.phone(bob);
  const chat = await alice.group("Team", bob);
  await scene.later(patience);
  await alice.say(chat, "hi @all");
  await scene.later(patience);
  const own = await bob.say(chat, "here");
  await alice.put(`/api/messages/${own.id}/reactions/${encodeURIComponent("👍")}`);
  await scene.later(patience);
  const shown = phone.lines.filter((one) => !/^(read|badge)/.test(one));
  expect(shown).toEqual([
    `group_invite Team: ${alice.username} added you`,
    `mention ${alice.username} mentioned you in Team: hi @all`,
    `reaction ${alice.username} reacted 👍 in Team: here`,
  ]);
});

test("what is read elsewhere is closed within five seconds, and the number follows", async () => {
  const { alice, laptop, chat, phone, browser } = await pair();
  const message = await alice.say(chat, "hello");
  await scene.later();
  await readUpTo(laptop, message);
  await scene.later(1_000);
  await scene.later(4_000);
  expect(phone.lines).toEqual([`message ${alice.username}: hello`, `read ${chat}`]);
  expect(phone.received[1]!.data).toMatchObject({ unread_messages: "0" });
  // Browsers punish what shows nothing: theirs is closed by the way.
  expect(browser.received.length).toBe(1);
  const [carol] = await server.people("carol");
  await carol.say(await carol.directWith(laptop), "and I");
  await scene.later();
  expect(browser.received.at(-1)!.content).toMatchObject({ read_chat_ids: [chat], unread_messages: 1 });
  await carol.say(await carol.directWith(laptop), "once more");
  await scene.later();
  expect(browser.received.at(-1)!.content).toMatchObject({ read_chat_ids: [], unread_messages: 2 });
});

test("a mention that was read elsewhere is closed, in a browser by the way", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  const other = await alice.directWith(bob);
  await scene.later();
  const [phone, browser] = [await scene.phone(bob), await scene.browser(bob)];
  await alice.say(chat, `@${bob.username} look`);
  await scene.later(patience);
  const [mention] = (await bob.get("/api/notifications/mentions")).body.mentions;
  await bob.post(`/api/notifications/mentions/${mention.id}/read`);
  await scene.later(1_000);
  expect(phone.lines.at(-1)).toBe(`read ${chat}`);
  await alice.say(other, "and here");
  await scene.later();
  expect(browser.received.at(-1)!.content).toMatchObject({ read_chat_ids: [chat] });
});

test("the number follows a deletion and a leave, also of what the phone does not show", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  await scene.later();
  const phone = await scene.phone(bob);
  const muted = await alice.group("Quiet", bob);
  await bob.put(`/api/chats/${muted}/me`, { notify: "none" });
  const first = await alice.say(muted, "one");
  await alice.say(muted, "two");
  await scene.later(patience);
  await alice.say(chat, "three");
  await scene.later(patience);
  expect(phone.received.at(-1)!.data).toMatchObject({ unread_messages: "3" });
  await alice.delete(`/api/messages/${first.id}`);
  await scene.later(5_000);
  expect(phone.lines.at(-1)).toBe("badge 2");
  await bob.delete(`/api/chats/${muted}/members/${bob.id}`);
  await scene.later(5_000);
  expect(phone.lines.at(-1)).toBe("badge 1");
});

test("a message that is deleted is taken from the lock screen", async () => {
  const { alice, chat, phone } = await pair();
  const message = await alice.say(chat, "a secret");
  await scene.later();
  await alice.delete(`/api/messages/${message.id}`);
  await scene.later(1_000);
  await scene.later(4_000);
  expect(phone.lines).toEqual([`message ${alice.username}: a secret`, `read ${chat}`]);
});

test("do not disturb and quiet hours keep devices quiet, and what came in them is not told later", async () => {
  const { alice, bob, chat, phone } = await pair();
  const set = (settings: object) => bob.put("/api/notifications/settings", settings);
  await set({ do_not_disturb_until: new Date(scene.clock.now() + 3_600_000).toISOString() });
  await alice.say(chat, "quiet");
  await scene.later(patience);
  expect(phone.lines).toEqual([]);
  await set({ do_not_disturb_until: null });
  await scene.later(patience);
  expect(phone.lines).toEqual([]);
  await alice.say(chat, "loud");
  await scene.later();
  expect(phone.lines).toEqual([`message ${alice.username}: loud`]);
  const hour = new Date(scene.clock.now()).getUTCHours();
  const at = (hours: number) => `${String((hours + 24) % 24).padStart(2, "0")}:00`;
  await set({ quiet_hours: { from: at(hour), to: at(hour + 1), time_zone: "UTC" } });
  await alice.say(chat, "night");
  await scene.later(patience);
  expect(phone.lines.length).toBe(1);
});

test("push services see as much as the person lets them", async () => {
  const { alice, bob, chat, phone, browser } = await pair();
  const set = (push_content: string) => bob.put("/api/notifications/settings", { push_content });
  await set("sender");
  await alice.say(chat, "private words");
  await scene.later();
  expect(phone.lines).toEqual([`message ${alice.username}: New message from ${alice.username}`]);
  await set("none");
  await alice.say(chat, "private words");
  await scene.later();
  expect(phone.lines.at(-1)).toBe("message Parley: You have something new.");
  const seen = JSON.stringify([phone.received, browser.received]);
  expect(seen).not.toContain("private words");
  expect(JSON.stringify([phone.received.at(-1)])).not.toContain(alice.username);
});

test("nothing is told of a chat that one has left, nor on a device whose session is over", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  await scene.later();
  const phone = await scene.phone(bob);
  const other = await server.login(bob.username);
  const second = await scene.phone(other);
  await other.post("/api/auth/logout");
  await alice.say(chat, "hello");
  await scene.later(patience);
  expect([phone.lines.length, second.lines.length]).toEqual([1, 0]);
  await quietSocket(bob);
  await alice.say(chat, "going");
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  await scene.later(patience);
  expect(phone.lines.filter((one) => one.includes("going"))).toEqual([]);
});

test("a socket that looks and has died is not taken for alive by another of its session", async () => {
  const { alice, bob, chat, phone, browser } = await pair();
  const dead = await quietSocket(bob);
  dead.send({ type: "join_chat", chat_id: chat, request_id: "1" });
  await dead.until(() => dead.frames.some((one) => one.type === "ack"));
  const living = await quietSocket(bob);
  await alice.say(chat, "hello");
  await prove(living);
  await scene.later(patience);
  expect([phone.lines, linesOf(browser)]).toEqual([[], [`message ${alice.username}: hello`]]);
});

test("of what is encrypted only ids are pushed, whatever somebody has set, and of plain chats as ever", async () => {
  const { alice, bob, chat, phone, browser } = await pair();
  const group = await alice.group("Tea", bob);
  await scene.later();
  const before = phone.lines.length;
  const direct = await SealedChat.on(server, chat, alice, bob);
  const tea = await SealedChat.on(server, group, alice, bob);
  const message = await direct.say(alice);
  const named = await tea.say(alice, { mentions: [bob.id] });
  await bob.put("/api/notifications/settings", { push_content: "sender" });
  await scene.later();
  const ids = [message.id, named.id];
  expect(phone.lines.slice(before).toSorted()).toEqual([
    "mention Parley: Encrypted message",
    "message Parley: Encrypted message",
  ]);
  const pushed = browser.received.map((one) => one.content as Record<string, unknown>);
  const sealed = pushed.filter((one) => ids.includes(one["message_id"] as number));
  expect(sealed.map((one) => one["message_id"]).toSorted()).toEqual(ids.toSorted());
  for (const one of sealed) {
    expect([one["by_user_id"], one["count"]]).toEqual([undefined, undefined]);
    expect(JSON.stringify(one)).not.toContain(alice.username);
  }
  const other = await alice.group("Plain", bob);
  await alice.say(other, "hello");
  await scene.later();
  expect(phone.lines.at(-1)).toBe(`message Plain: New message from ${alice.username}`);
});
