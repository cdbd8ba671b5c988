/** Chats that are encrypted, as the client library shows them before it opens anything. */
import { expect, test } from "bun:test";

import { opened, sameAsServer, sees, shown } from "../support/client.ts";
import { SealedChat } from "../support/e2ee/sealed-chat.ts";
import { shared } from "../support/shared.ts";

const server = await shared();

test("sealed messages, their edits and tombstones are shown as they are, and quotes of them are empty", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.group("Tea", bob);
  const before = await alice.say(chat, "in clear");
  const sealed = await SealedChat.on(server, chat, alice, bob);
  await using his = await opened(server.url, bob);
  await his.live();
  await his.chat(chat).open();
  const first = await sealed.say(alice);
  await sealed.say(bob, { reply_to_id: first.id });
  const edit = await sealed.seal(alice);
  await alice.put(`/api/messages/${first.id}`, edit);
  const of = (id: number) => shown(his, chat).find((one) => one.message.id === id)?.message;
  await sees(() => of(first.id)?.content === edit.content);
  expect(shown(his, chat).at(-1)!.message).toMatchObject({ encrypted: true, reply_to: { content: "" } });
  await sameAsServer(his, bob);
  const ofPlain = await sealed.say(bob, { reply_to_id: before.id });
  await sees(() => of(ofPlain.id)?.reply_to?.content === "in clear");
  // One is deleted by what a device says, one by nobody's word but the server's.
  const deletion = await sealed.seal(alice);
  await alice.call("DELETE", `/api/messages/${first.id}`, deletion);
  await alice.delete(`/api/messages/${before.id}`);
  await sees(() => of(first.id)?.is_deleted === true && of(before.id)?.is_deleted === true);
  expect(of(first.id)).toMatchObject({ content: deletion.content, encrypted: true });
  expect(of(before.id)).toMatchObject({ content: "", encrypted: false });
  await sameAsServer(his, bob);
});

test("what is written in clear there is refused, and stays in the outbox for its author", async () => {
  const [alice, bob] = await server.people("alice", "bob");
  const chat = await alice.directWith(bob);
  await SealedChat.on(server, chat, alice, bob);
  await using hers = await opened(server.url, alice);
  await hers.live();
  expect(hers.chat(chat).info.value!.encryption).toEqual({ on: true, epoch: 1 });
  await hers.chat(chat).send("in clear");
  await sees(() => shown(hers, chat).at(-1)?.state === "failed");
  expect(hers.outbox.value[0]?.refusal).toMatchObject({ code: "encryption_required" });
  expect(await bob.history(chat)).toEqual([]);
});
