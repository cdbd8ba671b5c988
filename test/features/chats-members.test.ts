import { expect, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

async function facts(person: Person, chat: number): Promise<[string, object][]> {
  return (await person.history(chat)).filter((one) => one.system).map((one) => [one.content, one.system]);
}

async function roles(person: Person, chat: number): Promise<Record<string, string>> {
  const { members } = (await person.get(`/api/chats/${chat}`)).body;
  return Object.fromEntries(members.map((one: any) => [one.username, one.role]));
}

test("somebody who is added reads what was said before", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team");
  await alice.say(chat, "before bob");
  expectRefused(await bob.get(`/api/messages/${chat}`), 404, "not_found");
  const added = await alice.post(`/api/chats/${chat}/members`, { user_id: bob.id });
  expect(added.status).toBe(201);
  expect(added.body).toMatchObject({ chat_id: chat, user_id: bob.id, username: "bob", role: "member" });
  expect((await bob.history(chat)).map((one) => one.content)).toContain("before bob");
  expect((await bob.get("/api/chats")).body.chats).toHaveLength(1);
  expect((await bob.get(`/api/chats/${chat}`)).body.member_count).toBe(2);
});

test("nobody is added twice, into a full group, as an owner or when they do not exist", async () => {
  await using server = await TestServer.start({ config: { maxGroupMembers: 3 } });
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const dave = await server.register("dave");
  const chat = await alice.group("Team", bob);
  const add = (body: object) => alice.post(`/api/chats/${chat}/members`, body);
  expectRefused(await add({ user_id: bob.id }), 409, "already_member");
  expectRefused(await add({ user_id: alice.id }), 409, "already_member");
  expectRefused(await add({ user_id: 999 }), 404, "not_found");
  expectInvalid(await add({ user_id: carol.id, role: "owner" }), "role");
  expectInvalid(await add({ user_id: carol.id, role: "king" }), "role");
  expectInvalid(await add({}), "user_id");
  expect((await add({ user_id: carol.id, role: null })).status).toBe(201);
  expectInvalid(await add({ user_id: dave.id }), "user_id");
  expect(await roles(alice, chat)).toEqual({ alice: "owner", bob: "member", carol: "member" });
});

test("of ten who add the same person at once one succeeds", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team");
  const replies = await Promise.all(
    Array.from({ length: 10 }, () => alice.post(`/api/chats/${chat}/members`, { user_id: bob.id })),
  );
  expect(replies.map((one) => one.status).sort()).toEqual([201, ...Array.from({ length: 9 }, () => 409)]);
  expect((await alice.get(`/api/chats/${chat}`)).body.member_count).toBe(2);
  expect(await facts(alice, chat)).toHaveLength(2);
});

test("coming, going and roles are noted in the chat", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team");
  const path = `/api/chats/${chat}/members`;
  await alice.post(path, { user_id: bob.id });
  await alice.post(path, { user_id: carol.id, role: "admin" });
  await alice.put(`${path}/${bob.id}`, { role: "admin" });
  await alice.put(`${path}/${bob.id}`, { role: "admin" });
  await alice.put(`${path}/${bob.id}`, { role: "member" });
  await carol.delete(`${path}/${bob.id}`);
  await alice.put(`${path}/${carol.id}`, { role: "owner" });
  await alice.delete(`${path}/${alice.id}`);
  const of = (person: Person) => ({ user_id: person.id, username: person.username });
  expect((await facts(carol, chat)).slice(1)).toEqual([
    ["alice added bob", { event: "member_added", ...of(bob) }],
    ["alice added carol", { event: "member_added", ...of(carol) }],
    ["alice made bob an admin", { event: "role_changed", ...of(bob), role: "admin" }],
    ["alice made bob a member", { event: "role_changed", ...of(bob), role: "member" }],
    ["carol removed bob", { event: "member_removed", ...of(bob) }],
    ["alice handed the chat over to carol", { event: "owner_changed", ...of(carol) }],
    ["alice left", { event: "member_left", ...of(alice) }],
  ]);
});

test("an owner hands the chat over before leaving it", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team", bob);
  const path = `/api/chats/${chat}/members`;
  expectRefused(await alice.delete(`${path}/${alice.id}`), 409, "owner_must_hand_over");
  expectRefused(await alice.put(`${path}/${alice.id}`, { role: "member" }), 409, "owner_must_hand_over");
  expect((await alice.put(`${path}/${alice.id}`, { role: "owner" })).body.role).toBe("owner");
  expect((await alice.put(`${path}/${bob.id}`, { role: "owner" })).body).toMatchObject({ role: "owner" });
  expect(await roles(bob, chat)).toEqual({ alice: "admin", bob: "owner" });
  expectRefused(await alice.put(`${path}/${bob.id}`, { role: "member" }), 403, "forbidden");
  expect((await alice.delete(`${path}/${alice.id}`)).status).toBe(204);
  expectRefused(await alice.get(`/api/chats/${chat}`), 404, "not_found");
});

test("the last one may leave, though they own the chat", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const chat = await alice.group("Alone");
  expect((await alice.delete(`/api/chats/${chat}/members/${alice.id}`)).status).toBe(204);
  expectRefused(await alice.get(`/api/chats/${chat}`), 404, "not_found");
  expect((await alice.get("/api/chats")).body.chats).toEqual([]);
});

