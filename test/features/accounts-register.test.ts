import { expect, test } from "bun:test";

import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

const alice = { username: "alice", email: "alice@example.org", password };

test("somebody registers and is signed in", async () => {
  await using server = await TestServer.start();
  const reply = await server.api.post("/api/auth/register", { ...alice, full_name: "Alice Doe" });
  expect(reply.status).toBe(201);
  expect(reply.headers.get("cache-control")).toBe("no-store");
  expect(reply.body).toMatchObject({ token_type: "bearer", expires_in: 900 });
  expect(reply.body.user).toEqual({
    id: 1,
    username: "alice",
    full_name: "Alice Doe",
    avatar_url: null,
    bio: null,
    is_online: false,
    last_seen: null,
    email: "alice@example.org",
    is_active: true,
    created_at: reply.body.user.created_at,
  });
  expect((await server.as(reply.body).get("/api/auth/me")).body).toEqual(reply.body.user);
});

test("neither passwords nor tokens reach the log", async () => {
  await using server = await TestServer.start();
  const person = await server.register("alice");
  await server.api.post("/api/auth/refresh", { refresh_token: person.signedIn.refresh_token });
  await (await person.connect({ by: "path" })).close();
  await server.api.post("/api/auth/login", { username: "alice", password: "not the right one" });
  const log = server.log.join("\n");
  expect(log).toContain("/api/auth/login");
  for (const secret of [password, "not the right one", person.accessToken, person.signedIn.refresh_token]) {
    expect(log).not.toContain(secret);
  }
});

test("a user name is taken whatever its case", async () => {
  await server.register("Alice.Doe");
  const reply = await server.api.post("/api/auth/register", { ...alice, username: "aLICE.dOE" });
  expectRefused(reply, 409, "username_taken");
  expect((await server.register("Alice-Doe")).username).toBe("Alice-Doe");
});

test("nobody is called what calls everybody", async () => {
  for (const username of ["all", "All"]) {
    const reply = await server.api.post("/api/auth/register", { ...alice, username });
    expectRefused(reply, 409, "username_taken");
  }
  expect((await server.register("all.of.us")).username).toBe("all.of.us");
});

test("an e-mail address is taken whatever its case", async () => {
  const [first] = await server.people("alice");
  const other = { ...alice, username: "alice.too", email: first.signedIn.user.email.toUpperCase() };
  expectRefused(await server.api.post("/api/auth/register", other), 409, "email_taken");
});

test("of twenty who want the same name at once one gets it", async () => {
  const replies = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      server.api.post("/api/auth/register", {
        ...alice,
        username: "wanted",
        email: `wanted${i}@example.org`,
      }),
    ),
  );
  const codes = replies.map((one) => one.body.code ?? one.status);
  expect(codes.filter((one) => one === 201)).toHaveLength(1);
  expect(codes.filter((one) => one === "username_taken")).toHaveLength(19);
});

test("where registration is closed, only the operator makes accounts", async () => {
  await using server = await TestServer.start({ config: { registration: "closed" } });
  expectRefused(await server.api.post("/api/auth/register", alice), 403, "registration_closed");
  await server.operate("user add", alice);
  expect((await server.login("alice")).username).toBe("alice");
});

test("a password that everybody uses is refused, however it is written", async () => {
  for (const weak of ["password", "PassWord", "qwertyuiop", "ｐａｓｓｗｏｒｄ"]) {
    const reply = await server.api.post("/api/auth/register", { ...alice, password: weak });
    expectRefused(reply, 422, "weak_password");
  }
  expect((await server.api.post("/api/auth/register", alice)).status).toBe(201);
});

test("a password has 8 to 1024 characters", async () => {
  const register = (username: string, length: number) =>
    server.api.post("/api/auth/register", {
      username,
      email: `${username}@example.org`,
      password: "xk7 ".repeat(300).slice(0, length),
    });
  expectInvalid(await register("seven", 7), "password");
  expectInvalid(await register("too.long", 1025), "password");
  expect((await register("eight", 8)).status).toBe(201);
  expect((await register("longest", 1024)).status).toBe(201);
});

test("a password is the same however the keyboard composes it", async () => {
  await server.register("fisch", { password: "ﬁsch und Ångström" });
  const decomposed = "fisch und A\u030angstro\u0308m";
  const reply = await server.api.post("/api/auth/login", { username: "fisch", password: decomposed });
  expect(reply.status).toBe(200);
});

test("a user name has 3 to 32 plain letters, digits and _ . -", async () => {
  const register = (username: string, i: number) =>
    server.api.post("/api/auth/register", { username, email: `${i}@example.org`, password });
  const good = ["a.b", "_-.", "A1_b-c.D", "x".repeat(32)];
  for (const [i, username] of good.entries()) expect((await register(username, i)).status).toBe(201);
  const bad = [
    "",
    "ab",
    "x".repeat(33),
    "a b",
    "ab@c",
    "ünder",
    "аlice",
    "ali\u0000ce",
    "ali\nce",
    "ali\u2028ce",
    "a/b/c",
  ];
  for (const [i, username] of bad.entries()) expectInvalid(await register(username, 100 + i), "username");
});

test("every bad field is named, optional ones may be null and unknown ones are ignored", async () => {
  await using server = await TestServer.start();
  const bad = { username: 7, email: "nobody", password: "short", full_name: "x".repeat(101) };
  expectInvalid(
    await server.api.post("/api/auth/register", bad),
    "username",
    "email",
    "password",
    "full_name",
  );
  expectInvalid(await server.api.post("/api/auth/register", {}), "username", "email", "password");
  const more = { ...alice, full_name: null, id: 99, is_active: false, role: "admin" };
  const reply = await server.api.post("/api/auth/register", more);
  expect(reply.body.user).toMatchObject({ id: 1, full_name: null, is_active: true });
});
