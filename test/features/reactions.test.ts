/** Emoji on messages. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { counts, lines, notifications, readUpTo, toldOf, unread } from "../support/notified.ts";
import type { Person, Reply } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { replayed } from "../support/replayed.ts";
import { shared } from "../support/shared.ts";

setDefaultTimeout(20_000);

const server = await shared();

/** Alice has written something to a group with the others. */
async function team<const Names extends string[]>(...names: Names) {
  const people = await server.people("alice", ...names);
  const [alice, ...others] = people as [Person, ...Person[]];
  const chat = await alice.group("Team", ...others);
  const message = await alice.say(chat, "lunch at noon");
  await server.settled();
  return { alice, others, chat, message };
}

const pathOf = (message: { id: number }, emoji: string) =>
  `/api/messages/${message.id}/reactions/${encodeURIComponent(emoji)}`;
const react = (person: Person, message: { id: number }, emoji: string): Promise<Reply> =>
  person.put(pathOf(message, emoji));
const takeBack = (person: Person, message: { id: number }, emoji: string): Promise<Reply> =>
  person.delete(pathOf(message, emoji));
const all = async (person: Person, message: { id: number }) =>
  (await person.get(`/api/messages/${message.id}/reactions`)).body.reactions;

test("who reacts gets the message, and everybody sees it there, in the order of reacting", async () => {
  const { alice, others, chat, message } = await team("bob", "carol");
  const [bob, carol] = others as [Person, Person];
  expect(message.reactions).toEqual([]);
  await react(bob, message, "👍");
  await react(carol, message, "🎉");
  const reply = await react(carol, message, "👍");
  const reactions = [
    { emoji: "👍", count: 2, user_ids: [bob.id, carol.id] },
    { emoji: "🎉", count: 1, user_ids: [carol.id] },
  ];
  expect(reply.status).toBe(200);
  expect(reply.body).toEqual({ ...message, status: reply.body.status, reactions });
  const listed = (await alice.get("/api/chats")).body.chats.find((one: any) => one.id === chat);
  const found = (await alice.get(`/api/messages/search?q=lunch&chat_id=${chat}`)).body;
  const edited = await alice.put(`/api/messages/${message.id}`, { content: "lunch at one" });
  expect([
    (await alice.history(chat)).at(-1).reactions,
    listed.last_message.reactions,
    found.results[0].message.reactions,
    edited.body.reactions,
  ]).toEqual([reactions, reactions, reactions, reactions]);
});

test("again changes nothing, and nobody is told twice; taking back what is not there is fine", async () => {
  const { alice, others, message } = await team("bob");
  const bob = others[0]!;
  const socket = await alice.connect();
  for (const _ of [1, 2]) expect((await react(bob, message, "👍")).body.reactions).toHaveLength(1);
  for (const _ of [1, 2]) expect((await takeBack(bob, message, "👍")).body.reactions).toEqual([]);
  await socket.settled();
  const frames = socket.frames.filter((one) => one.type === "reaction_updated");
  expect(frames.map((one) => one["reactions"])).toEqual([
    [{ emoji: "👍", count: 1, user_ids: [bob.id] }],
    [],
  ]);
});

test("who comes back is told what is so now, once for each message", async () => {
  const { alice, others, chat, message } = await team("bob", "carol");
  const [bob, carol] = others as [Person, Person];
  const socket = await alice.connect();
  await alice.say(chat, "hello?");
  await socket.next("new_message");
  const since = socket.cursor;
  await socket.close();
  await react(bob, message, "👍");
  await react(carol, message, "👍");
  await react(carol, message, "🎉");
  await takeBack(bob, message, "👍");
  const { told } = await replayed(alice, since);
  const reactions = [
    { emoji: "👍", count: 1, user_ids: [carol.id] },
    { emoji: "🎉", count: 1, user_ids: [carol.id] },
  ];
  expect(told.filter((one) => one.type === "reaction_updated")).toEqual([
    {
      type: "reaction_updated",
      chat_id: chat,
      message_id: message.id,
      reactions,
      cursor: expect.any(String),
    },
  ]);
});

test("a message names the first twenty people, and the rest are asked for", async () => {
  const names = Array.from({ length: 22 }, (_, i) => `p${i}`);
  const { alice, others, message } = await team(...names);
  for (const one of others) await react(one, message, "👍");
  const ids = others.map((one) => one.id);
  const shown = async () => (await alice.get(`/api/chats/${message.chat_id}/messages/${message.id}`)).body;
  expect((await shown()).reactions).toEqual([{ emoji: "👍", count: 22, user_ids: ids.slice(0, 20) }]);
  expect(await all(alice, message)).toEqual([{ emoji: "👍", user_ids: ids }]);
  // Somebody moves up.
  await takeBack(others[0]!, message, "👍");
  expect((await shown()).reactions).toEqual([{ emoji: "👍", count: 21, user_ids: ids.slice(1, 21) }]);
});

