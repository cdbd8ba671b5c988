import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

setDefaultTimeout(20_000);

/** Alice owns a group with Bob and Carol. */
async function team() {
  const server = await TestServer.start({ clock: new ManualClock() });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob, carol);
  return { server, alice, bob, carol, chat };
}

const change = (person: Person, chat: number, own: object) => person.put(`/api/chats/${chat}/me`, own);
const memberOf = async (asks: Person, chat: number, of: Person) => {
  const shown = (await asks.get(`/api/chats/${chat}`)).body.members;
  const listed = (await asks.get(`/api/chats/${chat}/members`)).body.members;
  expect(listed).toEqual(shown);
  return shown.find((one: any) => one.user_id === of.id);
};
/** What a socket was told of members. */
const updates = async (socket: Socket) =>
  (await socket.settled("member_updated")).map((one) => one["member"]);

test("a nickname is for all to see, and the chat says so", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  const [watcher, phone, away] = [await alice.connect(), await bob.connect(), await carol.connect()];
  await away.close();
  const reply = await change(bob, chat, { nickname: "Bobby" });
  expect(reply.status).toBe(200);
  const { is_muted, notify, ...seen } = reply.body;
  expect([is_muted, notify]).toEqual([false, "all"]);
  expect(seen).toMatchObject({ chat_id: chat, user_id: bob.id, username: "bob", nickname: "Bobby" });
  // Writing so has moved his own marker since.
  const mine = await memberOf(bob, chat, bob);
  expect(mine).toEqual({ ...reply.body });
  expect(await memberOf(alice, chat, bob)).toEqual(seen);
  for (const socket of [watcher, phone]) {
    expect((await updates(socket)).map((one) => [one.user_id, one.nickname])).toEqual([[bob.id, "Bobby"]]);
    expect(Object.keys((await updates(socket))[0])).not.toContain("is_muted");
    expect(Object.keys((await updates(socket))[0])).not.toContain("notify");
  }
  const said = (await watcher.settled("new_message")).at(-1)!["message"];
  expect(said).toMatchObject({
    content_type: "system",
    sender_id: bob.id,
    content: "bob goes by the nickname “Bobby” now",
    system: { event: "nickname_changed", nickname: "Bobby" },
  });
  const back = await carol.connect({ since: away.cursor });
  await back.next("resumed");
  const replayed = back.frames.filter((one) => one.type === "member_updated");
  const shown = { ...(await memberOf(carol, chat, bob)), is_online: null, last_seen: null };
  expect(replayed.map((one) => one["member"])).toEqual([shown]);
});

test("a nickname can be changed and taken away, and the same again tells nobody", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const watcher = await alice.connect();
  for (const nickname of ["Bobby", "Bobby", "Rob", null, null, ""]) {
    expect((await change(bob, chat, { nickname })).body.nickname).toBe(nickname || null);
  }
  // What is absent stays.
  await change(bob, chat, { nickname: "Bob" });
  expect((await change(bob, chat, {})).body.nickname).toBe("Bob");
  expect((await change(bob, chat, { is_muted: true })).body.nickname).toBe("Bob");
  expect((await updates(watcher)).map((one) => one.nickname)).toEqual(["Bobby", "Rob", null, "Bob"]);
  const said = (await watcher.settled("new_message")).map((one) => one["message"].system.nickname);
  expect(said).toEqual(["Bobby", "Rob", null, "Bob"]);
  const gone = (await alice.history(chat)).find((one) => one.system?.nickname === null);
  expect(gone.content).toBe("bob has no nickname any more");
});

test("a nickname has 1 to 50 characters, and all fields are what they should be", async () => {
  const { server, bob, chat } = await team();
  await using _ = server;
  for (const nickname of ["B", "b".repeat(50), "鲍勃 👍"]) {
    expect((await change(bob, chat, { nickname })).body.nickname).toBe(nickname);
  }
  for (const nickname of [" ", "b".repeat(51), 5, "a\0b"]) {
    expectInvalid(await change(bob, chat, { nickname }), "nickname");
  }
  expectInvalid(await change(bob, chat, { is_muted: "yes" }), "is_muted");
  for (const notify of ["", "ALL", "some", true, ["none"]]) {
    expectInvalid(await change(bob, chat, { notify, is_muted: true }), "notify");
  }
  const unchanged = { nickname: "鲍勃 👍", is_muted: false, notify: "all" };
  expect(await memberOf(bob, chat, bob)).toMatchObject(unchanged);
});

