/** What happens while everything is loaded. */
import { expect, test } from "bun:test";

import type { Conversation } from "../../src/client/sdk/index.ts";
import { fetchBy, holding, MortalStore, opened, recording, restorable, sees } from "../support/client.ts";
import { Line } from "../support/line.ts";
import type { Person } from "../support/person.ts";
import { shared } from "../support/shared.ts";
import { until } from "../support/until.ts";

const server = await shared();
/** Comes back as soon as may be. */
const eager = { random: () => 0 };

async function pair(): Promise<[alice: Person, bob: Person, chatId: number]> {
  const [alice, bob] = await server.people("alice", "bob");
  return [alice, bob, await alice.directWith(bob)];
}

async function arrives(person: Person, chatId: number, content: string): Promise<void> {
  await until(async () => (await person.history(chatId)).some((one) => one.content === content));
}

/**
 * Alice was killed before she heard that "sent" had arrived, with a reply to it behind that, and has to load everything. When that has
 * come to the second of the chats that she looks at, she does something. What Bob sees in the end.
 */
async function whileLoading(does: (chat: Conversation, key: string, reply: string) => Promise<void>) {
  const [alice, bob, chatId] = await pair();
  const [carol] = await server.people("carol");
  const other = await alice.directWith(carol);
  await carol.say(other, "looked at as well");
  using line = await Line.to(server.url);
  const store = new MortalStore();
  await using before = await opened(line.url, alice, { store, environment: eager });
  await before.live();
  for (const id of [chatId, other]) await before.chat(id).open();
  line.loseAnswers();
  const key = await before.chat(chatId).send("sent");
  await arrives(bob, chatId, "sent");
  await bob.say(chatId, "behind it");
  const reply = await before.chat(chatId).send("a reply", { replyTo: key });
  const survivor = await store.kill();
  line.cut();
  await survivor.write([], { from: (await survivor.read()).cursor, to: "too-old" });

  const { fetch, reached, release } = holding(`/api/chats/${other}/members`);
  const environment = { ...eager, fetch };
  await using after = await opened(server.url, undefined, { store: survivor, environment });
  for (const id of [chatId, other]) await after.chat(id).open();
  await reached;
  await does(after.chat(chatId), key, reply);
  release();
  await after.live();
  await after.drained();
  return (await bob.history(chatId)).filter((one) => !one.is_deleted).map((one) => one.content);
}

test("an edit, a deletion and what is taken back while everything is loaded are meant", async () => {
  expect(await whileLoading((chat, key) => chat.edit(key, "edited"))).toEqual([
    "edited",
    "behind it",
    "a reply",
  ]);
  expect(await whileLoading((chat, key) => chat.remove(key))).toEqual(["behind it", "a reply"]);
  expect(await whileLoading((chat, _, reply) => chat.remove(reply))).toEqual(["sent", "behind it"]);
});

test("what is asked for before it is known that the server was restored is not done before it is asked about", async () => {
  const [alice, bob, chatId] = await pair();
  const own = await alice.say(chatId, "mine");
  using line = await Line.to(server.url);
  const { WebSocket, restore } = restorable();
  const store = new MortalStore();
  const before = await opened(line.url, alice, { store, environment: eager });
  await before.live();
  await before.chat(chatId).open();
  const survivor = await store.kill();
  await before.close();
  restore();
  const { fetch, reached, release } = holding("/api/auth/me");
  const environment = { ...eager, WebSocket, fetch };
  line.cut();
  await using after = await opened(line.url, undefined, { store: survivor, environment });
  await sees(() => after.connection.value === "offline");
  line.mend();
  after.wake();
  await reached;
  await after.chat(chatId).edit(own.id, "edited");
  await after.chat(chatId).send("a reply", { replyTo: own.id });
  release();
  await after.live();
  await after.drained();
  expect(after.outbox.value.map(({ kind, state }) => `${kind} ${state}`)).toEqual([
    "edit failed",
    "send asks",
  ]);
  expect((await bob.history(chatId)).map((one) => one.content)).toEqual(["mine"]);
});

test("a load whose line has died neither goes on nor ends the next line", async () => {
  const [alice] = await pair();
  using line = await Line.to(server.url);
  const refused = Promise.withResolvers<Response>();
  let loads = 0;
  const fetch = fetchBy((input) => {
    if (!String(input).endsWith("/api/auth/me")) return undefined;
    loads += 1;
    return loads === 1 ? refused.promise : undefined;
  });
  const { WebSocket, opened: sockets } = recording();
  await using hers = await opened(line.url, alice, { environment: { ...eager, fetch, WebSocket } });
  await until(() => loads === 1);
  line.cut();
  await sees(() => hers.connection.value === "offline");
  line.mend();
  hers.wake();
  await hers.live();
  const before = [loads, sockets.length];
  const problem = { type: "about:blank", title: "Gone", status: 404, code: "not_found", detail: "Gone." };
  const headers = { "Content-Type": "application/problem+json" };
  refused.resolve(new Response(JSON.stringify(problem), { status: 404, headers }));
  // Whatever follows from it comes before the answer to this.
  await hers.call("GET /api/auth/me", {});
  expect(hers.connection.value).toBe("live");
  expect([loads - 1, sockets.length]).toEqual(before);
});

test("what is read before the chat is here is read", async () => {
  const [alice, bob, chatId] = await pair();
  const { id } = await bob.say(chatId, "hello");
  const { fetch, reached, release } = holding("/api/auth/me");
  await using hers = await opened(server.url, alice, { environment: { fetch } });
  await reached;
  await hers.chat(chatId).read(id);
  release();
  await hers.live();
  await hers.drained();
  expect(hers.chat(chatId).info.value!.unread_count).toBe(0);
});
