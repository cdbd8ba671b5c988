import { expect, test } from "bun:test";

import { RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";

const acks = (socket: RawSocket) => socket.frames.filter((one) => one.type === "ack");

test("more frames waiting than the server holds close the socket with 4029, and no other", async () => {
  await using server = await TestServer.start({ config: { inboundFrames: 8, pipelinedSends: 4 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const [socket, other, bobs] = [await RawSocket.of(alice), await alice.connect(), await bob.connect()];
  const send = (i: number) => ({ type: "send_message", chat_id: chat, content: `${i}`, request_id: `r${i}` });

  socket.sendTogether(Array.from({ length: 12 }, (_, i) => send(i)));
  await socket.until(() => acks(socket).length === 12);
  socket.sendTogether(Array.from({ length: 500 }, (_, i) => send(12 + i)));
  expect(await socket.closed).toBe(4029);

  // What was taken in before the flood was too much is there for all, in order and without a gap.
  expect((await other.ask(send(600))).type).toBe("ack");
  const contents = (await bobs.settled("new_message")).map((one) => one["message"].content);
  expect(contents.length).toBeLessThan(100);
  expect(contents).toEqual([...contents.slice(0, -1).map((_, i) => `${i}`), "600"]);
  expect((await alice.history(chat, "?limit=100")).map((one) => one.content)).toEqual(contents);
});

test("more bytes waiting than the server holds close the socket with 4029", async () => {
  await using server = await TestServer.start({ config: { inboundBytes: 200_000, pipelinedSends: 1 } });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const socket = await RawSocket.of(alice);
  const frame = { type: "send_message", chat_id: chat, content: "x".repeat(16_000), request_id: "r" };
  socket.sendTogether(Array.from({ length: 10 }, () => frame));
  await socket.until(() => acks(socket).length === 10);
  socket.sendTogether(Array.from({ length: 60 }, () => frame));
  expect(await socket.closed).toBe(4029);
});

test("the eleventh socket of a person closes their oldest one, and nobody else's", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const elsewhere = await server.login("alice");
  const bobs = await bob.connect();
  const sockets = [await alice.connect()];
  while (sockets.length < 10) sockets.push(await elsewhere.connect());
  expect((await sockets[0]!.ask({ type: "ping" })).type).toBe("pong");

  for (let oldest = 0; oldest < 3; oldest++) {
    sockets.push(await alice.connect());
    expect(await sockets[oldest]!.closed).toBe(4009);
  }
  for (const socket of [...sockets.slice(3), bobs]) {
    expect((await socket.ask({ type: "ping" })).type).toBe("pong");
  }
  await sockets.at(-1)!.close();
  sockets.push(await alice.connect());
  expect((await sockets[3]!.ask({ type: "ping" })).type).toBe("pong");
});
