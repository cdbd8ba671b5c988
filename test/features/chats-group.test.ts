import { expect, test } from "bun:test";

import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("whoever makes a group owns it, and those they name are members", async () => {
  const [alice] = await server.people("alice");
  const bob = await server.register("bob.doe", { full_name: "Bob Doe" });
  const reply = await alice.post("/api/chats/group", {
    name: "Team",
    description: "All of us",
    avatar_url: "https://example.org/team.png",
    member_ids: [bob.id, alice.id, bob.id],
  });
  expect(reply.status).toBe(201);
  expect(reply.body).toMatchObject({
    chat_type: "group",
    name: "Team",
    description: "All of us",
    avatar_url: "https://example.org/team.png",
    member_count: 2,
    my_role: "owner",
    peer: null,
    members: [
      { username: alice.username, role: "owner" },
      { username: "bob.doe", full_name: "Bob Doe", role: "member" },
    ],
  });
  const seen = (await bob.get(`/api/chats/${reply.body.id}`)).body;
  // Whether a chat is muted is each one's own, and in nobody else's answer.
  const [{ is_muted, notify, ...owner }, member] = reply.body.members;
  expect([is_muted, notify]).toEqual([false, "all"]);
  const members = [owner, { ...member, is_muted, notify }];
  expect(seen).toEqual({ ...reply.body, my_role: "member", members });
  expect((await alice.history(reply.body.id))[0]).toMatchObject({
    seq: 1,
    sender_id: alice.id,
    content: `${alice.username} created “Team”`,
    content_type: "system",
    system: { event: "group_created", name: "Team" },
  });
});

test("a group of unknown people, without a name or above the limit is not made", async () => {
  await using server = await TestServer.start({ config: { maxGroupMembers: 3 } });
  const alice = await server.register("alice");
  const others = [
    await server.register("bob"),
    await server.register("carol"),
    await server.register("dave"),
  ];
  const create = (body: object) => alice.post("/api/chats/group", { name: "Team", ...body });
  const ids = others.map((one) => one.id);
  expect((await create({ member_ids: ids.slice(0, 2) })).status).toBe(201);
  expectInvalid(await create({ member_ids: ids }), "member_ids");
  expectInvalid(await create({ member_ids: [ids[0], 999] }), "member_ids.1");
  expectInvalid(await create({ member_ids: ["1", -1] }), "member_ids.0", "member_ids.1");
  expectInvalid(await create({ name: "" }), "name");
  expectInvalid(await create({ name: "x".repeat(101) }), "name");
  expectInvalid(await create({ name: undefined }), "name");
  expectInvalid(await create({ avatar_url: "ftp://x" }), "avatar_url");
  await server.operate("user disable", { username: "dave" });
  expectInvalid(await create({ member_ids: [ids[2]] }), "member_ids.0");
  expect((await alice.get("/api/chats")).body.chats).toHaveLength(1);
});

test("each change of a group is told to its members and noted in the chat", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Team", bob);
  const socket = await bob.connect();
  const update = (body: object) => alice.put(`/api/chats/${chat}`, body);

  expect((await update({ name: "Crew" })).body).toMatchObject({ name: "Crew", description: null });
  const told = await socket.next("chat_updated");
  expect(told["chat"]).toMatchObject({ id: chat, name: "Crew" });
  await update({ description: "Us" });
  await update({ avatar_url: "https://example.org/a.png" });
  const cleared = (await update({ description: null, avatar_url: null, name: null })).body;
  expect(cleared).toMatchObject({ name: "Crew", description: null, avatar_url: null });
  expect((await alice.history(chat)).slice(1).map((one) => [one.content, one.system])).toEqual([
    [`${alice.username} renamed the chat to “Crew”`, { event: "chat_renamed", name: "Crew" }],
    [`${alice.username} changed the description`, { event: "description_changed" }],
    [`${alice.username} changed the picture`, { event: "avatar_changed" }],
    [`${alice.username} changed the description`, { event: "description_changed" }],
    [`${alice.username} changed the picture`, { event: "avatar_changed" }],
  ]);
});

test("a change that changes nothing is not told", async () => {
  const [alice] = await server.people("alice");
  const chat = await alice.group("Team");
  const socket = await alice.connect();
  for (const body of [{}, { name: "Team" }, { description: null }, { avatar_url: null, colour: "red" }]) {
    expect((await alice.put(`/api/chats/${chat}`, body)).status).toBe(200);
  }
  expectInvalid(await alice.put(`/api/chats/${chat}`, { name: "" }), "name");
  expect(await socket.settled("chat_updated")).toEqual([]);
  expect(await alice.history(chat)).toHaveLength(1);
});

test("a closed group can be read, and no more than that", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const chat = await alice.group("Team", bob);
  const path = `/api/chats/${chat}`;
  const { id } = await alice.say(chat, "the last word");
  const socket = await bob.connect();
  expect((await alice.delete(path)).status).toBe(204);
  expect((await socket.next("chat_updated"))["chat"]).toMatchObject({ id: chat, is_active: false });

  for (const reply of [
    await alice.post(`/api/messages/${chat}`, { content: "one more" }),
    await alice.put(`/api/messages/${id}`, { content: "edited" }),
    await alice.delete(`/api/messages/${id}`),
    await alice.put(path, { name: "Crew" }),
    await alice.post(`${path}/members`, { user_id: carol.id }),
    await alice.put(`${path}/members/${bob.id}`, { role: "admin" }),
    await alice.delete(`${path}/members/${bob.id}`),
    await bob.delete(`${path}/members/${bob.id}`),
    await alice.delete(path),
  ]) {
    expectRefused(reply, 409, "chat_inactive");
  }
  expect((await bob.get(path)).body).toMatchObject({ is_active: false, my_role: "member" });
  const history = await bob.history(chat);
  expect(history.map((one) => one.content)).toEqual([
    `${alice.username} created “Team”`,
    "the last word",
    `${alice.username} closed the chat`,
  ]);
  expect(history.at(-1).system).toEqual({ event: "chat_closed" });
  expect((await bob.get("/api/chats")).body.chats).toHaveLength(1);
});
