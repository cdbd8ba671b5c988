import { expect, setDefaultTimeout, test } from "bun:test";

import { read, receipts, receive, statusOf } from "../support/receipts.ts";
import { TestServer } from "../support/server.ts";

setDefaultTimeout(20_000);

test("a message is read when everybody but its author has read it, however far the author is", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob, carol);
  const first = await bob.say(chat, "from bob");
  await read(alice, first);
  const second = await alice.say(chat, "from alice");
  const both = async () => [await statusOf(bob, first), await statusOf(alice, second)];
  expect(await both()).toEqual(["sent", "sent"]);
  await receive(carol, first);
  expect(await both()).toEqual(["delivered", "sent"]);
  await read(carol, second);
  // Bob has not even received the second one, but it is not he whom the first one waits for.
  expect(await both()).toEqual(["read", "sent"]);
  await receive(bob, second);
  expect(await both()).toEqual(["read", "delivered"]);
  await read(bob, second);
  expect(await both()).toEqual(["read", "read"]);
});

test("a message no longer waits for those who have left", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const dave = await server.register("dave");
  const chat = await alice.group("Team", bob, carol, dave);
  const message = await alice.say(chat, "hello");
  await read(bob, message);
  await receive(carol, message);
  expect(await statusOf(alice, message)).toBe("sent");
  await dave.delete(`/api/chats/${chat}/members/${dave.id}`);
  expect(await statusOf(alice, message)).toBe("delivered");
  await alice.delete(`/api/chats/${chat}/members/${carol.id}`);
  expect(await statusOf(alice, message)).toBe("read");
  expect(await receipts(alice, message)).toEqual({
    message_id: message.id,
    delivered: [bob.id],
    read: [bob.id],
  });
});

test("newcomers have read what was before them, and are not among those who received it", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob);
  const before = await alice.say(chat, "before");
  await read(bob, before);
  const added = await alice.post(`/api/chats/${chat}/members`, { user_id: carol.id });
  expect(added.body).toMatchObject({
    last_read_message_id: before.id,
    last_delivered_message_id: before.id,
  });
  expect((await carol.get(`/api/chats/${chat}`)).body.unread_count).toBe(0);
  expect(await statusOf(alice, before)).toBe("read");
  const after = await alice.say(chat, "after");
  await read(bob, after);
  expect(await statusOf(alice, after)).toBe("sent");
  await read(carol, after);
  expect(await statusOf(alice, after)).toBe("read");
  expect(await statusOf(alice, before)).toBe("read");
  expect(await receipts(carol, before)).toMatchObject({ delivered: [bob.id], read: [bob.id] });
  expect(await receipts(carol, after)).toMatchObject({
    delivered: [bob.id, carol.id],
    read: [bob.id, carol.id],
  });
});

test("whoever was out of the chat for a while is not among those who received what was said meanwhile", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const carol = await server.register("carol");
  const chat = await alice.group("Team", bob, carol);
  const member = `/api/chats/${chat}/members`;
  const early = await alice.say(chat, "early");
  await read(bob, early);
  await alice.delete(`${member}/${bob.id}`);
  const meanwhile = await alice.say(chat, "meanwhile");
  await alice.post(member, { user_id: bob.id });
  await read(carol, await alice.say(chat, "late"));
  expect(await receipts(alice, meanwhile)).toMatchObject({ delivered: [carol.id], read: [carol.id] });
  expect(await statusOf(alice, meanwhile)).toBe("read");
});