test("a message has twenty kinds at most, and of those that are there any number", async () => {
  const { alice, others, message } = await team("bob");
  const kinds = [..."😀😁😂🤣😃😄😅😆😉😊😋😎😍😘🥰😗😙😚🙂🤗"];
  expect(kinds.length).toBe(20);
  for (const one of kinds) await react(alice, message, one);
  expectRefused(await react(others[0]!, message, "👍"), 409, "too_many_reactions");
  expect((await react(others[0]!, message, "😀")).body.reactions[0].count).toBe(2);
  expect((await all(alice, message)).length).toBe(20);
  await takeBack(alice, message, "🤗");
  expect((await react(others[0]!, message, "👍")).status).toBe(200);
});

test("an emoji is kept in its fully qualified form, however it is sent", async () => {
  const { alice, message } = await team();
  const forms = [
    ["❤", "❤️"],
    ["❤️", "❤️"],
    ["☝🏽", "☝🏽"],
    ["1⃣", "1️⃣"],
    ["🏳‍🌈", "🏳️‍🌈"],
    ["❤‍🔥", "❤️‍🔥"],
    ["👩‍❤‍💋‍👩", "👩‍❤️‍💋‍👩"],
    ["🧔‍♂", "🧔‍♂️"],
    ["👨‍👩‍👧‍👦", "👨‍👩‍👧‍👦"],
    ["🇨🇭", "🇨🇭"],
    ["🏴󠁧󠁢󠁳󠁣󠁴󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
  ] as const;
  for (const [sent, kept] of forms) {
    const { body } = await react(alice, message, sent);
    expect(body.reactions.at(-1).emoji).toBe(kept);
    expect((await takeBack(alice, message, sent)).body.reactions).toEqual([]);
  }
});

test.each(["a", "1", "👍👍", "👍a", " 👍", "🇨", "🏽‍", ":+1:", "👍".repeat(60), "\u{fe0f}", "©©"])(
  "%p is not one emoji",
  async (given) => {
    const { alice, message } = await team();
    expectInvalid(await react(alice, message, given), "path.emoji");
    expectInvalid(await takeBack(alice, message, given), "path.emoji");
  },
);

test("deleting the message takes them, and nobody reacts to it any more", async () => {
  const { alice, others, chat, message } = await team("bob");
  const bob = others[0]!;
  await react(bob, message, "👍");
  await alice.delete(`/api/messages/${message.id}`);
  expect((await alice.history(chat)).find((one) => one.id === message.id).reactions).toEqual([]);
  expect(await all(bob, message)).toEqual([]);
  expectRefused(await react(bob, message, "🎉"), 409, "message_deleted");
  expectRefused(await takeBack(bob, message, "👍"), 409, "message_deleted");
});

test("the list has the order that the message shows, also when who reacted first took it back", async () => {
  const { alice, others, message } = await team("bob", "carol", "dave");
  const [bob, carol, dave] = others as [Person, Person, Person];
  await react(bob, message, "👍");
  await react(carol, message, "🎉");
  const { body } = await react(dave, message, "👍");
  await takeBack(bob, message, "👍");
  expect(body.reactions.map((one: any) => one.emoji)).toEqual(["👍", "🎉"]);
  expect(await all(alice, message)).toEqual([
    { emoji: "👍", user_ids: [dave.id] },
    { emoji: "🎉", user_ids: [carol.id] },
  ]);
});

test("who is no longer in the chat does not learn who reacts there, by sending again either", async () => {
  const { alice, others, chat } = await team("bob");
  const bob = others[0]!;
  const sent = { content: "mine", client_id: "once" };
  const message = (await bob.post(`/api/messages/${chat}`, sent)).body;
  await alice.delete(`/api/chats/${chat}/members/${bob.id}`);
  await react(alice, message, "👍");
  expectRefused(await bob.get(`/api/messages/${message.id}/reactions`), 404, "not_found");
  const again = await bob.post(`/api/messages/${chat}`, sent);
  expect([again.body.id, again.body.reactions]).toEqual([message.id, []]);
});

// Notifications

test("the author is told once of each person, however often they change their mind", async () => {
  const { alice, others, chat, message } = await team("bob", "carol");
  const [bob, carol] = others as [Person, Person];
  const socket = await alice.connect();
  await react(bob, message, "👍");
  await takeBack(bob, message, "👍");
  expect(await notifications(alice)).toEqual([]);
  await react(bob, message, "🎉");
  await react(bob, message, "👍");
  await react(carol, message, "👍");
  await react(alice, message, "👍");
  expect(lines(await notifications(alice))).toEqual([
    `reaction ${carol.username} reacted 👍 in Team: lunch at noon`,
    `reaction ${bob.username} reacted 🎉 👍 in Team: lunch at noon`,
  ]);
  const [ofCarol, ofBob] = await notifications(alice);
  expect(ofCarol).toEqual({
    ...ofCarol,
    user_id: alice.id,
    data: { chat_id: chat, message_id: message.id, by_user_id: carol.id },
    is_read: false,
  });
  const told = await toldOf(socket);
  expect(told.filter((one) => one.type === "notification").map((one) => one["notification"].id)).toEqual([
    ofBob.id,
    ofCarol.id,
  ]);
  const types = (await notifications(bob)).map((one) => one.notification_type);
  expect(types).not.toContain("reaction");
});

test("it is unread until the author marks it, or reads on in the chat", async () => {
  const { alice, others, chat, message } = await team("bob", "carol");
  const [bob, carol] = others as [Person, Person];
  await react(bob, message, "👍");
  const [first] = await unread(alice);
  await alice.post(`/api/notifications/${first.id}/read`);
  expect(await counts(alice)).toEqual([0, 0, 0]);
  await react(carol, message, "👍");
  expect(await counts(alice)).toEqual([1, 0, 0]);
  const answer = await bob.say(chat, "fine");
  await server.settled();
  await readUpTo(alice, answer);
  await server.settled();
  expect(await counts(alice)).toEqual([0, 0, 0]);
  expect((await notifications(alice)).map((one) => one.is_read)).toEqual([true, true, true]);
});

test("what is taken back, or belongs to a message that is deleted, is unread no more, and every device is told", async () => {
  const { alice, others, message } = await team("bob", "carol");
  const [bob, carol] = others as [Person, Person];
  await react(bob, message, "👍");
  await react(carol, message, "👍");
  const [ofCarol, ofBob] = await unread(alice);
  const socket = await alice.connect();
  const readIds = async () =>
    (await toldOf(socket)).flatMap((one) =>
      one.type === "notifications_read" ? one["notification_ids"] : [],
    );
  await takeBack(bob, message, "👍");
  expect(await readIds()).toEqual([ofBob.id]);
  expect((await notifications(alice)).map((one) => one.id)).toEqual([ofCarol.id]);
  await alice.delete(`/api/messages/${message.id}`);
  expect(await readIds()).toEqual([ofBob.id, ofCarol.id]);
  expect(await notifications(alice)).toEqual([]);
});

test.each(["mentions", "none"])("who wants to be told of %s there is told of no reaction", async (notify) => {
  const { alice, others, chat, message } = await team("bob");
  await alice.put(`/api/chats/${chat}/me`, { notify });
  await react(others[0]!, message, "👍");
  expect(await notifications(alice)).toEqual([]);
});

test("what comes just after the author has read is not taken for read with it", async () => {
  const { alice, others, chat, message } = await team("bob", "carol");
  const [bob, carol] = others as [Person, Person];
  // Followers rest between batches, and so do what follows from reading only after the reaction.
  await carol.say(await carol.group("Elsewhere", bob), "hello");
  await readUpTo(alice, await carol.say(chat, "fine"));
  await react(bob, message, "👍");
  await server.settled();
  expect((await unread(alice)).map((one) => one.notification_type)).toEqual(["reaction"]);
});

test("an author who left and came back is told of what comes then", async () => {
  const { alice, others, message, chat } = await team("bob", "carol");
  const bob = others[0]!;
  await alice.put(`/api/chats/${chat}/members/${bob.id}`, { role: "owner" });
  await alice.delete(`/api/chats/${chat}/members/${alice.id}`);
  await bob.post(`/api/chats/${chat}/members`, { user_id: alice.id });
  await server.settled();
  await react(bob, message, "👍");
  expect((await unread(alice)).map((one) => one.notification_type)).toEqual(["reaction", "group_invite"]);
});

test("of what the chat itself says nobody is the author", async () => {
  const { alice, others, chat } = await team("bob");
  await alice.put(`/api/chats/${chat}`, { name: "Crew" });
  const renamed = (await alice.history(chat)).at(-1);
  expect((await react(others[0]!, renamed, "👍")).body.reactions.length).toBe(1);
  expect(await notifications(alice)).toEqual([]);
});

test("any number of unread ones are read by reading on, and told page by page", async () => {
  const { alice, others, chat } = await team("bob");
  const bob = others[0]!;
  const messages = await Promise.all(Array.from({ length: 230 }, (_, i) => alice.say(chat, `${i}`)));
  for (const one of messages) await react(bob, one, "👍");
  expect((await counts(alice))[0]).toBe(230);
  const socket = await alice.connect();
  await readUpTo(alice, await bob.say(chat, "fine"));
  await server.settled();
  expect((await counts(alice))[0]).toBe(0);
  const told = (await toldOf(socket)).filter((one) => one.type === "notifications_read");
  const sizes = told.map((one) => one["notification_ids"].length);
  expect(sizes.reduce((sum, one) => sum + one, 0)).toBe(230);
  expect(Math.max(...sizes)).toBeLessThanOrEqual(100);
});