test("whether a chat is muted is known only to oneself, on all one's devices", async () => {
  const { server, alice, bob, carol, chat } = await team();
  await using _ = server;
  const [watcher, phone] = [await alice.connect(), await bob.connect()];
  const laptop = await (await server.login("bob")).connect();
  const { cursor } = phone;
  const muted = (await change(bob, chat, { is_muted: true })).body;
  expect(muted.is_muted).toBe(true);
  await change(bob, chat, { is_muted: true });
  const without = { ...muted, is_online: null };
  for (const socket of [phone, laptop]) {
    const told = await socket.settled("member_updated");
    expect(told.map((one) => [one["chat_id"], one["member"]])).toEqual([[chat, without]]);
  }
  expect(await updates(watcher)).toEqual([]);
  // The chat has nothing to say about it.
  expect(await watcher.settled("new_message")).toEqual([]);
  expect((await alice.history(chat)).length).toBe(1);

  const listed = async (person: Person) => (await person.get("/api/chats")).body.chats[0].is_muted;
  expect([await listed(bob), await listed(alice), await listed(carol)]).toEqual([true, false, false]);
  expect((await memberOf(bob, chat, bob)).is_muted).toBe(true);
  expect((await memberOf(bob, chat, alice)).is_muted).toBeUndefined();
  expect("is_muted" in (await memberOf(alice, chat, bob))).toBe(false);
  expect((await memberOf(alice, chat, alice)).is_muted).toBe(false);
  const replayedTo = async (person: Person) => {
    const back = await person.connect({ since: cursor });
    await back.next("resumed");
    return back.frames.filter((one) => one.type === "member_updated").map((one) => one["member"]);
  };
  expect(await replayedTo(bob)).toEqual([without]);
  expect(await replayedTo(alice)).toEqual([]);

  expect((await change(bob, chat, { is_muted: false })).body.is_muted).toBe(false);
  expect(await listed(bob)).toBe(false);
  expect((await updates(laptop)).map((one) => one.is_muted)).toEqual([true, false]);
});

test("what one is told of in a chat is one of three, and `is_muted` is short for two of them", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const [watcher, laptop] = [await alice.connect(), await (await server.login("bob")).connect()];
  const steps = [
    [{ notify: "mentions" }, "mentions"],
    [{ is_muted: true }, "mentions"],
    [{ notify: "none" }, "none"],
    // What is absent or null stays.
    [{}, "none"],
    [{ notify: null, is_muted: null }, "none"],
    [{ nickname: "Bobby" }, "none"],
    [{ is_muted: true }, "mentions"],
    [{ is_muted: false }, "all"],
    [{ is_muted: false, notify: "none" }, "none"],
    [{ is_muted: true, notify: null }, "mentions"],
    [{ is_muted: true, notify: "all" }, "all"],
  ] as const;
  for (const [own, notify] of steps) {
    const reply = await change(bob, chat, own);
    const expected = { notify, is_muted: notify !== "all" };
    expect([own, reply.status, reply.body]).toMatchObject([own, 200, expected]);
    expect(await memberOf(bob, chat, bob)).toMatchObject(expected);
    expect((await bob.get(`/api/chats/${chat}`)).body.is_muted).toBe(expected.is_muted);
  }
  // One's other devices hear what changes, once.
  const told = (await updates(laptop)).filter((one) => one.notify);
  expect(told.map((one) => one.notify)).toEqual([
    "mentions",
    "none",
    "mentions",
    "all",
    "none",
    "mentions",
    "all",
  ]);
  for (const one of told) expect(one.is_muted).toBe(one.notify !== "all");
  expect((await updates(watcher)).map((one) => one.nickname)).toEqual(["Bobby"]);
  expect(JSON.stringify(watcher.frames)).not.toContain('"notify"');
  expect("notify" in (await memberOf(alice, chat, bob))).toBe(false);
});

