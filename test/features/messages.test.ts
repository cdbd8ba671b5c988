import { expect, test } from "bun:test";

import { TestServer } from "../support/server.ts";

test("two people talk over both doors", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await bob.connect();

  const sent = await alice.say(chat, "hello bob");
  expect((await socket.next("new_message"))["message"]).toEqual(sent);

  const ack = await socket.ask({ type: "send_message", chat_id: chat, content: "hello alice" });
  expect(ack.type).toBe("ack");
  expect(await alice.history(chat)).toEqual([sent, ack["message"]]);
});

test("the sender hears the message before it is acknowledged", async () => {
  await using server = await TestServer.start();
  const alice = await server.register("alice");
  const bob = await server.register("bob");
  const chat = await alice.directWith(bob);
  const socket = await alice.connect();
  const ack = await socket.ask({ type: "send_message", chat_id: chat, content: "hi" });
  const types = socket.frames.map((one) => one.type);
  expect(types.indexOf("new_message")).toBeLessThan(types.indexOf("ack"));
  expect((await socket.next("new_message"))["message"]).toEqual(ack["message"]);
});
