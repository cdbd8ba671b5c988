/** Messages of encrypted chats: the server keeps what devices have encrypted, and lets nothing else in. */
import { expect, test } from "bun:test";

import { SealedChat, type ToSeal } from "../support/e2ee/sealed-chat.ts";
import { note, picture } from "../support/files.ts";
import { pair } from "../support/pair.ts";
import type { Person } from "../support/person.ts";
import { expectInvalid, expectRefused } from "../support/refusal.ts";
import { replayed } from "../support/replayed.ts";
import { TestServer } from "../support/server.ts";

/** Alice and Bob, whose chat is encrypted. */
async function sealedPair(config: object = {}) {
  const all = await pair({ config });
  return { ...all, sealed: await SealedChat.on(all.server, all.chat, all.alice, all.bob) };
}

async function group() {
  const server = await TestServer.start({ config: { maxMentions: 2 } });
  const [alice, bob, carol, dave] = await server.people("alice", "bob", "carol", "dave");
  const chat = await alice.group("Tea", bob, carol);
  const sealed = await SealedChat.on(server, chat, alice, bob, carol);
  return { server, alice, bob, carol, dave, chat, sealed };
}

const remove = (person: Person, id: number, sealed?: object) =>
  person.call("DELETE", `/api/messages/${id}`, sealed);

test("a message goes through as it is, over both doors, and is the last one of its chat", async () => {
  const { server, alice, bob, chat, sealed } = await sealedPair();
  await using _ = server;
  const [hers, his] = [await alice.connect(), await bob.connect()];
  const first = await sealed.seal(alice);
  const reply = await alice.post(`/api/messages/${chat}`, { ...first, encrypted: true });
  expect(reply.status).toBe(201);
  expect(reply.body).toMatchObject({ ...first, encrypted: true, content_type: "text", mentions: [] });
  expect((await his.next("new_message"))["message"]).toEqual(reply.body);
  const second = await sealed.seal(alice);
  const frame = { type: "send_message", chat_id: chat, ...second, encrypted: true, message_type: "file" };
  const ack = await hers.ask(frame);
  expect(ack["message"]).toMatchObject({ ...second, encrypted: true, content_type: "file" });
  const history = await bob.history(chat);
  expect(history.map((one) => one.content)).toEqual([first.content, second.content]);
  const [listed] = (await bob.get("/api/chats")).body.chats;
  expect(listed.last_message).toMatchObject({ content: second.content, encrypted: true });
  expect(listed.encryption).toEqual({ on: true, epoch: 1 });
  // Nothing that was sent is in the log, neither what was taken nor what was refused.
  const bad = await sealed.seal(bob, { from: alice.id });
  expectRefused(await bob.post(`/api/messages/${chat}`, { ...bad, encrypted: true }), 422, "bad_object");
  for (const { content } of [first, second, bad])
    expect(server.log.join("\n")).not.toContain(content.slice(0, 60));
});

test("a chat is encrypted or it is not: what is of the other kind is refused, over both doors", async () => {
  const { server, alice, bob, chat, sealed } = await sealedPair();
  await using _ = server;
  const plain = await alice.group("Plain", bob);
  const socket = await alice.connect();
  for (const encrypted of [false, null, undefined]) {
    const fields = { content: "in clear", client_id: crypto.randomUUID(), encrypted };
    expectRefused(await alice.post(`/api/messages/${chat}`, fields), 409, "encryption_required");
    const ask = await socket.ask({ type: "send_message", chat_id: chat, ...fields });
    expect(ask).toMatchObject({ type: "error", code: "encryption_required" });
  }
  const message = { ...(await sealed.seal(alice, { chat: plain })), encrypted: true };
  expectRefused(await alice.post(`/api/messages/${plain}`, message), 409, "not_encrypted");
  const ask = await socket.ask({ type: "send_message", chat_id: plain, ...message });
  expect(ask).toMatchObject({ type: "error", code: "not_encrypted" });
  expect(await bob.history(chat)).toEqual([]);
  expect((await bob.history(plain)).map((one) => one.content_type)).toEqual(["system"]);
});

