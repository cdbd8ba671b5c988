import { expect, test } from "bun:test";

import { loadWhole, opened, sameAsServer, sees, shown, texts } from "../support/client.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("two people talk, and both see what the server has", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chatId = await alice.directWith(bob);
  await using hers = await opened(server.url, alice);
  await using his = await opened(server.url, bob);
  await Promise.all([hers.live(), his.live()]);
  await hers.chat(chatId).open();
  await his.chat(chatId).open();
  const key = await hers.chat(chatId).send("Hello Bob");
  await sees(() => texts(his, chatId).includes("Hello Bob"));
  await sees(() => shown(hers, chatId).at(-1)?.state === "delivered");
  const sent = shown(hers, chatId).at(-1)!;
  expect(sent.key).toBe(key);
  await his.chat(chatId).read();
  await sees(() => shown(hers, chatId).at(-1)?.state === "read");
  const reply = await his.chat(chatId).send("Hello Alice", { replyTo: sent.message.id });
  await sees(() => shown(hers, chatId).at(-1)?.key !== key);
  expect(reply).toBeString();
  await hers.chat(chatId).edit(sent.message.id, "Hello, dear Bob");
  await sees(() => shown(his, chatId).at(-1)?.message.reply_to?.content === "Hello, dear Bob");
  await hers.chat(chatId).react(shown(hers, chatId).at(-1)!.message.id, "👍");
  await sees(() => shown(his, chatId).at(-1)?.message.reactions.length === 1);
  await Promise.all([hers.drained(), his.drained()]);
  await sees(() => hers.counts.value.unread_messages === 1);
  await hers.chat(chatId).read();
  await hers.drained();
  await loadWhole(hers, chatId);
  await sameAsServer(hers, alice);
  await sameAsServer(his, bob);
});

test("where there is no WebSocket it says so, instead of hearing nothing", async () => {
  const [alice] = await server.people("alice");
  const environment = { WebSocket: undefined as never };
  await expect(opened(server.url, alice, { environment })).rejects.toThrow("WebSocket");
});
