import { expect, test } from "bun:test";

import { holding, opened, sees } from "../support/client.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("of whom one begins to talk with it is known whether they are there", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  await using his = await opened(server.url, bob);
  await using hers = await opened(server.url, alice);
  await Promise.all([his.live(), hers.live()]);
  const { id } = await hers.call("POST /api/chats/direct", { body: { user_id: bob.id } });
  await hers.chat(id).send("hello");
  await sees(() => his.chat(id).info.value?.peer?.is_online === true);
});

test("what is told while it is asked who is there is newer than the answer", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await bob.say(chatId, "hello");
  const { fetch, reached, release } = holding("/api/users?ids");
  const heard: string[] = [];
  await using hers = await opened(server.url, alice, { environment: { fetch } });
  const peer = () => hers.chat(chatId).info.value!.peer!;
  await hers.live();
  await reached;
  await using his = await opened(server.url, bob);
  await his.live();
  await sees(() => peer().is_online === true);
  const stop = hers.chat(chatId).info.subscribe((now) => heard.push(String(now?.peer?.is_online)));
  release();
  // The answer is here before that of a later question.
  await hers.call("GET /api/users", { query: { ids: [bob.id] } });
  stop();
  expect([peer().is_online, [...new Set(heard)]]).toEqual([true, ["true"]]);
});

test("whoever is taken out of a chat that they look at, and put in again, looks at it", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const id = await alice.group("Tea", bob);
  await using hers = await opened(server.url, alice);
  await using his = await opened(server.url, bob);
  await Promise.all([his.live(), hers.live()]);
  const chat = his.chat(id);
  chat.look();
  await sees(() => chat.online.value.size === 2);
  hers.chat(id).type();
  await sees(() => chat.typing.value.length === 1);
  await alice.delete(`/api/chats/${id}/members/${bob.id}`);
  await sees(() => chat.info.value === undefined);
  expect([chat.online.value.size, chat.typing.value.length]).toEqual([0, 0]);
  await alice.post(`/api/chats/${id}/members`, { user_id: bob.id });
  await sees(() => chat.online.value.size === 2);
});
