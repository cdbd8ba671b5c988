import { expect, test } from "bun:test";

import { pair } from "../support/pair.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";

test("a reply quotes what it answers", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const socket = await alice.connect();
  const question = await alice.say(chat, "lunch?");
  const answer = await bob.say(chat, "yes", { reply_to_id: question.id });
  expect(answer).toMatchObject({
    reply_to_id: question.id,
    reply_to: {
      id: question.id,
      sender_id: alice.id,
      sender_username: "alice",
      content: "lunch?",
      is_deleted: false,
    },
  });
  expect((await alice.history(chat))[1]).toEqual(answer);
  expect((await socket.next("new_message", (one) => one["message"].id === answer.id))["message"]).toEqual(
    answer,
  );
});

test("the quote follows what becomes of the message", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const question = await alice.say(chat, "lunch at 12?");
  await bob.say(chat, "yes", { reply_to_id: question.id });
  const quote = async () => (await bob.history(chat))[1].reply_to;
  await alice.put(`/api/messages/${question.id}`, { content: "lunch at 1?" });
  expect(await quote()).toMatchObject({ content: "lunch at 1?", is_deleted: false });
  await alice.delete(`/api/messages/${question.id}`);
  expect(await quote()).toMatchObject({ id: question.id, content: "", is_deleted: true });
  const late = await bob.say(chat, "what was it?", { reply_to_id: question.id });
  expect(late.reply_to).toMatchObject({ content: "", is_deleted: true });
});

test("a reply answers a message of the same chat", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const elsewhere = await alice.say(await alice.group("Notes"), "a secret");
  const path = `/api/messages/${chat}`;
  for (const reply_to_id of [elsewhere.id, 999, 0, -1, 1.5, "1", 2 ** 53]) {
    expectInvalid(await bob.post(path, { content: "what?", reply_to_id }), "reply_to_id");
  }
  expect(await bob.history(chat)).toEqual([]);
  const plain = await bob.post(path, { content: "what?", reply_to_id: null });
  expect(plain.body).toMatchObject({ seq: 1, reply_to_id: null, reply_to: null });
});

test("what the chat itself said can be replied to", async () => {
  const { server, alice, bob } = await pair();
  await using _ = server;
  const chat = await alice.group("Team", bob);
  const [created] = await bob.history(chat);
  const reply = await bob.say(chat, "nice", { reply_to_id: created.id });
  expect(reply.reply_to.content).toBe("alice created “Team”");
  await alice.delete(`/api/chats/${chat}/members/${bob.id}`);
  expectRefused(await bob.get(`/api/messages/${chat}`), 404, "not_found");
});