test("others never see that somebody has muted the chat, whatever else changes about them", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const watcher = await alice.connect();
  await change(bob, chat, { is_muted: true });
  await change(bob, chat, { nickname: "Bobby" });
  await alice.put(`/api/chats/${chat}/members/${bob.id}`, { role: "admin" });
  const told = await updates(watcher);
  expect(told.map((one) => [one.nickname, one.role])).toEqual([
    ["Bobby", "member"],
    ["Bobby", "admin"],
  ]);
  expect(JSON.stringify(watcher.frames)).not.toContain("is_muted");
  expect((await bob.get(`/api/chats/${chat}`)).body).toMatchObject({ is_muted: true, my_role: "admin" });
});

test("a muted chat is heard and counted like any other, also after a restart", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  await change(bob, chat, { notify: "none", nickname: "Bobby" });
  const socket = await bob.connect();
  await alice.say(chat, "hello");
  expect((await socket.next("new_message"))["message"].content).toBe("hello");
  expect((await bob.get(`/api/chats/${chat}`)).body).toMatchObject({ is_muted: true, unread_count: 1 });
  await server.restart();
  const again = server.as(bob.signedIn);
  expect(await memberOf(again, chat, bob)).toMatchObject({ notify: "none", nickname: "Bobby" });
});

test("direct chats can be muted, and both may have a nickname there", async () => {
  const { server, alice, bob } = await team();
  await using _ = server;
  const chat = await alice.directWith(bob);
  const other = await alice.group("Other", bob);
  const watcher = await bob.connect();
  const mine = (await change(alice, chat, { nickname: "Al", is_muted: true })).body;
  expect(mine).toMatchObject({ nickname: "Al", is_muted: true });
  expect(await memberOf(bob, chat, alice)).toMatchObject({ nickname: "Al" });
  expect((await updates(watcher)).map((one) => one.nickname)).toEqual(["Al"]);
  expect((await watcher.settled("new_message")).at(-1)!["message"].system.event).toBe("nickname_changed");
  // Only there.
  expect(await memberOf(alice, other, alice)).toMatchObject({ nickname: null, is_muted: false });
});

test("a closed chat can still be muted; nicknames stay as they are", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  await change(bob, chat, { nickname: "Bobby" });
  await alice.delete(`/api/chats/${chat}`);
  const length = (await bob.history(chat)).length;
  expect((await change(bob, chat, { is_muted: true })).body).toMatchObject({ is_muted: true });
  expectRefused(await change(bob, chat, { nickname: "Rob" }), 409, "chat_inactive");
  expectRefused(await change(bob, chat, { nickname: null, is_muted: false }), 409, "chat_inactive");
  // All of a call is done, or nothing.
  expect(await memberOf(bob, chat, bob)).toMatchObject({ nickname: "Bobby", is_muted: true });
  expect((await bob.history(chat)).length).toBe(length);
});

test("only members have something of their own in a chat, and coming back is a new beginning", async () => {
  const { server, alice, bob, chat } = await team();
  await using _ = server;
  const eve = await server.register("eve");
  await change(bob, chat, { nickname: "Bobby", notify: "none" });
  await bob.delete(`/api/chats/${chat}/members/${bob.id}`);
  for (const person of [eve, bob]) {
    expectRefused(await change(person, chat, { nickname: "X" }), 404, "not_found");
    expectRefused(await change(person, chat, { is_muted: true }), 404, "not_found");
    expectRefused(await change(person, 999_999, {}), 404, "not_found");
  }
  await alice.post(`/api/chats/${chat}/members`, { user_id: bob.id });
  const fresh = { nickname: null, is_muted: false, notify: "all" };
  expect(await memberOf(bob, chat, bob)).toMatchObject(fresh);
});
