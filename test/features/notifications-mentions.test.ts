import { expect, setDefaultTimeout, test } from "bun:test";

import { counts, lines, mentions, notifications, readUpTo, toldOf, unread } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

async function people(server: TestServer): Promise<[Person, Person, Person]> {
  return [await server.register("alice"), await server.register("bob"), await server.register("carol")];
}

const byType = async (person: Person, type: string) =>
  (await notifications(person)).filter((one) => one.notification_type === type);
const ofMentions = (person: Person) => byType(person, "mention");

test("whoever is named is told, connected or not, whatever else they want, on every device, and by one frame only", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  await server.settled();
  await bob.put(`/api/chats/${team}/me`, { notify: "none" });
  await carol.put(`/api/chats/${team}/me`, { notify: "mentions" });
  const devices = [await bob.connect(), await bob.connect()];
  const other = await alice.connect();
  const message = await alice.say(team, "ask @bob or @carol");
  await server.settled();
  const [told] = await ofMentions(bob);
  expect(told).toEqual({
    id: expect.any(Number),
    user_id: bob.id,
    notification_type: "mention",
    title: "alice mentioned you in Team",
    body: "ask @bob or @carol",
    data: { chat_id: team, message_id: message.id, by_user_id: alice.id },
    is_read: false,
    created_at: expect.any(String),
  });
  const { title, body } = told;
  for (const device of devices) {
    expect(await toldOf(device)).toEqual([
      {
        type: "mention_notification",
        title,
        body,
        chat_id: team,
        message_id: message.id,
        notification_id: told.id,
      },
    ]);
  }
  expect((await ofMentions(carol)).length).toBe(1);
  expect(await ofMentions(alice)).toEqual([]);
  expect(await toldOf(other)).toEqual([]);
  expect(await mentions(bob)).toEqual([
    {
      id: expect.any(Number),
      message_id: message.id,
      chat_id: team,
      message: (await bob.history(team)).at(-1),
      mentioned_by: (await bob.get(`/api/users/${alice.id}`)).body,
      is_read: false,
      created_at: expect.any(String),
    },
  ]);
});

test("in a direct chat the name of the chat is left out", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  await alice.say(await alice.directWith(bob), "dear @bob");
  await server.settled();
  expect(lines(await ofMentions(bob))).toEqual(["mention alice mentioned you: dear @bob"]);
});

test("a call to all reaches everybody who is there, except who calls and who comes later", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const dora = await server.register("dora");
  const team = await alice.group("Team", bob, carol);
  await alice.say(team, "@all and above all @bob");
  await server.settled();
  await alice.post(`/api/chats/${team}/members`, { user_id: dora.id });
  await server.settled();
  for (const person of [bob, carol]) {
    expect((await ofMentions(person)).length).toBe(1);
    expect(await counts(person)).toEqual([2, 1, 1]);
  }
  expect(await ofMentions(alice)).toEqual([]);
  expect(await ofMentions(dora)).toEqual([]);
  expect((await dora.get(`/api/chats/${team}`)).body.unread_mentions).toBe(0);
  expect((await carol.get(`/api/chats/${team}`)).body.unread_mentions).toBe(1);
  // A member who may not call everybody calls nobody.
  await bob.say(team, "@all hi");
  await server.settled();
  expect((await ofMentions(carol)).length).toBe(1);
});

test("an edit tells those whom it names now, and takes it back from those whom it does not", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  await server.settled();
  const devices = [await bob.connect(), await bob.connect()];
  const message = await alice.say(team, "hi @bob");
  await server.settled();
  const [told] = await ofMentions(bob);
  const [mention] = await mentions(bob);
  await alice.put(`/api/messages/${message.id}`, { content: "hi @carol" });
  await server.settled();
  expect(await mentions(bob)).toEqual([]);
  expect(await ofMentions(bob)).toEqual([]);
  for (const device of devices) {
    expect((await toldOf(device)).slice(1)).toEqual([
      { type: "notifications_read", notification_ids: [told.id], mention_ids: [mention.id], chat_id: team },
    ]);
  }
  expect(lines(await ofMentions(carol))).toEqual(["mention alice mentioned you in Team: hi @carol"]);
  // The same again tells nobody again.
  await alice.put(`/api/messages/${message.id}`, { content: "hi @carol!" });
  await server.settled();
  expect(lines(await ofMentions(carol))).toEqual(["mention alice mentioned you in Team: hi @carol!"]);
  expect((await mentions(carol)).length).toBe(1);
});

test("an edit does not call those who have read past it", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  const message = await alice.say(team, "hi");
  await readUpTo(bob, message);
  for (const content of ["hi @bob and @carol", "hi @all"]) {
    await alice.put(`/api/messages/${message.id}`, { content });
    await server.settled();
    expect(await ofMentions(bob)).toEqual([]);
    expect(await mentions(bob)).toEqual([]);
    expect((await mentions(carol)).length).toBe(1);
  }
  expect((await ofMentions(carol)).length).toBe(1);
});

test("a call to all can be edited in and out again", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  const message = await alice.say(team, "hi");
  const edit = async (content: string) => {
    await alice.put(`/api/messages/${message.id}`, { content });
    await server.settled();
    return Promise.all(
      [bob, carol].map(async (one) => [
        (await mentions(one)).length,
        (await unread(one)).filter((other) => other.notification_type === "mention").length,
      ]),
    );
  };
  expect(await edit("hi @all")).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(await edit("hi @all!")).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(await edit("hi @bob")).toEqual([
    [1, 1],
    [0, 0],
  ]);
  expect(await edit("hi")).toEqual([
    [0, 0],
    [0, 0],
  ]);
  expect(await edit("hi @all")).toEqual([
    [1, 1],
    [1, 1],
  ]);
  expect(await edit("hi @all and @carol")).toEqual([
    [1, 1],
    [1, 1],
  ]);
  // Of what they are not called by any more there is nothing left.
  expect((await ofMentions(bob)).length).toBe(1);
  expect((await ofMentions(carol)).length).toBe(1);
});

