import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Journal, JournalRow } from "../../src/events/journal.ts";
import type { MessageRow } from "../../src/features/chat/index.ts";
import { toEntry } from "../../src/features/search/entry.ts";
import { SearchFollower } from "../../src/features/search/follower.ts";
import { searchMessages } from "../../src/features/search/search.ts";
import type { Kit } from "../../src/kit.ts";
import type { SearchIndex } from "../../src/platform/search/search-index.ts";
import { sqlite } from "../contract/sqlite.ts";
import { refusal } from "../contract/storage.ts";
import { SealedChat } from "../support/e2ee/sealed-chat.ts";
import { ManualClock } from "../support/clock.ts";
import type { Person, Reply } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";
import { until } from "../support/until.ts";

/** As much of a server as a search needs. */
function kitOf(db: Kit["db"], searchIndex: SearchIndex): Kit {
  const settings = { searchesPerUser: 9, searchesWaiting: 9 };
  return { db, searchIndex, settings } as Partial<Kit> as Kit;
}

function search(person: Person, q: string, more: object = {}): Promise<Reply> {
  const query = new URLSearchParams({ q, ...more });
  return person.get(`/api/messages/search?${query}`);
}

/** What is found, once the index has heard of everything that has been said. */
async function found(server: TestServer, person: Person, q: string, more: object = {}): Promise<string[]> {
  await server.app.settled();
  const { status, body } = await search(person, q, more);
  expect(status).toBe(200);
  return body.results.map((one: any) => one.message.content);
}

async function pair() {
  const server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  return { server, alice, bob, chat: await alice.directWith(bob) };
}

/** After a restart the server has another port. */
async function restart(server: TestServer, meanwhile = () => {}): Promise<[alice: Person, bob: Person]> {
  await server.app.stop();
  meanwhile();
  await server.open();
  return [await server.login("alice"), await server.login("bob")];
}

test("a message is found by words, parts of words and phrases, in any script, whatever their case and accents", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  await alice.say(chat, "Treffen im Café an der Straße");
  await alice.say(chat, "明日は東京都で会議");
  await bob.say(chat, "The last train leaves at 5");
  expect(await found(server, bob, "treffen")).toEqual(["Treffen im Café an der Straße"]);
  expect(await found(server, alice, "CAFE strasse")).toEqual(["Treffen im Café an der Straße"]);
  expect(await found(server, alice, "rain leav")).toEqual(["The last train leaves at 5"]);
  expect(await found(server, alice, '"train leaves"')).toEqual(["The last train leaves at 5"]);
  expect(await found(server, alice, '"leaves train"')).toEqual([]);
  for (const q of ["京", "東京", "東京都", "東京 会議"]) {
    expect(await found(server, bob, q)).toEqual(["明日は東京都で会議"]);
  }
  expect(await found(server, alice, "5")).toEqual(["The last train leaves at 5"]);
  expect(await found(server, alice, "a")).toEqual([
    "The last train leaves at 5",
    "Treffen im Café an der Straße",
  ]);
  expect(await found(server, alice, '"')).toEqual([]);
});

test("a result is the whole message and what stands around the first word, as it was written", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const sent = await alice.say(chat, `${"before ".repeat(50)}the <b>Needlé</b>\n here ${"😀".repeat(200)}`);
  await server.app.settled();
  const { body } = await search(bob, "needle");
  expect(body).toMatchObject({ next_cursor: null, encrypted_chats_skipped: 0 });
  expect(body.results).toHaveLength(1);
  const [{ message, snippet }] = body.results;
  expect(message).toEqual(sent);
  expect(snippet).toMatch(/^…(before )+the <b>Needlé<\/b> here 😀+…$/u);
  expect([...snippet].length).toBeLessThanOrEqual(122);
  await bob.say(chat, "short needle");
  await server.app.settled();
  expect((await search(bob, "short")).body.results[0].snippet).toBe("short needle");
});

test("filters: a chat, a sender, a type, ids between two messages", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const group = await alice.group("both", bob);
  const first = await alice.say(chat, "hello one");
  await bob.say(chat, "hello two");
  await bob.say(group, "hello three", { content_type: "file" });
  const last = await alice.say(group, "hello four");
  const hello = (more: object) => found(server, alice, "hello", more);
  expect(await hello({})).toEqual(["hello four", "hello three", "hello two", "hello one"]);
  expect(await hello({ chat_id: chat })).toEqual(["hello two", "hello one"]);
  expect(await hello({ sender_id: bob.id })).toEqual(["hello three", "hello two"]);
  expect(await hello({ content_type: "file" })).toEqual(["hello three"]);
  expect(await hello({ content_type: "text", chat_id: group })).toEqual(["hello four"]);
  expect(await hello({ after: first.id, before: last.id })).toEqual(["hello three", "hello two"]);
  expect(await hello({ sender_id: 999 })).toEqual([]);
});

