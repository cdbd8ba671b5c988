import { expect, setDefaultTimeout, test } from "bun:test";

import { counts, lines, notifications, readUpTo, toldOf, unread } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(20_000);

async function people(server: TestServer): Promise<[Person, Person, Person]> {
  return [await server.register("alice"), await server.register("bob"), await server.register("carol")];
}

/** What of `messages` somebody is told of, without that they were added to a group. */
async function ofMessages(person: Person): Promise<any[]> {
  return (await notifications(person)).filter((one) => one.notification_type === "message");
}

test("whoever is away has one unread notification per chat, however much is written", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  const direct = await alice.directWith(bob);
  await alice.say(team, "one");
  await server.settled();
  await carol.say(team, "two");
  await alice.say(direct, "psst");
  await server.settled();
  const last = await alice.say(team, "three");
  await server.settled();
  const [ofDirect, ofTeam, ...others] = await ofMessages(bob);
  expect(others).toEqual([]);
  expect(ofTeam).toEqual({
    id: expect.any(Number),
    user_id: bob.id,
    notification_type: "message",
    title: "Team",
    body: "alice: three",
    data: { chat_id: team, message_id: last.id, count: 3, by_user_id: alice.id },
    is_read: false,
    created_at: expect.any(String),
  });
  expect(ofDirect).toMatchObject({ title: "alice", body: "psst", data: { chat_id: direct, count: 1 } });
  // That Carol wrote herself has read nothing; her own message is not unread.
  const [invitedTo, ofCarol] = (await unread(carol)).toReversed();
  expect(invitedTo.notification_type).toBe("group_invite");
  expect(lines([ofCarol])).toEqual(["message Team: alice: three"]);
  expect(ofCarol.data.count).toBe(2);
  expect(await ofMessages(alice)).toMatchObject([{ body: "carol: two", is_read: false }]);
});

test("whoever is connected, on whatever device, is not told; once they have gone they are", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  const [phone, laptop] = [await bob.connect(), await bob.connect()];
  await alice.connect();
  await alice.say(team, "one");
  await server.settled();
  expect(await ofMessages(bob)).toEqual([]);
  expect((await ofMessages(carol)).length).toBe(1);
  await phone.close();
  await alice.say(team, "two");
  await server.settled();
  expect(await ofMessages(bob)).toEqual([]);
  await laptop.close();
  await alice.say(team, "three");
  await server.settled();
  expect(lines(await ofMessages(bob))).toEqual(["message Team: alice: three"]);
  expect((await ofMessages(bob))[0].data.count).toBe(3);
});

test.each(["mentions", "none"])(
  "whoever wants to be told of %s is not told of messages, until they want all",
  async (notify) => {
    await using server = await TestServer.start();
    const [alice, bob, carol] = await people(server);
    const team = await alice.group("Team", bob, carol);
    await bob.put(`/api/chats/${team}/me`, { notify });
    await alice.say(team, "one");
    await server.settled();
    expect(await ofMessages(bob)).toEqual([]);
    expect((await ofMessages(carol)).length).toBe(1);
    await bob.put(`/api/chats/${team}/me`, { notify: "all" });
    await alice.say(team, "two");
    await server.settled();
    expect(lines(await ofMessages(bob))).toEqual(["message Team: alice: two"]);
  },
);

test("what the chat itself says is nobody's notification", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob);
  await alice.put(`/api/chats/${team}`, { name: "Crew" });
  await alice.post(`/api/chats/${team}/members`, { user_id: carol.id });
  await server.settled();
  expect(await ofMessages(bob)).toEqual([]);
  await alice.say(team, "hello");
  await alice.put(`/api/chats/${team}`, { name: "Gang" });
  await server.settled();
  expect(lines(await ofMessages(bob))).toEqual(["message Gang: alice: hello"]);
});

