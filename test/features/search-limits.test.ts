/** What one person's searches may take of what others need for theirs. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import type { Config } from "../../src/config.ts";
import type { Person, Reply } from "../support/person.ts";
import { expectRefused } from "../support/refusal.ts";
import { TestServer } from "../support/server.ts";

const searchesPerUser = 3;
let server: TestServer;
let alice: Person;
let bob: Person;
let chat: number;

beforeAll(async () => {
  server = await TestServer.start({ config: { searchesPerUser } });
  [alice, bob] = await server.people("alice", "bob");
  chat = await alice.group("talk", bob);
  for (let n = 0; n < 20; n++) await alice.say(chat, `hello ${n}`);
  await server.app.settled();
});
afterAll(() => server[Symbol.asyncDispose]());

const kinds: [what: string, path: () => string][] = [
  ["for messages", () => "/api/messages/search?q=hello"],
  ["for people", () => "/api/users/search?q=alice"],
  ["for files of a kind", () => `/api/chats/${chat}/media?media_type=image`],
];

test.each(kinds)(
  "who searches %s very often at once is told to wait, and nobody else is",
  async (_, path) => {
    const many = Array.from({ length: 100 }, () => alice.get(path()));
    const others = Array.from({ length: searchesPerUser + 1 }, () => bob.get(path()));
    for (const { status } of await Promise.all(others)) expect(status).toBe(200);
    const replies = await Promise.all(many);
    const refused = replies.filter((one) => one.status !== 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThanOrEqual(100 - searchesPerUser - 1);
    for (const one of refused) {
      expectRefused(one, 429, "rate_limited");
      expect(one.body.retry_after).toBe(1);
    }
    // All places have been given back.
    for (let n = 0; n < 5; n++) expect((await alice.get(path())).status).toBe(200);
  },
);

test.each(kinds)("where too many people search %s at once, some are told to come back", async (_, path) => {
  await using small = await TestServer.start({ config: { searchesWaiting: 1 } });
  const people: Person[] = [];
  for (let n = 0; n < 8; n++) people.push(await small.register(`person${n}`));
  const group = await people[0]!.group("all", ...people.slice(1));
  const at = path().replace(`/${chat}/`, `/${group}/`);
  const replies = await Promise.all(people.map((one) => one.get(at)));
  const refused = replies.filter((one) => one.status !== 200);
  expect(refused.length).toBeGreaterThan(0);
  for (const one of refused) expectRefused(one, 503, "overloaded");
  for (const one of people) expect((await one.get(at)).status).toBe(200);
});

const narrow: [what: string, config: Partial<Config>][] = [
  ["into few messages", { searchRows: 3 }],
  ["for no time", { searchMilliseconds: 0 }],
];

test.each(narrow)("who may look %s at a time comes to all results by the cursor", async (_, config) => {
  await using server = await TestServer.start({ config });
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  const ids: number[] = [];
  for (let n = 0; n < 10; n++) {
    if (n % 5 === 0) ids.push((await alice.say(chat, `hello ${n}`)).id);
    // It has all parts of the word, but not the word.
    await alice.say(chat, "hell yellow");
    await bob.say(chat, "hell ello");
  }
  await server.app.settled();
  const pages: Reply["body"][] = [];
  let cursor: string | null = null;
  do {
    const { status, body }: Reply = await bob.get(
      `/api/messages/search?q=hello${cursor === null ? "" : `&cursor=${cursor}`}`,
    );
    expect(status).toBe(200);
    pages.push(body);
    cursor = body.next_cursor;
  } while (cursor !== null);
  expect(pages.flatMap((one) => one.results.map((two: any) => two.message.id))).toEqual(ids.reverse());
  expect(pages[0].results).toEqual([]);
});