test("what is no message of this chat, sender and name is refused, and one of an epoch that has ended is stale", async () => {
  const { server, alice, bob, chat, sealed, path } = await sealedPair();
  await using _ = server;
  const send = async (outside: ToSeal, more: object = {}) =>
    alice.post(path, { ...(await sealed.seal(alice, outside)), encrypted: true, ...more });
  expectRefused(await send({ chat: chat + 1 }), 422, "bad_object");
  expectRefused(await send({ from: bob.id }), 422, "bad_object");
  expectRefused(await send({}, { client_id: "another" }), 422, "bad_object");
  expectRefused(await send({}, { content: "no JWE" }), 422, "bad_object");
  expectRefused(await send({ typ: "chat-keychain+jwe" }), 422, "bad_algorithm");
  expectRefused(await send({ n: 2 }), 409, "stale_epoch");
  expectInvalid(await send({}, { client_id: null }), "client_id");
  for (const content of [null, "", undefined]) expectInvalid(await send({}, { content }), "content");
  for (const content_type of ["image", "video", "audio"])
    expectInvalid(await send({}, { content_type }), "content_type");
  expect(await bob.history(chat)).toEqual([]);
  // Until it has an epoch, nothing is current.
  const { id } = await SealedChat.withoutEpoch(server, await alice.group("Tea", bob), alice, bob);
  const early = { ...(await sealed.seal(alice, { chat: id })), encrypted: true };
  expectRefused(await alice.post(`/api/messages/${id}`, early), 409, "stale_epoch");
});

test("what was sent before is answered again, though its epoch has ended", async () => {
  const { server, alice, bob, chat, sealed, path } = await sealedPair();
  await using _ = server;
  const message = { ...(await sealed.seal(alice)), encrypted: true };
  const first = await alice.post(path, message);
  await sealed.renew();
  const again = await alice.post(path, message);
  expect([again.status, again.body.id]).toEqual([200, first.body.id]);
  const anew = await sealed.seal(alice, { mid: message.client_id });
  expect((await alice.post(path, { ...anew, encrypted: true })).status).toBe(200);
  expect(await bob.history(chat)).toHaveLength(1);
});

test("it may be as long as the server says, and no longer", async () => {
  const { server, alice, sealed, path } = await sealedPair({ maxEncryptedBytes: 4096, maxContentBytes: 100 });
  await using _ = server;
  expect((await alice.get("/")).body.limits.encrypted_content_bytes).toBe(4096);
  const send = async (characters: number) => {
    const message = await sealed.seal(alice, { text: "x".repeat(characters), mid: "m" });
    const reply = await alice.post(path, { ...message, encrypted: true });
    return { reply, bytes: message.content.length };
  };
  // Three characters of the text are four of the JWE.
  const room = Math.floor(
    ((4096 - (await sealed.seal(alice, { text: "", mid: "m" })).content.length) * 3) / 4,
  );
  const over = await send(room + 2);
  expect(over.bytes).toBeGreaterThan(4096);
  expectInvalid(over.reply, "content");
  const fits = await send(room - 2);
  expect([fits.reply.status, fits.bytes > 4090]).toEqual([201, true]);
});

test("whom it mentions is said beside it: members, as many as may be, and all by whom may call them", async () => {
  const { server, alice, bob, carol, dave, sealed } = await group();
  await using _ = server;
  const socket = await carol.connect();
  const named = [bob.id, dave.id, alice.id, bob.id];
  const first = await sealed.say(alice, { mentions: named, text: `@${carol.username}` });
  expect(first).toMatchObject({ mentions: [bob.id], mentions_all: false });
  await server.settled();
  const mentionsOf = async (person: Person) =>
    (await person.get("/api/notifications/mentions")).body.mentions.map((one: any) => one.message_id);
  expect([await mentionsOf(bob), await mentionsOf(carol)]).toEqual([[first.id], []]);
  expectInvalid(await sealed.send(alice, { mentions: [bob.id, carol.id, dave.id] }), "mentions");
  const all = await sealed.say(alice, { mentions_all: true });
  expect(all).toMatchObject({ mentions: [], mentions_all: true });
  await server.settled();
  expect(await mentionsOf(bob)).toEqual([all.id, first.id]);
  const told = await socket.next("mention_notification");
  expect(told).toMatchObject({ message_id: all.id, body: "Encrypted message" });
  // A member may not, as in a plain text.
  expect(await sealed.say(bob, { mentions_all: true })).toMatchObject({ mentions_all: false });
  const plain = await alice.group("Plain", bob);
  const path = `/api/messages/${plain}`;
  expectInvalid(await alice.post(path, { content: "hi", mentions: [bob.id] }), "mentions");
  expectInvalid(await alice.post(path, { content: "hi", mentions_all: true }), "mentions_all");
  const none = { content: "hi", encrypted: false, mentions: [], mentions_all: false };
  expect((await alice.post(path, none)).status).toBe(201);
});

