/** Chats that are encrypted, as the client library shows them on a device that has no keys. */
import { expect, test } from "bun:test";

import { opened, sees, shown } from "../support/client.ts";
import { SealedChat } from "../support/e2ee/sealed-chat.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("of what is encrypted a device without keys shows that it is there, and nothing of its text", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Tea", bob);
  const before = await alice.say(chat, "in clear");
  const sealed = await SealedChat.on(server, chat, alice, bob);
  await using his = await opened(server.url, bob);
  await his.live();
  await his.chat(chat).open();
  const first = await sealed.say(alice);
  await sealed.say(bob, { reply_to_id: first.id });
  await alice.put(`/api/messages/${first.id}`, await sealed.seal(alice));
  const of = (id: number) => shown(his, chat).find((one) => one.message.id === id);
  await sees(() => of(first.id)?.message.is_edited === true);
  expect(of(first.id)).toMatchObject({
    message: { content: "", encrypted: true },
    encryption: { state: "opening", problems: [] },
  });
  expect(shown(his, chat).at(-1)!.message).toMatchObject({ encrypted: true, reply_to: { content: "" } });
  const ofPlain = await sealed.say(bob, { reply_to_id: before.id });
  await sees(() => of(ofPlain.id)?.message.reply_to?.content === "in clear");
  // One is deleted by what a device says, one by nobody's word but the server's.
  const deletion = await sealed.seal(alice);
  await alice.call("DELETE", `/api/messages/${first.id}`, deletion);
  await alice.delete(`/api/messages/${before.id}`);
  await sees(() => [first, before].every(({ id }) => of(id)?.message.is_deleted === true));
  expect(of(first.id)!.message).toMatchObject({ content: "", encrypted: true });
  expect(of(before.id)!.message).toMatchObject({ content: "", encrypted: false });
});

test("what is written there without keys goes nowhere in clear, and stays in the outbox for its author", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  await SealedChat.on(server, chat, alice, bob);
  await using hers = await opened(server.url, alice);
  await hers.live();
  expect(hers.chat(chat).info.value!.encryption).toEqual({ on: true, epoch: 1 });
  await hers.chat(chat).send("in clear");
  await sees(() => shown(hers, chat).at(-1)?.state === "failed");
  expect(hers.outbox.value[0]?.refusal).toMatchObject({ code: "keys_locked" });
  expect(await bob.history(chat)).toEqual([]);
});
