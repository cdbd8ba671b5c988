import { expect, test } from "bun:test";

import { LingerBudget } from "../../src/gateway/linger-budget.ts";
import { ManualClock } from "../support/clock.ts";
import { opcodes, RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";

test("closed sockets keep what is unread for a while, and all together no more than so much", () => {
  const clock = new ManualClock();
  const linger = new LingerBudget(1000, () => clock.monotonic());
  expect([600, 500, 400, 1, 0].map((bytes) => linger.take(bytes))).toEqual([true, false, true, false, true]);
  clock.turn(9999);
  expect(linger.take(1)).toBe(false);
  clock.turn(1);
  expect([900, 200].map((bytes) => linger.take(bytes))).toEqual([true, false]);
});

test.each([
  ["pings", opcodes.ping],
  ["pongs", opcodes.pong],
])("who sends %s without end is closed with 4029", async (_, opcode) => {
  const clock = new ManualClock();
  await using server = await TestServer.start({ clock, config: { inboundFrames: 100 } });
  const alice = await server.register("alice");
  const socket = await RawSocket.of(alice);
  const send = (count: number) => {
    for (let n = 0; n < count; n++) socket.write(opcode, "");
  };
  const answered = async (request_id: string) => {
    socket.send({ type: "ping", request_id });
    await socket.until(() => socket.frames.some((one) => one["request_id"] === request_id));
  };
  for (const second of ["first", "second", "third"]) {
    send(100);
    await answered(second);
    clock.turn(1000);
  }
  send(101);
  expect(await socket.closed).toBe(4029);
});