test("an edit is encrypted, too, and whom it mentions stays as it was", async () => {
  const { server, alice, bob, chat, sealed } = await group();
  await using _ = server;
  const { id } = await sealed.say(alice, { mentions: [bob.id] });
  const socket = await alice.connect();
  const edit = await sealed.seal(alice, { text: "another" });
  const reply = await alice.put(`/api/messages/${id}`, edit);
  expect(reply.body).toMatchObject({
    content: edit.content,
    is_edited: true,
    mentions: [bob.id],
    encrypted: true,
  });
  expect((await alice.put(`/api/messages/${id}`, { content: "in clear", client_id: "c" })).body.code).toBe(
    "bad_object",
  );
  expectInvalid(await alice.put(`/api/messages/${id}`, { content: edit.content }), "client_id");
  expectRefused(
    await alice.put(`/api/messages/${id}`, await sealed.seal(alice, { n: 2 })),
    409,
    "stale_epoch",
  );
  const frame = { type: "edit_message", message_id: id, ...(await sealed.seal(bob)) };
  expect(await socket.ask(frame)).toMatchObject({ type: "error", code: "bad_object" });
  expect((await bob.history(chat)).at(-1).content).toBe(edit.content);
  // Once more the same, under the next epoch: it was done before.
  await sealed.renew();
  expect((await alice.put(`/api/messages/${id}`, edit)).status).toBe(200);
});

test("what was written before the chat was encrypted can be deleted, and neither edited nor given files", async () => {
  const { server, alice, bob, chat } = await pair();
  await using _ = server;
  const before = await alice.say(chat, "in clear");
  const quoted = await bob.say(chat, "yes", { reply_to_id: before.id });
  const sealed = await SealedChat.on(server, chat, alice, bob);
  const path = `/api/messages/${before.id}`;
  expectRefused(await alice.put(path, { content: "more in clear" }), 409, "encryption_required");
  expectRefused(await alice.put(path, await sealed.seal(alice)), 409, "encryption_required");
  expectRefused(await alice.upload([note("x")], before), 409, "encryption_required");
  expectRefused(await alice.upload([note("x")], before, { encrypted: "true" }), 409, "encryption_required");
  expect((await bob.history(chat))[0]).toMatchObject({ content: "in clear", encrypted: false, media: [] });
  const deletion = await sealed.seal(alice);
  expect((await remove(alice, before.id, deletion)).status).toBe(204);
  expect((await bob.history(chat))[0]).toMatchObject({
    content: deletion.content,
    encrypted: true,
    is_deleted: true,
  });
  expect((await bob.history(chat))[1]).toMatchObject({
    id: quoted.id,
    reply_to: { content: "", is_deleted: true },
  });
});

test("what deletes a message stays in its tombstone, and is told to those who were away, too", async () => {
  const { server, alice, bob, carol, chat, sealed } = await group();
  await using _ = server;
  const socket = await carol.connect();
  const { cursor } = socket;
  const [own, others, silent] = [await sealed.say(alice), await sealed.say(bob), await sealed.say(bob)];
  expectRefused(await remove(alice, own.id, await sealed.seal(bob)), 422, "bad_object");
  expectRefused(await remove(alice, own.id, await sealed.seal(alice, { n: 2 })), 409, "stale_epoch");
  expectInvalid(await remove(alice, own.id, { content: own.content }), "client_id");
  expect((await bob.history(chat)).some((one) => one.is_deleted)).toBe(false);
  const byAuthor = await sealed.seal(alice);
  expect((await remove(alice, own.id, byAuthor)).status).toBe(204);
  const byAdmin = await sealed.seal(alice);
  const hers = await alice.connect();
  const ack = await hers.ask({ type: "delete_message", message_id: others.id, ...byAdmin });
  expect(ack).toMatchObject({ type: "ack", message_id: others.id });
  await bob.delete(`/api/messages/${silent.id}`);
  const wanted = [byAuthor.content, byAdmin.content, undefined];
  const isDeletion = ({ type }: { type: string }) => type === "message_deleted";
  const live = await Promise.all(wanted.map(() => socket.next("message_deleted")));
  expect(live.map((one) => one["content"])).toEqual(wanted);
  const later = (await replayed(carol, cursor)).told.filter(isDeletion);
  expect(later.map((one) => one["content"])).toEqual(wanted);
  const tombstones = async () =>
    (await carol.history(chat))
      .slice(-3)
      .map(({ content, encrypted, is_deleted }) => [content, encrypted, is_deleted]);
  const shown = await tombstones();
  expect(shown).toEqual([
    [byAuthor.content, true, true],
    [byAdmin.content, true, true],
    ["", false, true],
  ]);
  // Whatever is said of it later, the first stays, and nobody is told again.
  await remove(alice, own.id, await sealed.seal(alice));
  await remove(bob, silent.id, await sealed.seal(bob, { n: 5 }));
  expect(await tombstones()).toEqual(shown);
  expect((await replayed(carol, cursor)).told.filter(isDeletion)).toHaveLength(3);
  const plain = await alice.group("Plain", bob);
  const { id } = await alice.say(plain, "hi");
  expectRefused(await remove(alice, id, await sealed.seal(alice, { chat: plain })), 409, "not_encrypted");
  expect((await remove(alice, id, { content: null })).status).toBe(204);
});