test("after reading there is a new notification for what comes next; the old one stays, read", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const one = await alice.say(chat, "one");
  await server.settled();
  const [first] = await notifications(bob);
  await readUpTo(bob, one);
  await alice.say(chat, "two");
  await server.settled();
  const [second, old, ...others] = await notifications(bob);
  expect(others).toEqual([]);
  expect(old).toMatchObject({ id: first.id, is_read: true });
  expect(old.data.count).toBeUndefined();
  expect(second).toMatchObject({ is_read: false, body: "two", data: { count: 1 } });
});

test("however soon somebody reads, nothing is left to be told", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  for (let i = 0; i < 20; i++) {
    // Over REST: nobody is connected.
    const said = await Promise.all(["one", "two", "three"].map((text) => alice.say(chat, text)));
    await readUpTo(bob, { id: Math.max(...said.map((one) => one.id)) });
  }
  await server.settled();
  expect(await unread(bob)).toEqual([]);
  expect(await counts(bob)).toEqual([0, 0, 0]);
});

test("devices that come later are told, too: each once, with the words of then", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.group("Team", bob);
  await server.settled();
  const [invited] = await notifications(bob);
  const before = await bob.connect();
  const { cursor } = before;
  await before.close();
  const one = await alice.say(chat, "one");
  await server.settled();
  await alice.put(`/api/chats/${chat}`, { name: "Crew" });
  const two = await alice.say(chat, "two");
  await alice.put(`/api/messages/${two.id}`, { content: "two and a half" });
  await server.settled();
  const [now] = await notifications(bob);
  expect(lines([now])).toEqual(["message Crew: alice: two and a half"]);
  for (let device = 0; device < 2; device++) {
    const socket = await bob.connect({ since: cursor });
    await socket.next("resumed");
    expect(await toldOf(socket)).toEqual([{ type: "notification", notification: now }]);
  }
  await readUpTo(bob, one);
  await server.settled();
  const late = await bob.connect({ since: cursor });
  await late.next("resumed");
  const read = (await notifications(bob)).find((other) => other.id === now.id);
  expect(read.is_read).toBe(true);
  expect(await toldOf(late)).toEqual([
    { type: "notification", notification: read },
    { type: "notifications_read", notification_ids: [invited!.id, now.id], mention_ids: [], chat_id: chat },
  ]);
});

test("whoever is connected when a chat begins is there for its first message", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const socket = await bob.connect();
  await alice.say(await alice.directWith(bob), "hi");
  await carol.say(await carol.directWith(bob), "hello");
  await server.settled();
  expect(await toldOf(socket)).toEqual([]);
  expect(await notifications(bob)).toEqual([]);
});

test("a long message is shortened on one line, between characters", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const body = async (content: string, more: object = {}) => {
    await alice.say(chat, content, more);
    await server.settled();
    return (await notifications(bob))[0].body;
  };
  expect(await body("two\n\n  lines\tand  spaces ")).toBe("two lines and spaces");
  expect(await body("x".repeat(120))).toBe("x".repeat(120));
  expect(await body("x".repeat(121))).toBe(`${"x".repeat(119)}…`);
  expect(await body("😀".repeat(500))).toBe(`${"😀".repeat(119)}…`);
  expect(await body(" ".repeat(5000) + "far")).toBe("");
  const team = await alice.group("Team", bob);
  await alice.say(team, "y".repeat(500));
  await server.settled();
  expect((await ofMessages(bob))[0].body).toBe(`alice: ${"y".repeat(112)}…`);
});

test("what is sent ahead of its file is told once the file is there, and as what it is", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const names = { image: "Photo", video: "Video", audio: "Audio", file: "File", text: "File" };
  for (const [content_type, shown] of Object.entries(names)) {
    if (content_type === "text") continue;
    const sent = await alice.say(chat, "", { content_type });
    await server.settled();
    expect(await unread(bob)).toEqual([]);
    await alice.upload([new File([content_type], `${content_type}.txt`)], sent);
    await server.settled();
    expect(await unread(bob)).toMatchObject([
      { title: "alice", body: shown, data: { message_id: sent.id, count: 1, by_user_id: alice.id } },
    ]);
    await readUpTo(bob, sent);
    // What becomes of it later is no news.
    const { media } = (await bob.history(chat)).at(-1);
    await alice.upload([new File(["more"], "more.txt")], sent);
    await alice.delete(`/api/media/${media[0].id}`);
    await alice.put(`/api/messages/${sent.id}`, { content: "with words" });
    await server.settled();
    expect(await unread(bob)).toEqual([]);
  }
  const { media } = (await alice.upload([new File(["text"], "a.txt")])).body;
  await alice.say(chat, "", { media_ids: [media[0].id] });
  await server.settled();
  expect(lines(await unread(bob))).toEqual([`message alice: ${names.text}`]);
});

