import { expect, test } from "bun:test";

import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("two people have one direct chat: new for the first, there for the second", async () => {
  const alice = await server.register("alice.doe", { full_name: "Alice Doe" });
  const [bob] = await server.people("bob");
  const opened = await alice.post("/api/chats/direct", { user_id: bob.id });
  expect(opened.status).toBe(201);
  expect(opened.body).toMatchObject({
    chat_type: "direct",
    name: null,
    is_active: true,
    member_count: 2,
    my_role: "member",
    last_message: null,
    peer: { id: bob.id, username: bob.username },
  });
  expect((await alice.post("/api/chats/direct", { user_id: bob.id })).status).toBe(200);
  const found = await bob.post("/api/chats/direct", { user_id: alice.id });
  expect(found.status).toBe(200);
  expect(found.body.id).toBe(opened.body.id);
  expect(found.body.peer).toMatchObject({ username: "alice.doe", full_name: "Alice Doe" });
});

test("two people who write to each other at once get the same chat", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const open = (i: number) =>
    i % 2
      ? alice.post("/api/chats/direct", { user_id: bob.id })
      : bob.post("/api/chats/direct", { user_id: alice.id });
  const replies = await Promise.all(Array.from({ length: 20 }, (_, i) => open(i)));
  expect(new Set(replies.map((one) => one.body.id)).size).toBe(1);
  expect(replies.filter((one) => one.status === 201)).toHaveLength(1);
  expect((await alice.get("/api/chats")).body.chats).toHaveLength(1);
});

test("nobody chats with themselves, with nobody or with a disabled account", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  expectInvalid(await alice.post("/api/chats/direct", { user_id: alice.id }), "user_id");
  expectRefused(await alice.post("/api/chats/direct", { user_id: 999 }), 404, "not_found");
  await server.operate("user disable", { username: bob.username });
  expectRefused(await alice.post("/api/chats/direct", { user_id: bob.id }), 404, "not_found");
  await server.operate("user enable", { username: bob.username });
  expect((await alice.post("/api/chats/direct", { user_id: bob.id })).status).toBe(201);
});

test("the two people of a direct chat stay the same two, and there is nothing to rename or close", async () => {
  const [alice, bob, carol] = await server.people("alice", "bob", "carol");
  const chat = `/api/chats/${await alice.directWith(bob)}`;
  for (const reply of [
    await alice.post(`${chat}/members`, { user_id: carol.id }),
    await alice.put(`${chat}/members/${bob.id}`, { role: "admin" }),
    await alice.delete(`${chat}/members/${bob.id}`),
    await alice.delete(`${chat}/members/${alice.id}`),
    await alice.put(chat, { name: "Us" }),
    await alice.delete(chat),
  ]) {
    expectRefused(reply, 409, "direct_chat_fixed");
  }
  expect((await bob.get(chat)).body.members.map((one: any) => one.username)).toEqual([
    alice.username,
    bob.username,
  ]);
});
