/** Addresses that people give: of their pictures, and of their mail. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Person, Reply } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { password, TestServer } from "../support/server.ts";

let server: TestServer;
let alice: Person;
let group: number;

beforeAll(async () => {
  server = await TestServer.start();
  alice = await server.register("alice");
  group = await alice.group("Team");
});
afterAll(() => server[Symbol.asyncDispose]());

// Pictures

const set = (avatar_url: unknown) => alice.put("/api/auth/me", { avatar_url });

/** Wherever an address is taken: one's own, a group's, a new group's. */
async function everywhere(avatar_url: unknown): Promise<Reply[]> {
  return [
    await set(avatar_url),
    await alice.put(`/api/chats/${group}`, { avatar_url }),
    await alice.post("/api/chats/group", { name: "Other", avatar_url }),
  ];
}

const addresses: [given: string, kept?: string][] = [
  ["https://example.org/a.png"],
  ["http://example.org/a.png"],
  ["HTTPS://EXAMPLE.org", "https://example.org/"],
  ["https://example.org:443/a.png#top", "https://example.org/a.png#top"],
  ["https://example.org:8443/a/../b.png?size=2&x", "https://example.org:8443/b.png?size=2&x"],
  ["  https://example.org/a.png ", "https://example.org/a.png"],
  ["https:\\\\example.org\\a.png", "https://example.org/a.png"],
  ["https:example.org/a.png", "https://example.org/a.png"],
  ["https:///example.org/a.png", "https://example.org/a.png"],
  ["https://bücher.example/ä b.png", "https://xn--bcher-kva.example/%C3%A4%20b.png"],
  ["https://EXAMPLE.ORG./a", "https://example.org./a"],
  ['https://example.org/"onerror="alert(1)', "https://example.org/%22onerror=%22alert(1)"],
  ["https://example.org/<script>?<b>#<i>", "https://example.org/%3Cscript%3E?%3Cb%3E#%3Ci%3E"],
  ["https://example.org/\u{1f98a}", "https://example.org/%F0%9F%A6%8A"],
  ["https://example.org/\ud800", "https://example.org/%EF%BF%BD"],
  ["https://@example.org/a.png", "https://example.org/a.png"],
  ["http://[2001:DB8::1]:8000/a.png", "http://[2001:db8::1]:8000/a.png"],
  ["http://192.168.1/a.png", "http://192.168.0.1/a.png"],
  ["https://my_host/a.png"],
  [`https://example.org/${"x".repeat(2028)}`],
];

test("the address of a picture is kept as the URL standard writes it, of people and of groups", async () => {
  for (const [given, kept = given] of addresses) {
    const replies = await everywhere(given);
    expect([given, ...replies.map((one) => one.body.avatar_url)]).toEqual([given, kept, kept, kept]);
  }
});

const none: unknown[] = [
  "example.org/a.png",
  "//example.org/a.png",
  "/a.png",
  "https://",
  "https:",
  "http://?x",
  "https://x y/",
  "https://exa<mple/",
  "https://example.org:99999/",
  "https://exam%00ple.org/",
  'https://x"onerror="alert(1)',
  "https://x'onerror='alert(1)/",
  "https://x%22onerror=%22alert(1)",
  "https://x;y/",
  "https://x`y/",
  "https://{x}/",
  "https://a..b/",
  "https://./",
  "https://user@example.org/",
  "https://user:word@example.org/",
  "https://:word@example.org/",
  "javascript:alert(1)",
  "JaVaScRiPt://example.org/%0aalert(1)",
  "java\nscript:alert(1)",
  "data:image/png;base64,AAAA",
  "blob:https://example.org/1",
  "file:///etc/passwd",
  "ftp://example.org/a.png",
  "view-source:https://example.org/",
  "https://example.org/a\u0000b",
  "\u0000https://example.org/",
  "\u0001https://example.org/",
  "https://example.org/\r\nX: y",
  "ht\ttps://example.org/",
  "https://example.org/\u007f",
  "/api/avatars/",
  "/api/avatars/0",
  "/api/avatars/07",
  // Nobody shows one there.
  "/api/avatars/7",
  "/api/avatars/7?x=1",
  "/api/avatars/../auth/me",
  "/api/avatars/12345678901234567",
  "/api/media/7",
  `https://example.org/${"x".repeat(2029)}`,
  // Shorter as it was given than as it is kept.
  `https://example.org/${"ä".repeat(400)}`,
  " ",
  7,
  { href: "https://example.org/" },
];