test("while a file is on its way, the newest words are those before it", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  await alice.say(chat, "look at this");
  const sent = await alice.say(chat, "", { content_type: "image" });
  await server.settled();
  expect(lines(await unread(bob))).toEqual(["message alice: look at this"]);
  await alice.upload([new File(["x"], "x.txt")], sent);
  await server.settled();
  expect(lines(await unread(bob))).toEqual(["message alice: Photo"]);
});

test("words that come to what was empty are told, and whoever is there when they come is not", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = await people(server);
  const team = await alice.group("Team", bob, carol);
  const sent = await alice.say(team, "", { content_type: "image" });
  const socket = await carol.connect();
  await server.settled();
  await alice.put(`/api/messages/${sent.id}`, { content: "it did not load" });
  await server.settled();
  expect(lines(await ofMessages(bob))).toEqual(["message Team: alice: it did not load"]);
  expect(await ofMessages(carol)).toEqual([]);
  expect(
    (await toldOf(socket)).filter((one) => one["notification"]?.notification_type === "message"),
  ).toEqual([]);
});

test("an edit is no news to those who were not told of the message", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  await bob.put(`/api/chats/${chat}/me`, { is_muted: true });
  const sent = await alice.say(chat, "hello");
  await server.settled();
  await bob.put(`/api/chats/${chat}/me`, { is_muted: false });
  await alice.put(`/api/messages/${sent.id}`, { content: "hello again" });
  await alice.upload([new File(["x"], "x.txt")], sent);
  await server.settled();
  expect(await notifications(bob)).toEqual([]);
  await alice.say(chat, "and now");
  await server.settled();
  expect(lines(await unread(bob))).toEqual(["message alice: and now"]);
});

test("somebody with a full name is called by it, and not by what the viewer wrote", async () => {
  await using server = await TestServer.start();
  const bob = await server.register("bob");
  const dora = await server.register("dora", { full_name: "Dora Díaz" });
  const chat = await dora.directWith(bob);
  const hi = await dora.say(chat, "hi");
  await server.settled();
  expect(lines(await unread(bob))).toEqual(["message Dora Díaz: hi"]);
  await bob.say(chat, "hi yourself");
  await server.settled();
  expect(lines(await unread(bob))).toEqual(["message Dora Díaz: hi"]);
  await readUpTo(bob, hi);
  await server.settled();
  expect(await unread(bob)).toEqual([]);
  expect(await notifications(bob)).toMatchObject([
    { title: "Dora Díaz", body: "hi", is_read: true, data: { message_id: hi.id, by_user_id: dora.id } },
  ]);
});

test("deleted text is nowhere; what is left to read is shown instead", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  const { cursor } = socket;
  await socket.close();
  await alice.say(chat, "harmless");
  const secret = await alice.say(chat, "hunter2");
  await server.settled();
  expect(lines(await unread(bob))).toEqual(["message alice: hunter2"]);
  await alice.delete(`/api/messages/${secret.id}`);
  await server.settled();
  const left = await unread(bob);
  expect(lines(left)).toEqual(["message alice: harmless"]);
  const [harmless] = await bob.history(chat);
  await alice.delete(`/api/messages/${harmless.id}`);
  await server.settled();
  expect(await notifications(bob)).toEqual([]);
  expect(await counts(bob)).toEqual([0, 0, 0]);
  const late = await bob.connect({ since: cursor });
  await late.next("resumed");
  expect(await toldOf(late)).toEqual([
    { type: "notifications_read", notification_ids: [left[0].id], mention_ids: [], chat_id: chat },
  ]);
  expect(JSON.stringify(late.frames)).not.toMatch(/hunter2|harmless/);
});