test("what is asked wrongly is refused by name", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  await alice.say(chat, "hello");
  expect(await found(server, alice, "  hello  ")).toEqual(["hello"]);
  expectInvalid(await alice.get("/api/messages/search"), "query.q");
  expectInvalid(await search(alice, "   "), "query.q");
  expect((await search(alice, "😀".repeat(200))).status).toBe(200);
  expectInvalid(await search(alice, "a".repeat(201)), "query.q");
  expectInvalid(
    await search(alice, "hello", { content_type: "system", limit: 0 }),
    "query.content_type",
    "query.limit",
  );
  for (const cursor of ["x", "-1", "0", "1.5", "9".repeat(16), ""]) {
    expectInvalid(await search(alice, "hello", { cursor }), "query.cursor");
  }
  expectRefused(await alice.get("/api/messages/search?q=hello", { token: undefined }), 401, "unauthorized");
});

test("no sign in a query has a meaning of its own, so none makes an error", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const nasty = [
    "'; DROP TABLE texts; --",
    "NEAR(a b)",
    "NEAR",
    "a AND b OR NOT c",
    "text:a ^b c*",
    "-a",
    "*",
    "(((",
    "}{",
    "\\ % _",
    'say "hi',
    "a\u0001b",
    "\u{10ffff}",
    "a ".repeat(100).trim(),
    "'".repeat(200),
  ];
  for (const one of nasty) await alice.say(chat, `<${one}>`);
  for (const one of nasty) expect(await found(server, alice, one)).toContain(`<${one}>`);
  for (const raw of ["%ED%A0%80", "%FF%FE", "%22%22", "%22%01%22"]) {
    expect((await alice.get(`/api/messages/search?q=${raw}`)).status).toBe(200);
  }
});

test("by its cursor a search goes on where it was, while more is written and taken away", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const ids: number[] = [];
  for (let n = 0; n < 25; n++) ids.push((await alice.say(chat, `hello ${n}`)).id);
  await server.app.settled();
  const seen: number[] = [];
  let cursor: string | null = null;
  let pages = 0;
  do {
    const more: object = cursor === null ? { limit: 4 } : { limit: 4, cursor };
    const { body } = await search(bob, "hello", more);
    expect(body.results.length).toBeLessThanOrEqual(4);
    seen.push(...body.results.map((one: any) => one.message.id));
    cursor = body.next_cursor;
    pages += 1;
    await alice.say(chat, "hello from meanwhile");
    // One that has been seen, and one that has not.
    if (pages === 2) await alice.delete(`/api/messages/${seen[0]}`);
    if (pages === 3) await alice.delete(`/api/messages/${ids[2]}`);
    await server.app.settled();
  } while (cursor !== null);
  expect(seen).toEqual(ids.filter((_, n) => n !== 2).reverse());
  expect(pages).toBe(6);
});

test("very long messages come in shorter pages, and all of them come", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  for (let n = 0; n < 12; n++) await alice.say(chat, `${n} ${"long word ".repeat(1600)}`);
  await server.app.settled();
  const first = (await search(alice, "word")).body;
  expect(first.results.length).toBeLessThan(12);
  const second = (await search(alice, "word", { cursor: first.next_cursor })).body;
  const third = second.next_cursor
    ? (await search(alice, "word", { cursor: second.next_cursor })).body
    : { results: [] };
  const all = [first, second, third].flatMap((one) =>
    one.results.map((r: any) => parseInt(r.message.content)),
  );
  expect(all).toEqual([11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]);
});

test("what was edited is found by its new words only, what was deleted not at all", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const one = await alice.say(chat, "first draft");
  const two = await alice.say(chat, "second draft");
  expect(await found(server, alice, "draft")).toEqual(["second draft", "first draft"]);
  await alice.put(`/api/messages/${one.id}`, { content: "final version" });
  await alice.delete(`/api/messages/${two.id}`);
  expect(await found(server, alice, "draft")).toEqual([]);
  expect(await found(server, alice, "version")).toEqual(["final version"]);
});

