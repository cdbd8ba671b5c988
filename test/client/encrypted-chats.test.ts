/** Encrypted chats by the client library, over the real server. */
import { expect, setDefaultTimeout, test } from "bun:test";

import type { Conversation, Item } from "../../src/client/sdk/index.ts";
import { sees } from "../support/client.ts";
import { lookedAt, withKeys } from "../support/e2ee/session.ts";
import { shared } from "../support/shared.ts";

setDefaultTimeout(60_000);

const server = await shared();

const shownIn = (chat: Conversation) =>
  chat.timeline.value.flatMap((one: Item) => (one.kind === "message" && !one.message.system ? [one] : []));
const textsIn = (chat: Conversation) => shownIn(chat).map((one) => one.message.content);
const shows = (chat: Conversation, ...texts: string[]) =>
  sees(() => JSON.stringify(textsIn(chat)) === JSON.stringify(texts)).catch(() => {
    const seen = shownIn(chat).map((one) => [one.message.content, one.encryption, one.entry?.refusal]);
    throw new Error(`${JSON.stringify(texts)} was never shown, but ${JSON.stringify(seen)}`);
  });
const problemsIn = (chat: Conversation) => shownIn(chat).flatMap((one) => one.encryption?.problems ?? []);

test("two people turn encryption on, and write, answer, edit and delete there", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const id = await alice.directWith(bob);
  await alice.say(id, "in the clear");
  await using hers = (await withKeys(server.url, alice)).session;
  await using his = (await withKeys(server.url, bob)).session;
  const her = hers.chat(id);
  const him = his.chat(id);
  await Promise.all([her.open(), him.open()]);
  await her.encryption.turnOn(await her.encryption.preview());
  await sees(() => him.info.value?.encryption.on === true);
  await her.send("hello");
  await shows(him, "in the clear", "hello");
  const [, hello] = shownIn(him);
  await him.send("hello yourself", { replyTo: hello!.message.id });
  await shows(her, "in the clear", "hello", "hello yourself");
  expect(shownIn(her)[2]!.message.reply_to?.content).toBe("hello");
  await her.edit(hello!.message.id, "hello, dear");
  await shows(him, "in the clear", "hello, dear", "hello yourself");
  await him.remove(shownIn(him)[2]!.message.id);
  await shows(her, "in the clear", "hello, dear", "");
  await her.send("last");
  await shows(him, "in the clear", "hello, dear", "", "last");
  expect([...problemsIn(her), ...problemsIn(him)]).toEqual([]);
  const stored = await alice.history(id);
  expect(JSON.stringify(stored)).not.toContain("dear");
  await using another = await lookedAt(server.url, bob);
  expect(another.encryption.state.value).toBe("locked");
});