test("nothing else is the address of a picture, not even where it would become one", async () => {
  for (const given of none) {
    const codes = (await everywhere(given)).map((one) => one.body.code);
    expect([given, ...codes]).toEqual([given, "validation", "validation", "validation"]);
  }
  expectInvalid(await set("javascript:alert(1)"), "avatar_url");
});

test("an empty address takes the picture away, as null does", async () => {
  for (const nothing of ["", null]) {
    await everywhere("https://example.org/a.png");
    for (const reply of await everywhere(nothing)) expect(reply.body.avatar_url).toBeNull();
  }
  expect((await alice.get("/api/auth/me")).body.avatar_url).toBeNull();
  expect((await alice.get(`/api/chats/${group}`)).body.avatar_url).toBeNull();
});

// Mail

let people = 0;

function register(email: string, username = `person${++people}`): Promise<Reply> {
  return server.api.post("/api/auth/register", { username, email, password });
}

const longest = `${"a".repeat(64)}@${"b".repeat(185)}.org`;

test("an e-mail address is as long as RFC 5321 lets it be", async () => {
  expect(longest).toHaveLength(254);
  expect((await register(longest)).body.user.email).toBe(longest);
  const login = { username: longest.toUpperCase(), password };
  expect((await server.api.post("/api/auth/login", login)).status).toBe(200);
  for (const email of [
    longest.replace(".org", "c.org"),
    `${"a".repeat(65)}@example.org`,
    `${"a".repeat(200)}@b.org`,
    `a@${"b".repeat(249)}.org`,
    `a@${"a.".repeat(7000)}org`,
    `${"a".repeat(15_000)}@`,
    "ä".repeat(40),
    "@example.org",
    "alice@",
    "a@b@example.org",
    "",
  ]) {
    expectInvalid(await register(email), "email");
    expectInvalid(await alice.put("/api/auth/me", { email, current_password: password }), "email");
  }
  for (const email of [`a@${"a.".repeat(200_000)}org`, `${"a".repeat(400_000)}@`]) {
    expectInvalid(await alice.put("/api/auth/me", { email, current_password: password }), "email");
  }
});

test("a name and an e-mail address are trimmed when somebody registers and when they sign in", async () => {
  const reply = await register(" \tbob@example.org\n", "\u00a0bob ");
  expect(reply.status).toBe(201);
  expect(reply.body.user).toMatchObject({ username: "bob", email: "bob@example.org" });
  for (const username of ["bob", " bob", "Bob\t\n", " BOB@example.org ", `${" ".repeat(1000)}bob`]) {
    const login = await server.api.post("/api/auth/login", { username, password });
    expect([username, login.status]).toEqual([username, 200]);
  }
  // The password is as it is.
  const padded = { username: "bob", password: ` ${password}` };
  expectRefused(await server.api.post("/api/auth/login", padded), 401, "bad_credentials");
  expectInvalid(await server.api.post("/api/auth/login", { username: "  ", password }), "username");
  expectInvalid(await register("c@example.org", "  a  "), "username");
  for (const inside of ["car\nol", "car\r\nol", "car\u2028ol", "car\tol", "car ol"]) {
    expectInvalid(await register("c@example.org", inside), "username");
    expectInvalid(await register(`${inside}@example.org`, "carol"), "email");
  }
  for (const [n, white] of ["\n", "\r\n", "\u2028", "\u2029", "\u3000\t", "\ufeff"].entries()) {
    const { status, body } = await register(`${white}d${n}@example.org${white}`, `${white}dora${n}${white}`);
    expect([status, body.user?.username, body.user?.email]).toEqual([201, `dora${n}`, `d${n}@example.org`]);
    for (const username of [`${white}dora${n}${white}`, `${white}d${n}@example.org${white}`]) {
      expect((await server.api.post("/api/auth/login", { username, password })).status).toBe(200);
    }
  }
  expectRefused(await register("c@example.org", " bob "), 409, "username_taken");
  expectRefused(await register(" BOB@example.org ", "carol"), 409, "email_taken");
});