test("what has been deleted is not shown even before the index has heard of it", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const one = await alice.say(chat, "gone soon");
  const two = await alice.say(chat, "changed soon");
  expect(await found(server, alice, "soon")).toEqual(["changed soon", "gone soon"]);
  // The same change without its event, so the index still has the old words.
  using db = new Database(join(server.dataDir, "db", "chat.sqlite"));
  db.run("UPDATE messages SET content = '', deleted_by = 1 WHERE id = ?", [one.id]);
  db.run("UPDATE messages SET content = 'changed now' WHERE id = ?", [two.id]);
  expect(await found(server, alice, "soon")).toEqual([]);
});

test("quotation marks, dashes, what is not seen and letters of all kinds make no difference", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const texts = [
    "I don’t know",
    "pages 10–12",
    "Auto\u00adbahn",
    "Straße",
    "Łódź, Øre, Ægir, ılık",
    "say „hi“",
  ];
  for (const one of texts) await alice.say(chat, one);
  const finds: [query: string, text: string][] = [
    ["don't", "I don’t know"],
    ["don´t", "I don’t know"],
    ["10-12", "pages 10–12"],
    ["10—12", "pages 10–12"],
    ["autobahn", "Auto\u00adbahn"],
    ["auto\u200bbahn", "Auto\u00adbahn"],
    ["STRAẞE", "Straße"],
    ["strasse", "Straße"],
    ["lodz ore aegir ilik", "Łódź, Øre, Ægir, ılık"],
    ["«hi»", "say „hi“"],
  ];
  for (const [query, text] of finds)
    expect([query, await found(server, bob, query)]).toEqual([query, [text]]);
  const { results } = (await search(bob, "autobahn")).body;
  expect(results[0].snippet).toBe("Auto\u00adbahn");
});

const named = (name: string, text = name) => new File([text], name, { type: "text/plain" });

test("messages are found by the names of their files, with words and without", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const { media } = (await alice.upload([named("Rechnung_März-2026.txt"), named("notes (final).txt")])).body;
  const ids = media.map((one: any) => one.id);
  const silent = await alice.say(chat, "", { media_ids: ids });
  const spoken = await alice.say(chat, `${"so ".repeat(100)}here it is`);
  await alice.upload([named("plan_v2.txt")], spoken);
  const snippets = async (q: string) => {
    await server.app.settled();
    return (await search(bob, q)).body.results.map((one: any) => [one.message.id, one.snippet]);
  };
  expect(await snippets("rechnung marz")).toEqual([[silent.id, "Rechnung_März-2026.txt notes (final).txt"]]);
  expect(await snippets("2026 final")).toHaveLength(1);
  // Some words in the text, some in the name, which stands behind it.
  const [[id, snippet]] = await snippets("v2");
  expect(id).toBe(spoken.id);
  expect(snippet).toMatch(/^…so .* here it is plan_v2\.txt$/);
  expect(await snippets("here plan")).toHaveLength(1);
  expect(await found(server, bob, "rechnung", { content_type: "file" })).toEqual([]);
});

test("the index hears of files that come later and of those that go", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const count = async (q: string) => (await found(server, bob, q)).length;
  const later = await alice.say(chat, "", { content_type: "file" });
  expect(await count("ledger")).toBe(0);
  const { media } = (await alice.upload([named("ledger.txt"), named("budget.txt")], later)).body;
  expect([await count("ledger"), await count("budget")]).toEqual([1, 1]);
  await alice.delete(`/api/media/${media[0].id}`);
  expect([await count("ledger"), await count("budget")]).toEqual([0, 1]);
  await alice.put(`/api/messages/${later.id}`, { content: "accounts" });
  expect([await count("accounts"), await count("budget accounts")]).toEqual([1, 1]);
  const [again, bob2] = await restart(server, () => rmSync(searchFile(server)));
  expect(await found(server, bob2, "budget")).toEqual(["accounts"]);
  await again.delete(`/api/messages/${later.id}`);
  for (const q of ["budget", "accounts"]) expect(await found(server, bob2, q)).toEqual([]);
});

