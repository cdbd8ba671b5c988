import { expect, test } from "bun:test";

import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("whoever logs out is refused at once, and their socket closes", async () => {
  const [alice] = await server.people("alice");
  const socket = await alice.connect();
  expect((await alice.get("/api/auth/me")).status).toBe(200);
  expect((await alice.post("/api/auth/logout")).status).toBe(204);
  expect(await socket.closed).toBe(4003);
  expectRefused(await alice.get("/api/auth/me"), 401, "unauthorized");
  expectRefused(await alice.post("/api/auth/logout"), 401, "unauthorized");
  const { refresh_token } = alice.signedIn;
  expectRefused(await alice.post("/api/auth/refresh", { refresh_token }), 401, "invalid_refresh_token");
});

test("somebody sees their sessions and ends one of them", async () => {
  const [phone] = await server.people("alice");
  const credentials = { username: phone.username, password };
  const headers = { "User-Agent": "Laptop/1.0" };
  const laptop = server.as((await server.api.post("/api/auth/login", credentials, { headers })).body);
  const { sessions } = (await phone.get("/api/auth/sessions")).body;
  expect(sessions.map((one: any) => one.current)).toEqual([true, false]);
  expect(sessions[1].user_agent).toBe("Laptop/1.0");

  const socket = await laptop.connect();
  const path = `/api/auth/sessions/${sessions[1].id}`;
  expect((await phone.delete(path)).status).toBe(204);
  expect(await socket.closed).toBe(4003);
  expectRefused(await laptop.get("/api/auth/me"), 401, "unauthorized");
  expectRefused(await phone.delete(path), 404, "not_found");
  expect((await phone.get("/api/auth/sessions")).body.sessions).toEqual([sessions[0]]);
});

test("nobody ends somebody else's session", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const [{ id }] = (await alice.get("/api/auth/sessions")).body.sessions;
  expectRefused(await bob.delete(`/api/auth/sessions/${id}`), 404, "not_found");
  expectRefused(await bob.delete("/api/auth/sessions/999"), 404, "not_found");
  expect((await alice.delete(`/api/auth/sessions/${id}`)).status).toBe(204);
});

test("a new password ends the other sessions, and only the new one signs in", async () => {
  const [phone] = await server.people("alice");
  const laptop = await server.login(phone.username);
  const [kept, ended] = [await phone.connect(), await laptop.connect()];
  const change = (current_password: string, new_password: string) =>
    phone.post("/api/auth/password", { current_password, new_password });

  expectRefused(await change("wrong", "another fine one"), 422, "wrong_password");
  expectRefused(await change(password, "password"), 422, "weak_password");
  expectInvalid(await change(password, "short"), "new_password");
  expect((await laptop.get("/api/auth/me")).status).toBe(200);

  expect((await change(password, "another fine one")).status).toBe(204);
  expect(await ended.closed).toBe(4003);
  expectRefused(await laptop.get("/api/auth/me"), 401, "unauthorized");
  expect(await kept.settled("pong")).toHaveLength(1);
  const login = (given: string) =>
    server.api.post("/api/auth/login", { username: phone.username, password: given });
  expectRefused(await login(password), 401, "bad_credentials");
  expect((await login("another fine one")).status).toBe(200);
});

test("a disabled account is refused at once and everywhere, until it is enabled", async () => {
  const [alice, bob, stranger] = await server.people("alice", "bob", "stranger");
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();
  await server.operate("user disable", { username: bob.username.toUpperCase() });
  expect(await socket.closed).toBe(4003);
  expectRefused(await bob.get("/api/auth/me"), 401, "unauthorized");
  expectRefused(await bob.post(`/api/messages/${chat}`, { content: "hi" }), 401, "unauthorized");
  const { refresh_token } = bob.signedIn;
  expectRefused(await bob.post("/api/auth/refresh", { refresh_token }), 401, "invalid_refresh_token");
  expect((await alice.get(`/api/users/${bob.id}`)).body.is_active).toBe(false);
  expectRefused(await stranger.get(`/api/users/${bob.id}`), 404, "not_found");
  expect((await alice.get(`/api/users/search?q=${bob.username}`)).body.users).toEqual([]);

  await server.operate("user enable", { username: bob.username });
  expectRefused(await bob.get("/api/auth/me"), 401, "unauthorized");
  const back = await server.login(bob.username);
  expect((await back.get(`/api/users/${alice.id}`)).body.username).toBe(alice.username);
});

test("a password that the operator sets ends every session", async () => {
  const [alice] = await server.people("alice");
  const socket = await alice.connect();
  await server.operate("user password", { username: alice.username, password: "given by the operator" });
  expect(await socket.closed).toBe(4003);
  const credentials = { username: alice.username, password: "given by the operator" };
  expect((await server.api.post("/api/auth/login", credentials)).status).toBe(200);
});