test("a quote says nothing of what is encrypted", async () => {
  const { server, alice, bob, chat, sealed } = await sealedPair();
  await using _ = server;
  const asked = await sealed.say(alice);
  const answer = await sealed.say(bob, { reply_to_id: asked.id });
  expect(answer).toMatchObject({ reply_to: { id: asked.id, content: "", is_deleted: false } });
  expect((await alice.history(chat)).at(-1).reply_to).toEqual(answer.reply_to);
});

test("encrypted files are in encrypted messages and plain files in plain ones, whichever way they come", async () => {
  const { server, alice, bob, chat, sealed } = await sealedPair();
  await using _ = server;
  const plain = await alice.group("Plain", bob);
  const upload = async (encrypted: string, to?: { id: number }) =>
    alice.upload([picture("holiday.png")], to, { encrypted });
  const waiting = async (encrypted: string) => (await upload(encrypted)).body.media[0];
  const [clear, opaque] = [await waiting("false"), await waiting("true")];
  expectRefused(await sealed.send(alice, { media_ids: [clear.id] }), 409, "encryption_required");
  expectRefused(await sealed.send(alice, { media_ids: [opaque.id, clear.id] }), 409, "encryption_required");
  const say = (media_ids: number[]) => alice.post(`/api/messages/${plain}`, { content: "see", media_ids });
  expectRefused(await say([opaque.id]), 409, "not_encrypted");
  const message = await sealed.say(alice, { media_ids: [opaque.id], content_type: "file" });
  expect(message.media).toMatchObject([
    { id: opaque.id, encrypted: true, media_type: "other", state: "ready" },
  ]);
  const { body: inClear } = await say([clear.id]);
  expectRefused(await upload("false", message), 409, "encryption_required");
  expectRefused(await upload("true", inClear), 409, "not_encrypted");
  const [later] = (await upload("true", message)).body.media;
  // Names and types are constants, whatever the form said.
  expect(later).toMatchObject({ original_filename: "file", mime_type: "application/octet-stream" });
  expect(JSON.stringify(await bob.history(chat))).not.toContain("holiday");
  const got = await bob.download(later.url);
  expect(got.bytes).toEqual(await picture("holiday.png").bytes());
  expect((await bob.get(later.url + "/thumbnail")).status).toBe(404);
  expect((await bob.history(plain)).at(-1).media).toHaveLength(1);
});

test("notifications say that there is an encrypted message, and which", async () => {
  const { server, alice, bob, sealed } = await group();
  await using _ = server;
  const message = await sealed.say(alice);
  await sealed.say(alice, { mentions: [bob.id] });
  await bob.put(`/api/messages/${message.id}/reactions/👍`);
  await server.settled();
  const told = async (person: Person) =>
    (await person.get("/api/notifications")).body.notifications.map((one: any) => [
      one.notification_type,
      one.body,
      one.data.encrypted,
    ]);
  expect((await told(bob)).slice(0, 2).toSorted()).toEqual([
    ["mention", "Encrypted message", true],
    ["message", `${alice.username}: Encrypted message`, true],
  ]);
  expect((await told(alice))[0]).toEqual(["reaction", "Encrypted message", true]);
});
