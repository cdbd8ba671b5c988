import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";

import type { Person } from "../support/person.ts";
import { expectInvalid } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const server = await TestServer.start();
afterAll(() => server[Symbol.asyncDispose]());

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

test("people are found by words of both names in any order, also with an @ before the user name", async () => {
  const lukasz = await server.register("l.wojcik", { full_name: "Łukasz Wójcik" });
  await server.register("obrien", { full_name: "Seán O’Brien" });
  await server.register("ann-marie_x", { full_name: "Anne–Marie von der Straße" });
  await server.register("ilik", { full_name: "Işık Øre Ægir" });
  await server.register("sonja", { full_name: "Таня Ёлкина" });
  await server.register("hidden-one", { full_name: "Zoe\u00adlie\u200b Wu" });
  const finds: [query: string, ...usernames: string[]][] = [
    ["lukasz", "l.wojcik"],
    ["wojcik lukasz", "l.wojcik"],
    ["LUKASZ @l.wojcik", "l.wojcik"],
    ["@wojcik", "l.wojcik"],
    ["@l.wojcik", "l.wojcik"],
    ["＠l.woj", "l.wojcik"],
    ["@@l.woj", "l.wojcik"],
    ["kasz ojci", "l.wojcik"],
    ["w lu", "l.wojcik"],
    ["o'brien", "obrien"],
    ["o`brien sean", "obrien"],
    ["'brien obri", "obrien"],
    ["o b", "obrien"],
    ["br se", "obrien"],
    ["anne-marie", "ann-marie_x"],
    ["marie ann", "ann-marie_x"],
    ["STRAẞE", "ann-marie_x"],
    ["strasse von", "ann-marie_x"],
    ["x ann", "ann-marie_x"],
    ["@_x"],
    ["isik aegir ore", "ilik"],
    ["елкина та", "sonja"],
    ["ёлк", "sonja"],
    ["zoelie", "hidden-one"],
    ["zoe\u2060lie wu", "hidden-one"],
    ['"von der"', "ann-marie_x"],
    ['"der von"'],
    ["lukasz nobody"],
    ["@"],
    ["@ @"],
    ['"'],
  ];
  for (const [query, ...usernames] of finds) {
    expect([query, ...(await names(lukasz, query))]).toEqual([query, ...usernames]);
  }
});

test("one or two letters are found at the beginning of words, and anywhere alone", async () => {
  const ada = await server.register("short-ada", { full_name: "Adaqz Byronqz" });
  await server.register("short-xuqz", { full_name: "Xu Qzian" });
  expect(await names(ada, "qz")).toEqual(["short-ada", "short-xuqz"]);
  expect(await names(ada, "qz short")).toEqual(["short-xuqz"]);
  expect(await names(ada, "by ad")).toEqual(["short-ada"]);
  expect(await names(ada, "yr da")).toEqual([]);
});

test("first comes who is called exactly so, then whose user name and whose full name begin so", async () => {
  const one = await server.register("order", { full_name: "Zed" });
  await server.register("a-order", { full_name: "Zed" });
  await server.register("b-other", { full_name: "Order Zed" });
  await server.register("order-a", { full_name: "Zed" });
  await server.register("c-other", { full_name: "Zed Borderline" });
  expect(await names(one, "ORDER")).toEqual(["order", "order-a", "b-other", "a-order", "c-other"]);
});

test("a name that was changed is found as it is now, and one that was taken away not at all", async () => {
  const changing = await server.register("changing", { full_name: "Quentin Before" });
  expect(await names(changing, "quentin")).toEqual(["changing"]);
  await changing.put("/api/auth/me", { full_name: "Quirin After" });
  expect(await names(changing, "quentin")).toEqual([]);
  expect(await names(changing, "quirin")).toEqual(["changing"]);
  await changing.put("/api/auth/me", { full_name: null });
  expect(await names(changing, "quirin")).toEqual([]);
});

test("accounts of an earlier release are found alike from the next start on", async () => {
  await using older = await TestServer.start();
  const jorg = await older.register("jorg", { full_name: "Jörg Łoś" });
  await older.register("nameless");
  await older.app.stop();
  {
    using db = new Database(join(older.dataDir, "db", "chat.sqlite"));
    db.run("UPDATE users SET name_key = 'jorg łos' WHERE username = 'jorg'");
    db.run("UPDATE users SET name_key = '' WHERE username = 'nameless'");
    // More than are made anew at once.
    db.run(`WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 1100)
      INSERT INTO users (username, username_key, email, email_key, full_name, name_key, password_hash, created_at)
      SELECT 'user' || n, 'user' || n, n || '@x', n || '@x', 'Löwe ' || n, 'löwe', 'x', 0 FROM numbers`);
  }
  await older.open();
  const again = await older.login("jorg");
  expect(await names(again, "los jorg")).toEqual(["jorg"]);
  for (const n of [1, 500, 501, 1100]) expect(await names(again, `"lowe ${n}"`)).toContain(`user${n}`);
  expect(jorg.id).toBe(again.id);
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
