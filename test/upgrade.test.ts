/** Data that an executable has written, under these sources: everybody finds it as it was. */
import { afterAll, beforeAll, expect, test } from "bun:test";

import { withoutNothing } from "./support/data.ts";
import { kept as onDisk } from "./support/kept.ts";
import { mentions, unread } from "./support/notified.ts";
import type { Person } from "./support/person.ts";
import { briefly, lasting, positionOf, replayed } from "./support/replayed.ts";
import { seeAgain } from "./support/seen.ts";
import type { TestServer } from "./support/server.ts";
import type { Frame } from "./support/socket.ts";
import { kept, seen, startUpgraded, told } from "./support/upgraded.ts";

let server: TestServer;
let people: Record<string, Person>;

beforeAll(async () => {
  ({ server, people } = await startUpgraded());
});
afterAll(() => server[Symbol.asyncDispose]());

const person = (name: string) => people[name]!;

// First of all, before anybody does anything

const lookers = [...new Set(seen.flatMap((one) => one.by))];

/** The one file that nobody had looked at when the server stopped. */
const pending = JSON.parse(/\{[^{}]*"state":"pending"[^{}]*\}/.exec(JSON.stringify(seen))![0]);

test.each(lookers)("%s sees what they saw, in each chat, list, search and file", async (name) => {
  const ready = (await person("alice").get(`${pending.url}/info`)).body;
  expect(ready.state).toBe("ready");
  const mine = seen.filter(({ by, path }) => by.includes(name) && path !== pending.url);
  expect(mine.length).toBeGreaterThan(20);
  for (const { path, found } of mine) {
    expect([path, await seeAgain(person(name), path)]).toEqual([path, afterStop(found, ready)]);
  }
});

/**
 * What rightly changes with a stop: nobody is here, and what waited to be looked at is looked at by the next start. And
 * what changes with the release: who had muted a chat is told only of mentions there.
 */
function afterStop(found: unknown, ready: unknown): unknown {
  const gone = { is_online: false, last_seen: new Date(kept.stopped.at).toISOString() };
  const text = JSON.stringify(found, (_, value) => {
    if (value?.state === "pending") return withoutNothing(ready);
    const isOwnMember = value?.user_id !== undefined && value.is_muted !== undefined;
    const notify = isOwnMember && { notify: value.is_muted ? "mentions" : "all" };
    const left = value?.is_online === true && gone;
    return left || notify ? { ...value, ...left, ...notify } : value;
  });
  return withNewFields(JSON.parse(text));
}

/** What chats and messages say since: those of then are plain. */
function withNewFields<Found>(found: Found): Found {
  const text = JSON.stringify(found, (_, value) => {
    if (value?.chat_type !== undefined) return { ...value, encryption: { on: false, epoch: 0 } };
    return value?.mentions_all === undefined ? value : { ...value, encrypted: false };
  });
  return JSON.parse(text);
}

test("what the server was cut off in is finished", async () => {
  // Everybody was called, and she had not been told yet.
  const [called] = await mentions(person("gina"));
  expect(called.message.mentions_all).toBe(true);
  expect((await unread(person("gina")))[0].data.message_id).toBe(called.message_id);
  const news = (await replayed(person("alice"), kept.cursors["alice"]!)).told.filter(isNews);
  expect(news.find((one) => one.type === "message_status")?.["chat_id"]).toBe(called.chat_id);
  // One file was still to be looked at; another one is looked at again, because only the first of its two messages had
  // been told what it is. To tell both costs nobody anything: the event brings the message as it is.
  const files = news.filter((one) => one.type === "message_updated").flatMap((one) => one["message"].media);
  expect(files.map((one) => [one.original_filename, one.state]).toSorted()).toEqual([
    ["again.png", "ready"],
    ["dot.png", "ready"],
    [pending.original_filename, "ready"],
  ]);
  // One that nothing names was to be removed, and another one was just being made.
  const { media, thumbnails, strays } = onDisk(server.dataDir);
  expect([...media, ...thumbnails].filter((one) => one.startsWith("000000"))).toEqual([]);
  expect(strays).toEqual([]);
});

/** It came after the start. */
function isNews(frame: Frame): boolean {
  return positionOf(frame) > kept.stopped.position;
}

test.each(told)("$name comes back with the cursor of then, and is told what happened since", async (then) => {
  const now = await replayed(person(then.name), kept.cursors[then.name]!);
  const { name: _, ...expected } = then;
  expect(briefly(now, kept.stopped.position)).toEqual(withNewFields(expected));
  for (const { message } of now.told) {
    if (!message) continue;
    const { body } = await person(then.name).get(`/api/chats/${message.chat_id}/messages/${message.id}`);
    expect(lasting(message)).toEqual(lasting(body));
  }
});
