import { expect, setDefaultTimeout, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

/** Alice owns a group with Bob and Carol. Eve is in no chat of theirs. */
async function team(config: object = {}) {
  const server = await TestServer.start({ config });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const eve = await server.register("eve");
  const chat = await alice.group("Team", bob, carol);
  return { server, alice, bob, carol, eve, chat };
}

const unreadMentions = async (person: Person, chat: number): Promise<number> => {
  const listed = (await person.get("/api/chats")).body.chats.find((one: any) => one.id === chat);
  const shown = (await person.get(`/api/chats/${chat}`)).body;
  expect(shown.unread_mentions).toBe(listed.unread_mentions);
  return shown.unread_mentions;
};

test("a message names members, in the order of its text, and everybody sees whom", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  const [socket, away] = [await bob.connect(), await carol.connect()];
  await away.close();
  const message = await alice.say(chat, "@Carol and @BOB, have a look. @carol?");
  expect(message).toMatchObject({ mentions: [carol.id, bob.id], mentions_all: false });
  expect((await socket.next("new_message"))["message"]).toEqual(message);
  const ack = await socket.ask({ type: "send_message", chat_id: chat, content: "yes @alice" });
  expect(ack["message"]).toMatchObject({ mentions: [alice.id], mentions_all: false });
  const page = (await carol.history(chat)).slice(-2);
  expect(page.map((one) => one.mentions)).toEqual([[carol.id, bob.id], [alice.id]]);
  const back = await carol.connect({ since: away.cursor });
  await back.next("resumed");
  const replayed = back.frames.filter((one) => one.type === "new_message");
  expect(replayed.map((one) => one["message"].mentions)).toEqual([[carol.id, bob.id], [alice.id]]);
  const listed = (await carol.get("/api/chats")).body.chats[0].last_message;
  expect(listed.mentions).toEqual([alice.id]);
});

test("a direct chat names the other one, too", async () => {
  const { server, alice, bob } = await team();
  await using _ = server;
  const chat = await alice.directWith(bob);
  expect((await alice.say(chat, "@bob @carol @eve")).mentions).toEqual([bob.id]);
  expect(await unreadMentions(bob, chat)).toBe(1);
});

test("naming a stranger is like naming nobody", async () => {
  const { server, alice, bob, carol, eve, chat } = await team();
  await using _ = server;
  await alice.delete(`/api/chats/${chat}/members/${carol.id}`);
  await server.register("mallory");
  await server.operate("user disable", { username: "mallory" });
  const say = async (name: string) => {
    const { id: _id, seq: _seq, created_at: _at, content, ...rest } = await bob.say(chat, `ask @${name}`);
    expect(content).toBe(`ask @${name}`);
    return rest;
  };
  const nobody = await say("nobody-of-that-name");
  expect(nobody.mentions).toEqual([]);
  // A stranger, somebody who has left, and somebody who is disabled.
  for (const name of [eve.username, "carol", "mallory"]) expect(await say(name)).toEqual(nobody);
  expect((await bob.say(chat, "ask @alice")).mentions).toEqual([alice.id]);
});

test("nobody names themselves", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  expect((await alice.say(chat, "I am @alice, not @bob")).mentions).toEqual([bob.id]);
  expect(await unreadMentions(alice, chat)).toBe(0);
});

test("a name with punctuation of its own goes before the same without", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const dotted = await server.register("bob.", { email: "dotted@example.org" });
  expect((await alice.say(chat, "Ask @bob.")).mentions).toEqual([bob.id]);
  await alice.post(`/api/chats/${chat}/members`, { user_id: dotted.id });
  expect((await alice.say(chat, "Ask @bob.")).mentions).toEqual([dotted.id]);
  expect((await alice.say(chat, "Ask @bob..")).mentions).toEqual([dotted.id]);
  expect((await alice.say(chat, "Ask @bob!")).mentions).toEqual([bob.id]);
});

test("of a name that goes on behind punctuation the longest part that is a member's counts", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const smith = await server.register("bob.smith");
  const named = async (content: string) => (await alice.say(chat, content)).mentions;
  for (const content of ["@bob.see you", "@bob-the-builder", "@bob_", "@bob.smith is not here"]) {
    expect(await named(content)).toEqual([bob.id]);
  }
  await alice.post(`/api/chats/${chat}/members`, { user_id: smith.id });
  expect(await named("@bob.smith")).toEqual([smith.id]);
  expect(await named("@bob.smith-and-sons")).toEqual([smith.id]);
  expect(await named("@bob.smithers")).toEqual([bob.id]);
  expect(await named("@bobby")).toEqual([]);
});

