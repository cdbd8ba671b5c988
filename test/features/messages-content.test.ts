import { expect, test } from "bun:test";

import { pair } from "../support/pair.ts";
import { expectInvalid } from "../support/refusal.ts";

test("text comes back as it was written", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const socket = await bob.connect();
  const texts = [
    " x ",
    "👩‍👩‍👧‍👦 🇨🇭 e\u0301 \u202eabc",
    "a\u0001\u001f\u007f",
    "line\r\nline\u2028\u2029",
    `"quotes" 'and' \\ back\\slashes </script> \${x} %s ?`,
    "'); DROP TABLE messages; --",
    "\ufeffbom \uffff \ufffe",
  ];
  for (const text of texts) {
    expect((await alice.say(chat, text)).content).toBe(text);
    expect((await socket.next("new_message"))["message"].content).toBe(text);
  }
  expect((await bob.history(chat)).map((one) => one.content)).toEqual(texts);
});

test("half a character becomes the sign for one that cannot be shown", async () => {
  const { server, alice, path } = await pair();
  await using _ = server;
  const raw = '{"content":"a\\ud800b\\udc00","client_id":"\\ud800"}';
  const headers = { "Content-Type": "application/json" };
  const sent = await alice.post(path, undefined, { raw, headers });
  expect(sent.body).toMatchObject({ content: "a\ufffdb\ufffd", client_id: "\ufffd" });
  const edited = await alice.put(`/api/messages/${sent.body.id}`, undefined, {
    raw: '{"content":"\\udfff"}',
    headers,
  });
  expect(edited.body.content).toBe("\ufffd");
});

test("a message holds 16,384 bytes of UTF-8, whatever it is written in", async () => {
  const { server, alice, path } = await pair();
  await using _ = server;
  const { id } = (await alice.post(path, { content: "short" })).body;
  for (const character of ["x", "é", "字", "👋"]) {
    const longest = character.repeat(16_384 / Buffer.byteLength(character));
    const sent = await alice.post(path, { content: longest });
    expect([sent.status, sent.body.content]).toEqual([201, longest]);
    expect((await alice.put(`/api/messages/${id}`, { content: longest })).status).toBe(200);
    expectInvalid(await alice.post(path, { content: `${longest}xx` }), "content");
    expectInvalid(await alice.put(`/api/messages/${id}`, { content: `${longest}xx` }), "content");
  }
});

test("a text is not empty", async () => {
  const { server, alice, chat, path } = await pair();
  await using _ = server;
  const { id } = (await alice.post(path, { content: "x" })).body;
  for (const body of [{}, { content: "" }, { content: null }, { content: "", content_type: "text" }]) {
    expectInvalid(await alice.post(path, body), "content");
  }
  expectInvalid(await alice.put(`/api/messages/${id}`, { content: "" }), "content");
  expectInvalid(await alice.put(`/api/messages/${id}`, {}), "content");
  for (const content of [1, true, ["x"], { text: "x" }]) {
    expectInvalid(await alice.post(path, { content }), "content");
  }
  expect(await alice.history(chat)).toHaveLength(1);
});

test("other kinds may be empty, and only the server speaks for the chat", async () => {
  const { server, alice, path } = await pair();
  await using _ = server;
  for (const content_type of ["image", "video", "audio", "file"]) {
    const sent = await alice.post(path, { content_type });
    expect(sent.body).toMatchObject({ content: "", content_type });
  }
  expect((await alice.post(path, { content: "x", content_type: null })).body.content_type).toBe("text");
  for (const content_type of ["system", "sticker", "", 1]) {
    expectInvalid(await alice.post(path, { content: "x", content_type }), "content_type");
  }
  const sent = await alice.post(path, {
    content: "x",
    system: { event: "chat_closed" },
    sender_id: 99,
    seq: 7,
  });
  expect(sent.body).toMatchObject({ system: null, sender_id: alice.id, seq: 6 });
});