test("whoever comes back is a new member, without the role they had", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.group("Team");
  const path = `/api/chats/${chat}/members`;
  const first = (await alice.post(path, { user_id: bob.id, role: "admin" })).body;
  await alice.delete(`${path}/${bob.id}`);
  expectRefused(await alice.delete(`${path}/${bob.id}`), 404, "not_found");
  const again = (await alice.post(path, { user_id: bob.id })).body;
  expect(again.role).toBe("member");
  expect(again.id).not.toBe(first.id);
});

test("members come in pages, in the order in which they joined", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const others: Person[] = [];
  for (let i = 0; i < 104; i++) others.push(await server.register(`user${i}`));
  const chat = await alice.group("Crowd", ...others);
  const everybody = [alice, ...others].map((one) => one.id);
  const shown = (await alice.get(`/api/chats/${chat}`)).body;
  expect(shown.member_count).toBe(105);
  expect(shown.members.map((one: any) => one.user_id)).toEqual(everybody.slice(0, 100));

  for (const limit of [100, 50, 35, 1]) {
    const seen: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null && seen.length < 200) {
      const query: string = `limit=${limit}${cursor && `&cursor=${cursor}`}`;
      const page = (await others[0]!.get(`/api/chats/${chat}/members?${query}`)).body;
      expect(page.members.length).toBeLessThanOrEqual(limit);
      seen.push(...page.members.map((one: any) => one.user_id));
      cursor = page.next_cursor;
    }
    expect(seen).toEqual(everybody);
  }
});

test("a chat is not handed over to somebody whose account is disabled", async () => {
  await using server = await TestServer.start();
  const [alice, bob, carol] = [
    await server.register("alice"),
    await server.register("bob"),
    await server.register("carol"),
  ];
  const chat = await alice.group("club", bob, carol);
  const socket = await carol.connect();
  await server.operate("user disable", { username: "bob" });
  const members = async () => (await alice.get(`/api/chats/${chat}/members`)).body.members;
  const before = await members();
  const handOver = (to: number) => alice.put(`/api/chats/${chat}/members/${to}`, { role: "owner" });
  expectRefused(await handOver(bob.id), 404, "not_found");
  expect(await members()).toEqual(before);
  expect((await alice.get(`/api/chats/${chat}`)).body.my_role).toBe("owner");
  expect(await socket.settled("member_updated")).toEqual([]);

  expect((await handOver(carol.id)).body.role).toBe("owner");
  expect((await members()).map((one: { role: string }) => one.role)).toEqual(["admin", "member", "owner"]);
});

test("members show what others see of people, and over REST whether they are online", async () => {
  // Nobody is asked meanwhile what has arrived: that would be another answer.
  await using server = await TestServer.start({ clock: new ManualClock() });
  const alice = await server.register("alice", { full_name: "Alice Doe" });
  const [bob, carol] = [await server.register("bob"), await server.register("carol")];
  const avatar_url = "https://example.org/a.png";
  await alice.put("/api/auth/me", { avatar_url });
  const chat = await alice.group("Team", bob);
  const watcher = await bob.connect();
  const path = `/api/chats/${chat}/members`;
  const looks = async (asks: Person) => {
    const { members } = (await asks.get(path)).body;
    expect((await asks.get(`/api/chats/${chat}`)).body.members).toEqual(members);
    return members.map((one: any) => [one.username, one.avatar_url, one.is_active, one.is_online]);
  };
  const [a, b] = [
    ["alice", avatar_url, true, false],
    ["bob", null, true, true],
  ];
  expect(await looks(bob)).toEqual([a, b]);
  await server.operate("user disable", { username: "alice" });
  expect(await looks(bob)).toEqual([["alice", avatar_url, false, false], b]);
  await server.operate("user enable", { username: "alice" });
  await server.operate("chat transfer", { chat_id: chat, username: "alice" });
  const again = await server.login("alice");
  await again.put(`${path}/${bob.id}`, { role: "member" });
  await server.settled();
  const before = (await watcher.settled()).length;

  // Each call that answers with a member says it, the frame about it does not.
  await carol.connect();
  const added = (await again.post(path, { user_id: carol.id })).body;
  expect(added).toMatchObject({ user_id: carol.id, is_active: true, is_online: true, last_seen: null });
  const made = (await again.put(`${path}/${bob.id}`, { role: "admin" })).body;
  expect(made).toMatchObject({ role: "admin", is_online: true });
  expect((await again.put(`${path}/${bob.id}`, { role: "admin" })).body).toEqual(made);
  const own = (await bob.put(`/api/chats/${chat}/me`, { nickname: "Bobby" })).body;
  expect(own).toMatchObject({ nickname: "Bobby", is_online: true, is_muted: false });
  const frames = (await watcher.settled()).slice(before);
  const inFrames = frames.flatMap((one) => one["member"] ?? []);
  expect(inFrames).toEqual([
    { ...added, is_online: null },
    { ...made, is_online: null },
    { ...made, nickname: "Bobby", is_online: null },
  ]);
});

test("in a direct chat members show presence as people do everywhere", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  await bob.say(chat, "hi");
  await bob.connect();
  const { is_online } = (await alice.get(`/api/users/${bob.id}`)).body;
  const { members } = (await alice.get(`/api/chats/${chat}/members`)).body;
  expect(members.map((one: any) => [one.user_id, one.is_online])).toEqual([
    [alice.id, false],
    [bob.id, is_online],
  ]);
  expect(is_online).toBe(true);
});