test("everybody is called by part of a longer name, too, unless that is somebody's", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const hands = await server.register("all-hands");
  const said = async (person: Person, content: string) => {
    const { mentions, mentions_all } = await person.say(chat, content);
    return [mentions, mentions_all];
  };
  expect(await said(alice, "@all-hands, please")).toEqual([[], true]);
  expect(await said(alice, "@all.please come")).toEqual([[], true]);
  expect(await said(bob, "@all.please come")).toEqual([[], false]);
  await alice.post(`/api/chats/${chat}/members`, { user_id: hands.id });
  expect(await said(alice, "@all-hands, please")).toEqual([[hands.id], false]);
  expect(await said(alice, "@all, and @all-hands")).toEqual([[hands.id], true]);
  expect(await said(alice, "@allhands")).toEqual([[], false]);
});

test("what is quoted or code calls nobody, also everybody", async () => {
  const { server, alice, chat } = await team();
  await using _ = server;
  for (const content of [
    "> @bob wrote this",
    "> @all hands",
    "~~~\n@bob @all\n~~~",
    "    @all @bob",
    "`@all`",
  ]) {
    expect(await alice.say(chat, content)).toMatchObject({ mentions: [], mentions_all: false });
  }
  expect(await alice.say(chat, "> @all hands\n_＠all_ @carol/@bob")).toMatchObject({
    mentions: [expect.any(Number), expect.any(Number)],
    mentions_all: true,
  });
});

test("one message names only so many", async () => {
  const { server, alice, bob, carol, chat } = await team({ maxMentions: 2 });
  await using _ = server;
  const dave = await server.register("dave");
  await alice.post(`/api/chats/${chat}/members`, { user_id: dave.id });
  const two = await alice.say(chat, "@bob @carol @bob @nobody @eve @alice");
  expect(two.mentions).toEqual([bob.id, carol.id]);
  const three = { content: "@bob @carol @dave" };
  expectInvalid(await alice.post(`/api/messages/${chat}`, three), "content");
  expectInvalid(await alice.put(`/api/messages/${two.id}`, three), "content");
  const socket = await alice.connect();
  expect((await socket.ask({ type: "send_message", chat_id: chat, ...three }))["code"]).toBe("validation");
  const last = (await alice.history(chat)).at(-1);
  expect(last).toMatchObject({ id: two.id, is_edited: false, mentions: [bob.id, carol.id] });
});

test("of a message with very many names the first are looked up, and the rest is text", async () => {
  const { server, alice, bob, carol, chat } = await team({ mentionNames: 4 });
  await using _ = server;
  expect((await alice.say(chat, "@a-a @b-b @bob @c-c @carol")).mentions).toEqual([bob.id]);
  expect((await alice.say(chat, "@bob @a-a @bob @bob @b-b @carol")).mentions).toEqual([bob.id, carol.id]);
});

test("unless it is set otherwise, one message names fifty", async () => {
  const { server, alice } = await team();
  await using _ = server;
  const others: Person[] = [];
  for (let i = 0; i < 51; i++) others.push(await server.register(`user${i}`));
  const chat = await alice.group("Crowd", ...others);
  const names = others.map((one) => `@${one.username}`);
  expect((await alice.say(chat, names.slice(0, 50).join(" "))).mentions.length).toBe(50);
  expectInvalid(await alice.post(`/api/messages/${chat}`, { content: names.join(" ") }), "content");
});

test("admins and the owner call everybody in a group; from others, and in direct chats, it is just text", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  await alice.put(`/api/chats/${chat}/members/${bob.id}`, { role: "admin" });
  const calls = async (person: Person, where: number, content: string) => {
    const message = await person.say(where, content);
    expect((await person.history(where)).at(-1)).toMatchObject({ mentions_all: message.mentions_all });
    return [message.mentions_all, message.mentions];
  };
  expect(await calls(alice, chat, "@all, lunch!")).toEqual([true, []]);
  expect(await calls(bob, chat, "@ALL: lunch, @carol too")).toEqual([true, [carol.id]]);
  expect(await calls(carol, chat, "@all, lunch!")).toEqual([false, []]);
  expect(await calls(alice, chat, "@allison `@all` x@all")).toEqual([false, []]);
  const direct = await alice.directWith(bob);
  expect(await calls(alice, direct, "@all")).toEqual([false, []]);
  const hers = (await carol.history(chat)).at(-2);
  expect(hers).toMatchObject({ sender_id: carol.id, mentions_all: false });
});

test("a call to everybody is unread for all but its author, and no longer when it is edited away", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  const counts = async () => {
    await server.app.settled();
    return Promise.all([alice, bob, carol].map((person) => unreadMentions(person, chat)));
  };
  const message = await alice.say(chat, "@all and @bob, lunch!");
  expect(await counts()).toEqual([0, 1, 1]);
  await carol.post(`/api/messages/${message.id}/read`);
  expect(await counts()).toEqual([0, 1, 0]);
  await alice.put(`/api/messages/${message.id}`, { content: "no lunch" });
  expect(await counts()).toEqual([0, 0, 0]);
  await carol.say(chat, "@all, from me it is just text");
  expect(await counts()).toEqual([0, 0, 0]);
});