test("what is encrypted is not searched, and how many chats that concerns is said", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const other = await alice.group("Tea", bob);
  await alice.say(chat, "look before");
  await alice.say(other, "look elsewhere");
  const sealed = await SealedChat.on(server, chat, alice, bob);
  const { media } = (await alice.upload([named("secret.txt")], undefined, { encrypted: "true" })).body;
  const message = await sealed.say(alice, { media_ids: [media[0].id], text: "look" });
  const deleted = await sealed.say(alice);
  const last = await sealed.seal(alice);
  await alice.call("DELETE", `/api/messages/${deleted.id}`, last);
  const all = async (person: Person) => {
    for (const part of [message.content.slice(0, 20), last.content.slice(0, 20), "secret", "file"])
      expect(await found(server, person, part)).toEqual([]);
    expect(await found(server, person, "look")).toEqual(["look elsewhere", "look before"]);
  };
  await all(bob);
  const skipped = async (person: Person, more: object = {}) =>
    (await search(person, "look", more)).body.encrypted_chats_skipped;
  expect(await skipped(bob)).toBe(1);
  expect([await skipped(bob, { chat_id: chat }), await skipped(bob, { chat_id: other })]).toEqual([1, 0]);
  // Nor when the index is made anew from the tables.
  const [, bob2] = await restart(server, () => rmSync(searchFile(server)));
  await all(bob2);
});

test("the index is not even told of what is encrypted", () => {
  const row = { contentType: "text", content: "eyJhbGciOiJBMjU2S1ciLCJlbmMi", deletedBy: null } as MessageRow;
  expect(toEntry({ ...row, encrypted: false }, []).text).toBe(row.content);
  expect(toEntry({ ...row, encrypted: true }, []).text).toBeNull();
});

test("what the chat says itself is not searched", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const group = await alice.group("penguins", bob);
  await alice.say(group, "I like penguins");
  expect(await found(server, alice, "penguins")).toEqual(["I like penguins"]);
});

test("who is not in a chat finds nothing of it, who was removed nothing any more, who comes back everything again", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const carol = await server.register("carol");
  const group = await alice.group("secrets", bob);
  await alice.say(group, "the treasure is here");
  expect(await found(server, bob, "treasure")).toHaveLength(1);
  expect(await found(server, carol, "treasure")).toEqual([]);
  expectRefused(await search(carol, "treasure", { chat_id: group }), 404, "not_found");
  expectRefused(await search(carol, "treasure", { chat_id: 999_999 }), 404, "not_found");

  await alice.delete(`/api/chats/${group}/members/${bob.id}`);
  await alice.say(group, "another treasure");
  expect(await found(server, bob, "treasure")).toEqual([]);
  expectRefused(await search(bob, "treasure", { chat_id: group }), 404, "not_found");

  for (const one of [bob, carol]) {
    await alice.post(`/api/chats/${group}/members`, { user_id: one.id });
    expect(await found(server, one, "treasure")).toEqual(["another treasure", "the treasure is here"]);
  }
});

test("who is removed, or signed out, while the index is asked is not shown what it found", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const [kept, lost] = [await alice.group("kept", bob), await alice.group("lost", bob)];
  const ids = [await alice.say(lost, "hello lost"), await alice.say(kept, "hello kept")].map((one) => one.id);
  await server.app.stop();
  const db = await sqlite()(join(server.dataDir, "db"));
  let meanwhile: (outside: Database) => unknown = () => {};
  const index = {
    async find() {
      using outside = new Database(join(server.dataDir, "db", "chat.sqlite"));
      meanwhile(outside);
      return { ids, next: null };
    },
    excerpts: async (texts) => [...texts],
  } as Partial<SearchIndex> as SearchIndex;
  const bobs = async (more: object = {}) => {
    const actor = { userId: bob.id, sessionId: 2 };
    const { results } = await searchMessages(kitOf(db, index), actor, { q: "hello", limit: 9, ...more });
    return results.map((one) => one.message.content);
  };
  expect(await bobs()).toEqual(["hello lost", "hello kept"]);
  meanwhile = (outside) =>
    outside.run("DELETE FROM members WHERE chat_id = ? AND user_id = ?", [lost, bob.id]);
  expect(await bobs()).toEqual(["hello kept"]);
  meanwhile = (outside) => outside.run("DELETE FROM sessions WHERE user_id = ?", [bob.id]);
  expect(await refusal(() => bobs())).toMatchObject({ code: "unauthorized" });
  await db.close();
  await server.open();
});

