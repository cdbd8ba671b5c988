import { expect, test } from "bun:test";

import { note, picture } from "../support/files.ts";
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

test("the quote of files says of what kind the first is and how it is called, as long as it is there", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const [{ id: text }, { id: photo }] = (await alice.upload([note("hi"), picture("me.png")])).body.media;
  const asked = await alice.say(chat, "", { media_ids: [photo, text], content_type: "image" });
  const about = { media_type: "image", original_filename: "me.png", content_type: "image" };
  await server.settled();
  const socket = await alice.connect();
  const { cursor } = socket;
  const answer = await bob.say(chat, "nice", { reply_to_id: asked.id });
  expect(answer.reply_to).toEqual({
    id: asked.id,
    sender_id: alice.id,
    sender_username: "alice",
    content: "",
    is_deleted: false,
    ...about,
  });
  expect((await socket.next("new_message"))["message"]).toEqual(answer);
  const again = await alice.connect({ since: cursor });
  expect((await again.next("new_message"))["message"].reply_to).toEqual(answer.reply_to);
  await server.settled();
  const quotes = async () => [
    (await alice.history(chat)).at(-1).reply_to,
    (await bob.get("/api/chats")).body.chats[0].last_message.reply_to,
    (await bob.get("/api/messages/search?q=nice")).body.results[0].message.reply_to,
  ];
  expect(await quotes()).toEqual(Array(3).fill(answer.reply_to));

  await alice.delete(`/api/media/${photo}`);
  const second = { ...answer.reply_to, media_type: "document", original_filename: "note.txt" };
  expect(await quotes()).toEqual(Array(3).fill(second));
  await alice.delete(`/api/messages/${asked.id}`);
  const gone = { ...answer.reply_to, is_deleted: true, media_type: null, original_filename: null };
  expect(await quotes()).toEqual(Array(3).fill(gone));

  // Of a reply to a file that has files itself, each says its own.
  const sent = (await bob.upload([note("x", "x.txt")])).body.media;
  const own = await bob.say(chat, "", { media_ids: [sent[0].id], content_type: "file" });
  const [back] = (await alice.upload([picture()])).body.media;
  const reply = await alice.say(chat, "and here", { media_ids: [back.id], reply_to_id: own.id });
  const fileQuote = { media_type: "document", original_filename: "x.txt", content_type: "file" };
  expect(reply).toMatchObject({ media: [{ id: back.id }], reply_to: fileQuote });
  const words = await bob.say(chat, "thanks", { reply_to_id: answer.id });
  expect(words.reply_to).toMatchObject({
    content: "nice",
    content_type: "text",
    media_type: null,
    original_filename: null,
  });
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