test("an edit adds and takes away whom a message names", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  const socket = await carol.connect();
  const message = await alice.say(chat, "@bob");
  const counts = async () => [await unreadMentions(bob, chat), await unreadMentions(carol, chat)];
  expect(await counts()).toEqual([1, 0]);
  const edit = async (content: string) => (await alice.put(`/api/messages/${message.id}`, { content })).body;
  const edited = await edit("@bob @carol");
  expect(edited.mentions).toEqual([bob.id, carol.id]);
  expect((await socket.next("message_updated"))["message"]).toEqual(edited);
  expect(await counts()).toEqual([1, 1]);
  expect((await edit("@carol @bob")).mentions).toEqual([carol.id, bob.id]);
  expect(await counts()).toEqual([1, 1]);
  expect((await edit("@carol")).mentions).toEqual([carol.id]);
  expect(await counts()).toEqual([0, 1]);
  expect(await edit("@all of you")).toMatchObject({ mentions: [], mentions_all: true });
  expect(await edit("nobody")).toMatchObject({ mentions: [], mentions_all: false });
  expect(await counts()).toEqual([0, 0]);
  expect((await bob.history(chat)).at(-1)).toMatchObject({ mentions: [], mentions_all: false });
});

test("deleting a message names nobody any more", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const message = await alice.say(chat, "@bob @all");
  await alice.say(chat, "@bob, again");
  expect(await unreadMentions(bob, chat)).toBe(2);
  expect((await alice.delete(`/api/messages/${message.id}`)).status).toBe(204);
  expect(await unreadMentions(bob, chat)).toBe(1);
  const [deleted] = (await bob.history(chat)).slice(-2);
  expect(deleted).toMatchObject({ is_deleted: true, mentions: [], mentions_all: false });
  expectRefused(await alice.put(`/api/messages/${message.id}`, { content: "@bob" }), 409, "message_deleted");
});

test("mentions are unread until the chat is read up to them; writing reads none of them", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  const [socket, laptop] = [await bob.connect(), await bob.connect()];
  const first = await alice.say(chat, "@bob one");
  await alice.say(chat, "two, which names nobody");
  const third = await carol.say(chat, "@bob three");
  const other = await carol.directWith(bob);
  await carol.say(other, "@bob elsewhere");
  expect(await unreadMentions(bob, chat)).toBe(2);
  await bob.post(`/api/messages/${third.id}/delivered`);
  expect(await unreadMentions(bob, chat)).toBe(2);
  await socket.ask({ type: "message_read", chat_id: chat, message_id: first.id });
  expect(await unreadMentions(bob, chat)).toBe(1);
  await laptop.ask({ type: "send_message", chat_id: chat, content: "@alice @carol here I am" });
  expect(await unreadMentions(bob, chat)).toBe(1);
  await socket.ask({ type: "message_read", chat_id: chat, message_id: third.id });
  expect(await unreadMentions(bob, chat)).toBe(0);
  expect(await unreadMentions(bob, other)).toBe(1);
  expect(await unreadMentions(alice, chat)).toBe(1);
  await server.restart();
  expect(await unreadMentions(server.as(bob.signedIn), chat)).toBe(0);
  expect(await unreadMentions(server.as(alice.signedIn), chat)).toBe(1);
});

test("an edit of what somebody has read already names them, and leaves nothing unread", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const message = await alice.say(chat, "hello");
  await bob.post(`/api/messages/${message.id}/read`);
  await alice.put(`/api/messages/${message.id}`, { content: "hello @bob" });
  expect((await bob.history(chat)).at(-1).mentions).toEqual([bob.id]);
  expect(await unreadMentions(bob, chat)).toBe(0);
});

test("whoever leaves is named no more, and comes back with nothing unread", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const message = await alice.say(chat, "@bob");
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  const edited = (await alice.put(`/api/messages/${message.id}`, { content: "@bob!" })).body;
  expect(edited.mentions).toEqual([]);
  await alice.post(`/api/chats/${chat}/members`, { user_id: bob.id });
  expect(await unreadMentions(bob, chat)).toBe(0);
  await alice.say(chat, "welcome back, @bob");
  expect(await unreadMentions(bob, chat)).toBe(1);
});

test("the text that the chat itself writes names nobody", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  await alice.put(`/api/chats/${chat}`, { name: "@bob and @all" });
  const last = (await bob.history(chat)).at(-1);
  expect(last).toMatchObject({ content_type: "system", mentions: [], mentions_all: false });
  expect(last.content).toContain("@bob");
  expect(await unreadMentions(bob, chat)).toBe(0);
});
