import { expect, test } from "bun:test";

import type { Person } from "../support/person.ts";
import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

async function names(person: Person, q: string): Promise<string[]> {
  const { body } = await person.get(`/api/users/search?q=${encodeURIComponent(q)}`);
  return body.users.map((one: { username: string }) => one.username);
}

test("people are found by the start of the user name or any part of the full name", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice", { full_name: "Alice Weiß" });
  await server.register("Alicia");
  await server.register("malice");
  await server.register("zoe", { full_name: "Zoë Ångström-Müller" });
  await server.register("yuki", { full_name: "山田 雪" });
  expect(await names(alice, "ali")).toEqual(["alice", "Alicia"]);
  expect(await names(alice, " ALI ")).toEqual(["alice", "Alicia"]);
  expect(await names(alice, "angstrom")).toEqual(["zoe"]);
  expect(await names(alice, "ÅNGSTRÖM")).toEqual(["zoe"]);
  expect(await names(alice, "muller")).toEqual(["zoe"]);
  expect(await names(alice, "ë å")).toEqual(["zoe"]);
  expect(await names(alice, "田")).toEqual(["yuki"]);
  expect(await names(alice, "nobody")).toEqual([]);
});

test("nobody is found by e-mail address", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice", { email: "secret@hidden.example" });
  expect(await names(alice, "alice")).toEqual(["alice"]);
  for (const q of ["secret", "secret@hidden.example", "hidden", "@", ".example"]) {
    expect(await names(alice, q)).toEqual([]);
  }
});

test("wildcards of the database mean themselves", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice", { full_name: "100% Alice \\o/" });
  await server.register("a_b");
  await server.register("axb", { full_name: "Somebody" });
  expect(await names(alice, "a_")).toEqual(["a_b"]);
  expect(await names(alice, "%")).toEqual(["alice"]);
  expect(await names(alice, "0% a")).toEqual(["alice"]);
  expect(await names(alice, "\\")).toEqual(["alice"]);
  expect(await names(alice, "_")).toEqual([]);
});

test("an empty search finds nobody: it is refused", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  for (const query of ["", "?q=", "?q=%20%20", "?q=a%00", `?q=${"x".repeat(101)}`]) {
    expectInvalid(await alice.get(`/api/users/search${query}`), "query.q");
  }
  expect(await names(alice, "a")).toEqual(["alice"]);
});

test("a search answers with as many as are asked for, in the order of their names", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  for (let i = 10; i < 35; i++) await server.register(`user${i}`);
  const all = Array.from({ length: 25 }, (_, i) => `user${i + 10}`);
  expect(await names(alice, "user")).toEqual(all);
  const some = await alice.get("/api/users/search?q=user&limit=20");
  expect(some.body.users.map((one: { username: string }) => one.username)).toEqual(all.slice(0, 20));
  expectInvalid(await alice.get("/api/users/search?q=user&limit=101"), "query.limit");
});
