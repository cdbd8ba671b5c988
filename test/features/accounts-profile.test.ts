import { expect, test } from "bun:test";

import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

const me = "/api/auth/me";

test("people describe themselves: what is absent stays, null clears", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice", { full_name: "Alice" });
  const described = { full_name: "Alice Doe", bio: "Hello 👋", avatar_url: "https://example.org/a.png" };
  expect((await alice.put(me, described)).body).toMatchObject(described);
  expect((await alice.put(me, { bio: "Hi" })).body).toMatchObject({ ...described, bio: "Hi" });
  expect((await alice.put(me, {})).body).toMatchObject({ ...described, bio: "Hi" });
  const cleared = { full_name: null, bio: null, avatar_url: null };
  expect((await alice.put(me, cleared)).body).toEqual({ ...alice.signedIn.user, ...cleared });
  expect((await alice.get(me)).body).toEqual({ ...alice.signedIn.user, ...cleared });
});

test("others see everything but the e-mail address", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice", { full_name: "Alice Doe" });
  const bob = await server.register("bob");
  await alice.put(me, { bio: "Hello" });
  expect((await bob.get(`/api/users/${alice.id}`)).body).toEqual({
    id: alice.id,
    username: "alice",
    full_name: "Alice Doe",
    avatar_url: null,
    bio: "Hello",
    is_active: true,
    is_online: null,
    last_seen: null,
  });
  expectRefused(await bob.get("/api/users/999"), 404, "not_found");
});

test("changing the e-mail address takes the password", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  await server.register("bob");
  const email = "New@example.org";
  expectRefused(await alice.put(me, { email }), 422, "wrong_password");
  expectRefused(await alice.put(me, { email, current_password: "wrong" }), 422, "wrong_password");
  expectRefused(await alice.put(me, { email, current_password: null }), 422, "wrong_password");
  const taken = { email: "BOB@example.org", current_password: password };
  expectRefused(await alice.put(me, taken), 409, "email_taken");
  expect((await alice.get(me)).body.email).toBe("alice@example.org");

  expect((await alice.put(me, { email, current_password: password })).body.email).toBe(email);
  expect((await alice.put(me, { email: null })).body.email).toBe(email);
  const login = (username: string) => server.api.post("/api/auth/login", { username, password });
  expect((await login("new@example.org")).status).toBe(200);
  expectRefused(await login("alice@example.org"), 401, "bad_credentials");
});

test("bad fields change nothing, and nobody changes what is not theirs to change", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bad = { full_name: " ", bio: "x".repeat(501), avatar_url: "javascript:alert(1)", email: "x" };
  expectInvalid(await alice.put(me, { ...bad }), "full_name", "bio", "avatar_url", "email");
  expectInvalid(await alice.put(me, { full_name: "Eve", bio: "a\0b" }), "bio");
  const more = { id: 7, username: "root", is_active: false, created_at: "2000-01-01T00:00:00.000Z" };
  expect((await alice.put(me, more)).body).toEqual(alice.signedIn.user);
});

test("lengths are counted in characters, and an emoji is one", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const name = "🦊".repeat(100);
  expect((await alice.put("/api/auth/me", { full_name: name })).body.full_name).toBe(name);
  expectInvalid(await alice.put("/api/auth/me", { full_name: `${name}!` }), "full_name");
  const short = { username: "bob", email: "bob@example.org", password: "🦊".repeat(7) };
  expectInvalid(await server.api.post("/api/auth/register", short), "password");
  const long = { ...short, password: "🦊".repeat(8) };
  expect((await server.api.post("/api/auth/register", long)).status).toBe(201);
});