test("a page ends where there was no time for more of what is shown, and the next one goes on there", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const ids: number[] = [];
  for (const n of [2, 1, 0]) ids.unshift((await alice.say(chat, `hello ${n}`)).id);
  await server.app.stop();
  const db = await sqlite()(join(server.dataDir, "db"));
  const index = {
    find: async ({ before }) => ({ ids: ids.filter((id) => id < before), next: null }),
    excerpts: async (texts) => texts.slice(0, 2),
  } as Partial<SearchIndex> as SearchIndex;
  const kit = kitOf(db, index);
  const actor = { userId: alice.id, sessionId: alice.id };
  const first = await searchMessages(kit, actor, { q: "hello", limit: 9 });
  expect(first.results.map((one) => one.message.content)).toEqual(["hello 0", "hello 1"]);
  const second = await searchMessages(kit, actor, { q: "hello", limit: 9, cursor: first.next_cursor! });
  expect(second).toMatchObject({ results: [{ snippet: "hello 2" }], next_cursor: null });
  await db.close();
  await server.open();
});

test("people's searches take turns, and who has hung up has none", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  await server.app.stop();
  const db = await sqlite()(join(server.dataDir, "db"));
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const index = {
    find({ words }) {
      asked.push(words[0]!.text);
      return new Promise((resolve) => answers.push(() => resolve({ ids: [], next: null })));
    },
  } as Partial<SearchIndex> as SearchIndex;
  const kit = kitOf(db, index);
  const hungUp = new AbortController();
  const ask = (userId: number, q: string, gone?: AbortSignal) =>
    searchMessages(kit, { userId, sessionId: userId }, { q, limit: 9 }, gone);
  const all = [ask(alice.id, "one"), ask(alice.id, "two"), ask(alice.id, "three"), ask(bob.id, "four")];
  const left = refusal(() => ask(alice.id, "never", hungUp.signal));
  all.push(ask(alice.id, "five"));
  hungUp.abort();
  await left;
  for (let n = 1; n <= all.length; n++) {
    await until(() => answers.length > 0);
    answers.shift()!();
  }
  for (const { results } of await Promise.all(all)) expect(results).toEqual([]);
  expect(asked).toEqual(["one", "four", "two", "three", "five"]);
  await db.close();
  await server.open();
});

test("who is signed out is refused", async () => {
  const { server, alice } = await pair();
  await using _ = server;
  expect((await search(alice, "hello")).status).toBe(200);
  await alice.post("/api/auth/logout", {});
  expectRefused(await search(alice, "hello"), 401, "unauthorized");
});

test("after a restart what was said before is found, and what is said then", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  await alice.say(chat, "hello before");
  await server.app.settled();
  const [again] = await restart(server);
  expect(await found(server, again, "hello")).toEqual(["hello before"]);
  await again.say(chat, "hello after");
  expect(await found(server, again, "hello")).toEqual(["hello after", "hello before"]);
});

const searchFile = (server: TestServer) => join(server.dataDir, "db", "search.sqlite");
const losses: [what: string, happens: (file: string) => void][] = [
  ["lost", (file) => rmSync(file)],
  ["damaged", (file) => writeFileSync(file, "no index ".repeat(1000))],
];

test.each(losses)("an index that is %s is made anew from the messages", async (_, happens) => {
  const { server, alice, bob, chat } = await pair();
  await using __ = server;
  await alice.say(chat, "hello one");
  const gone = await alice.say(chat, "hello two");
  await bob.say(chat, "hello three");
  await alice.delete(`/api/messages/${gone.id}`);
  await server.app.settled();
  const [again] = await restart(server, () => happens(searchFile(server)));
  expect(await found(server, again, "hello")).toEqual(["hello three", "hello one"]);
  await again.say(chat, "hello four");
  expect(await found(server, again, "hello")).toEqual(["hello four", "hello three", "hello one"]);
});

test("an older index catches up with what happened since, one of another database is made anew", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const first = await alice.say(chat, "hello one");
  await server.app.settled();
  let copy: Buffer;
  const [alice2] = await restart(server, () => (copy = readFileSync(searchFile(server))));
  await alice2.put(`/api/messages/${first.id}`, { content: "goodbye one" });
  await alice2.say(chat, "hello two");
  await server.app.settled();
  const [alice3] = await restart(server, () => writeFileSync(searchFile(server), copy));
  expect(await found(server, alice3, "hello")).toEqual(["hello two"]);
  expect(await found(server, alice3, "goodbye")).toEqual(["goodbye one"]);
  // As after a restored backup: the index knows a future that never came.
  const [alice4] = await restart(server, () => {
    using db = new Database(join(server.dataDir, "db", "chat.sqlite"));
    db.run("DELETE FROM journal_state WHERE key = 'epoch'");
    db.run("UPDATE messages SET content = 'hello other' WHERE id = ?", [first.id]);
  });
  expect(await found(server, alice4, "hello")).toEqual(["hello two", "hello other"]);
  expect(await found(server, alice4, "goodbye")).toEqual([]);
  expect(bob.id).toBeGreaterThan(0);
});