test("where all that is unread has been deleted there is no notification but those that were read before", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  await readUpTo(bob, await alice.say(chat, "long read"));
  await server.settled();
  const before = await notifications(bob);
  const message = await alice.say(chat, "oops");
  await server.settled();
  await alice.delete(`/api/messages/${message.id}`);
  // True at once, whatever follows.
  expect([await notifications(bob), await counts(bob)]).toEqual([before, [0, 0, 0]]);
  await server.settled();
  expect([await notifications(bob), await counts(bob)]).toEqual([before, [0, 0, 0]]);
});

test("what is left of somebody's own words is nothing to read", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const chat = await alice.directWith(bob);
  const question = await alice.say(chat, "oops");
  await server.settled();
  const [told] = await unread(bob);
  await bob.say(chat, "on my way");
  const socket = await bob.connect();
  await alice.delete(`/api/messages/${question.id}`);
  await server.settled();
  expect(await toldOf(socket)).toEqual([
    { type: "notifications_read", notification_ids: [told.id], mention_ids: [], chat_id: chat },
  ]);
  expect([await notifications(bob), await counts(bob)]).toEqual([[], [0, 0, 0]]);
});

test("a list comes in pages, newest first, all or only what is unread", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const groups: number[] = [];
  for (let i = 0; i < 7; i++) groups.push(await alice.group(`Group ${i}`, bob));
  const said = [];
  for (const id of groups) said.push(await alice.say(id, "hi"));
  await server.settled();
  await readUpTo(bob, said[3]);
  const seen: any[] = [];
  for (let before = ""; ; before = `&before=${seen.at(-1).id}`) {
    const { body } = await bob.get(`/api/notifications?limit=5${before}`);
    seen.push(...body.notifications);
    if (!body.has_more) break;
    expect(body.notifications.length).toBe(5);
  }
  const ids = seen.map((one) => one.id);
  expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => b - a));
  expect(seen.length).toBe(14);
  expect((await notifications(bob, "?limit=14")).map((one) => one.id)).toEqual(ids);
  const missing = await unread(bob);
  expect(missing).toEqual(seen.filter((one) => !one.is_read));
  expect(missing.map((one) => one.data.chat_id)).not.toContain(groups[3]);
  expect(missing.length).toBe(12);
  const page = (await bob.get(`/api/notifications?unread=true&limit=12`)).body;
  for (const same of ["unread", "unread=1"]) {
    expect((await bob.get(`/api/notifications?${same}&limit=12`)).body).toEqual(page);
  }
  expect(page).toEqual({ notifications: missing, has_more: false });
});

test("a page is full although much that is newer is not to be seen any more", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = await people(server);
  const [team, left] = [await alice.group("Team", bob), await alice.group("Left", bob)];
  for (let i = 0; i < 5; i++) await alice.say(left, `@bob ${i}`);
  await alice.say(team, "hello");
  await server.settled();
  await alice.say(left, "@bob once more");
  await server.settled();
  // Left, before anything that follows has been marked.
  using beside = openBeside(server.dataDir);
  beside.run("DELETE FROM members WHERE chat_id = ? AND user_id = ?", [left, bob.id]);
  for (const query of ["?limit=1", "?limit=1&unread=true"]) {
    const { body } = await bob.get(`/api/notifications${query}`);
    expect([lines(body.notifications), body.has_more]).toEqual([["message Team: alice: hello"], true]);
    const before = `${query}&before=${body.notifications[0].id}`;
    const { body: rest } = await bob.get(`/api/notifications${before}`);
    expect([lines(rest.notifications), rest.has_more]).toEqual([
      ["group_invite Team: alice added you"],
      false,
    ]);
  }
});