test("a deleted message mentions nobody, and its text is nowhere", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const team = await alice.group("Team", bob);
  const socket = await bob.connect();
  const { cursor } = socket;
  const message = await alice.say(team, "@bob the password is hunter2");
  await server.settled();
  const [told] = await ofMentions(bob);
  const [mention] = await mentions(bob);
  expect(told.body).toContain("hunter2");
  await alice.delete(`/api/messages/${message.id}`);
  await server.settled();
  expect((await toldOf(socket)).at(-1)).toEqual({
    type: "notifications_read",
    notification_ids: [told.id],
    mention_ids: [mention.id],
    chat_id: team,
  } as never);
  expect(await mentions(bob)).toEqual([]);
  expect((await counts(bob)).slice(1)).toEqual([0, 0]);
  expect(await ofMentions(bob)).toEqual([]);
  const late = await bob.connect({ since: cursor });
  await late.next("resumed");
  const replayed = await toldOf(late);
  expect(JSON.stringify(late.frames)).not.toContain("hunter2");
  expect(replayed.filter((one) => one.type !== "notification")).toMatchObject([
    { type: "notifications_read", notification_ids: [told.id], mention_ids: [mention.id], chat_id: team },
  ]);
});

test("whoever is put into a group by somebody else is told; who makes one, or a direct chat, is not", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const devices = [await bob.connect(), await bob.connect()];
  const team = await alice.group("Team", bob);
  await alice.directWith(bob);
  await server.settled();
  const [invited, ...others] = await notifications(bob);
  expect(others).toEqual([]);
  expect(invited).toMatchObject({
    notification_type: "group_invite",
    title: "Team",
    body: "alice added you",
    data: { chat_id: team, by_user_id: alice.id },
    is_read: false,
  });
  for (const device of devices) {
    expect(await toldOf(device)).toEqual([{ type: "notification", notification: invited }]);
  }
  expect(await notifications(alice)).toEqual([]);

  await alice.say(team, "before carol");
  await alice.post(`/api/chats/${team}/members`, { user_id: carol.id });
  await server.settled();
  expect(lines(await unread(carol))).toEqual(["group_invite Team: alice added you"]);
  // Somebody who is put back is told again, and the first time is over.
  await alice.delete(`/api/chats/${team}/members/${carol.id}`);
  await alice.post(`/api/chats/${team}/members`, { user_id: carol.id });
  await server.settled();
  expect(lines(await notifications(carol))).toEqual(["group_invite Team: alice added you"]);
  await readUpTo(carol, await alice.say(team, "hello carol"));
  await server.settled();
  expect(await unread(carol)).toEqual([]);
});

test("what belongs to a chat that one has left is in no list and counts nowhere; every screen hears of it", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  const { cursor } = await carol.connect();
  const screens = [await bob.connect(), await (await server.login("bob")).connect()];
  await alice.say(team, "@bob @carol the plan");
  const later = await alice.say(team, "@carol more of the plan");
  await server.settled();
  const before = await notifications(bob);
  const [mention] = await mentions(bob);
  expect((await counts(bob)).slice(0, 2)).toEqual([2, 1]);
  await alice.delete(`/api/chats/${team}/members/${bob.id}`);
  // True at once, whatever follows.
  expect(await counts(bob)).toEqual([0, 0, 0]);
  expect([await notifications(bob), await mentions(bob)]).toEqual([[], []]);
  await alice.put(`/api/chats/${team}`, { name: "Secret circle" });
  await alice.put(`/api/messages/${later.id}`, { content: "@carol the secret plan" });
  await alice.say(team, "secret");
  await server.settled();
  expect([await notifications(bob), await mentions(bob)]).toEqual([[], []]);
  for (const screen of screens) {
    expect((await toldOf(screen)).filter((one) => one.type === "notifications_read")).toEqual([
      {
        type: "notifications_read",
        notification_ids: before.map((one) => one.id).toSorted((a, b) => a - b),
        mention_ids: [mention.id],
        chat_id: team,
      },
    ]);
  }
  const late = await bob.connect({ since: cursor });
  await late.next("resumed");
  expect(JSON.stringify(late.frames).toLowerCase()).not.toMatch(/secret|plan/);
  expect(lines(await notifications(carol))[0]).toContain("the secret plan");
  expectRefused(await carol.post(`/api/notifications/mentions/${mention.id}/read`), 404, "not_found");
  // Back again there is nothing but that.
  await alice.post(`/api/chats/${team}/members`, { user_id: bob.id });
  await server.settled();
  expect(lines(await notifications(bob))).toEqual(["group_invite Secret circle: alice added you"]);
  expect([await mentions(bob), await counts(bob)]).toEqual([[], [1, 0, 0]]);
});

test("who is no longer named is told of the message like anybody else", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const message = await alice.say(chat, "@bob look");
  await server.settled();
  expect((await unread(bob)).map((one) => one.notification_type)).toEqual(["mention"]);
  await alice.put(`/api/messages/${message.id}`, { content: "look" });
  await server.settled();
  const left = await unread(bob);
  expect(left.map((one) => one.notification_type)).toEqual(["message"]);
  expect(left[0].body).toBe("look");
});