test("an older index catches up with much that was said since, long as it may be", async () => {
  const { server, chat } = await pair();
  await using _ = server;
  await server.app.settled();
  let copy: Buffer;
  const [again] = await restart(server, () => (copy = readFileSync(searchFile(server))));
  for (let n = 0; n < 40; n++) await again.say(chat, `number${n}. ${"long word ".repeat(1600)}`);
  await server.app.settled();
  const [last] = await restart(server, () => writeFileSync(searchFile(server), copy));
  for (const n of [0, 15, 16, 17, 32, 33, 39])
    expect(await found(server, last, `number${n}.`)).toHaveLength(1);
});

test("long messages are put into the index a few at a time, so that searches come between them", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const rows: JournalRow[] = [];
  for (let n = 1; n <= 40; n++) {
    const { id } = await alice.say(chat, "long word ".repeat(1600));
    rows.push({ pos: n, ref: id } as JournalRow);
  }
  await server.app.stop();
  const db = await sqlite()(join(server.dataDir, "db"));
  const before = { epoch: "e", position: 0, filledTo: null };
  const journal = {
    epoch: "e",
    hasForgotten: () => false,
    newest: async () => 40,
  } as Partial<Journal> as Journal;
  const puts: { ids: number[]; characters: number; position: number }[] = [];
  const index = {
    state: async () => before,
    async put(entries, { position }) {
      const characters = entries.reduce((sum, one) => sum + one.text!.length, 0);
      puts.push({ ids: entries.map((one) => one.id), characters, position });
    },
  } as Partial<SearchIndex> as SearchIndex;
  const follower = new SearchFollower({ db, journal, searchIndex: index, clock: new ManualClock() });
  await follower.handle(rows, 41, new AbortController().signal);
  expect(puts.flatMap((one) => one.ids)).toEqual(rows.map((row) => row.ref));
  for (const { characters } of puts) expect(characters).toBeLessThan(300_000);
  // Only the last one says that all of them are there.
  expect(puts.map((one) => one.position)).toEqual([...puts.slice(1).map(() => 0), 41]);
  await db.close();
  await server.open();
});

test("a server whose index cannot be opened is a chat without search", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  await alice.say(chat, "hello");
  const [again] = await restart(server, () => {
    rmSync(searchFile(server));
    mkdirSync(join(searchFile(server), "in the way"), { recursive: true });
  });
  expect((await again.say(chat, "hello again")).seq).toBe(2);
  const refused = await search(again, "hello");
  expectRefused(refused, 503, "overloaded");
  expect(refused.body.retry_after).toBe(5);
  // It is tried again each second.
  rmSync(searchFile(server), { recursive: true });
  expect(await found(server, again, "hello")).toEqual(["hello again", "hello"]);
});

test("deleted text is in none of the files of a stopped server", async () => {
  const { server, alice, chat } = await pair();
  await using _ = server;
  const one = await alice.say(chat, "xylophone zyzzyva");
  await alice.say(chat, "something else");
  await restart(server);
  const bytes = (only = "") =>
    readdirSync(join(server.dataDir, "db"))
      .filter((name) => name.startsWith(only))
      .map((name) => readFileSync(join(server.dataDir, "db", name), "utf8"))
      .join();
  expect(bytes()).toContain("zyzzyva");
  const again = await server.login("alice");
  await again.delete(`/api/messages/${one.id}`);
  await server.app.settled();
  await restart(server);
  expect(bytes()).toContain("something");
  for (const gone of ["xylophone", "zyzzyva"]) expect([gone, bytes().includes(gone)]).toEqual([gone, false]);
  // Of the index not even the parts that it was found by. (Elsewhere random text may have them.)
  for (const part of ["xyl", "zyz"]) expect([part, bytes("search").includes(part)]).toEqual([part, false]);
});
