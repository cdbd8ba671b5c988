import { afterAll, expect, setDefaultTimeout, test } from "bun:test";

import { FairBudget, type Waiting } from "../../src/core/fair-budget.ts";
import { Inbox } from "../../src/gateway/inbox.ts";
import { ManualClock } from "../support/clock.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { TestServer } from "../support/server.ts";
import type { Frame } from "../support/socket.ts";
import { until } from "../support/until.ts";

setDefaultTimeout(20_000);

// With the settings that everybody has: 40 frames at once, then 20 a second.
const clock = new ManualClock();
const server = await TestServer.start({ clock, config: { rateLimits: "on" } });
afterAll(() => server.app.stop());
const burst = 40;
const everyMilliseconds = 50;

/** Two people nobody has heard of, with a chat. */
let pairs = 0;
async function pair() {
  pairs += 1;
  const alice = await server.register(`alice${pairs}`);
  const bob = await server.register(`bob${pairs}`);
  return { alice, bob, chat: await alice.directWith(bob) };
}

const answers = (socket: RawSocket) => socket.frames.filter((one) => one["request_id"] !== undefined);
const names = (frames: Frame[]) => frames.map((one) => one["request_id"]);
const numbered = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `r${from + i}`);
const sends = (chat: number, from: number, to: number) =>
  numbered(from, to).map((request_id) => ({
    type: "send_message",
    chat_id: chat,
    content: request_id,
    request_id,
  }));

/** Waits for so many answers, and shows that no more have come. */
async function answered(socket: RawSocket, count: number): Promise<Frame[]> {
  await socket.until(() => answers(socket).length >= count);
  expect(answers(socket).length).toBe(count);
  return answers(socket);
}

test("an outbox of ninety messages is stored in its order, at the rate, and none of it is refused", async () => {
  const { alice, bob, chat } = await pair();
  const [socket, listener] = [await RawSocket.of(alice), await bob.connect()];
  socket.sendTogether(sends(chat, 0, 90));
  await answered(socket, burst);
  for (let sent = burst; sent < 90; sent++) {
    clock.turn(everyMilliseconds - 1);
    await listener.settled();
    expect(answers(socket).length).toBe(sent);
    clock.turn(1);
    await answered(socket, sent + 1);
  }
  const acks = answers(socket);
  expect(acks.map((one) => one.type)).toEqual(acks.map(() => "ack"));
  expect(names(acks)).toEqual(numbered(0, 90));
  const stored = (await alice.history(chat, "?limit=100")).map((one) => one.content);
  expect(stored).toEqual(numbered(0, 90));
  expect((await listener.settled("new_message")).map((one) => one["message"].content)).toEqual(stored);
});

test("pings, mistakes and other frames keep their place in an outbox, and cost what all cost", async () => {
  const { alice, chat } = await pair();
  const socket = await RawSocket.of(alice);
  const wrong = (request_id: string, more: object) => ({ request_id, ...more });
  socket.sendTogether([
    ...sends(chat, 0, burst),
    wrong("r40", { type: "nonsense" }),
    wrong("r41", { type: "ping" }),
    wrong("r42", { type: "send_message", chat_id: chat, content: 7 }),
    ...sends(chat, 43, 44),
  ]);
  await answered(socket, burst);
  clock.turn(2 * everyMilliseconds);
  await answered(socket, burst + 2);
  clock.turn(2 * everyMilliseconds);
  const all = await answered(socket, 44);
  expect(names(all)).toEqual(numbered(0, 44));
  expect(all.slice(burst).map((one) => one["code"] ?? one.type)).toEqual([
    "validation",
    "pong",
    "validation",
    "ack",
  ]);
});

test("text that is no frame waits as well, and is told so in its turn", async () => {
  const { alice, chat } = await pair();
  const socket = await RawSocket.of(alice);
  socket.sendTogether(sends(chat, 0, burst));
  await answered(socket, burst);
  socket.write(1, "{");
  socket.sendTogether(sends(chat, burst, burst + 1));
  const errors = () => socket.frames.filter((one) => one.type === "error");
  clock.turn(everyMilliseconds);
  await socket.until(() => errors().length === 1);
  expect(errors()).toMatchObject([{ code: "malformed_json" }]);
  await answered(socket, burst);
  clock.turn(everyMilliseconds);
  await answered(socket, burst + 1);
  expect(socket.frames.at(-1)!.type).toBe("ack");
});

test("somebody's devices share what they may send, and wait in turn; others send meanwhile", async () => {
  const { alice, bob, chat } = await pair();
  const [phone, laptop, bobs] = [
    await RawSocket.of(alice),
    await RawSocket.of(alice),
    await RawSocket.of(bob),
  ];
  phone.sendTogether(sends(chat, 0, burst + 20));
  await answered(phone, burst);
  laptop.sendTogether(sends(chat, 100, 103));
  bobs.sendTogether(sends(chat, 200, 210));
  await answered(bobs, 10);
  expect(answers(laptop)).toEqual([]);
  // The phone was there first; then it is one from each.
  for (const [ofPhone, ofLaptop] of [
    [41, 0],
    [41, 1],
    [42, 1],
    [42, 2],
    [43, 2],
    [43, 3],
    [44, 3],
    [45, 3],
  ] as const) {
    clock.turn(everyMilliseconds);
    await answered(phone, ofPhone);
    await answered(laptop, ofLaptop);
  }
});

test("a rest gives the burst back", async () => {
  const { alice, chat } = await pair();
  const socket = await RawSocket.of(alice);
  socket.sendTogether(sends(chat, 0, burst + 1));
  await answered(socket, burst);
  clock.turn(everyMilliseconds * (burst + 1));
  await answered(socket, burst + 1);
  socket.sendTogether(sends(chat, 100, 100 + burst + 1));
  await answered(socket, burst + 1 + burst);
});

test("a thousand frames or a megabyte may wait; one more closes the socket with 4029, and no other", async () => {
  const { alice, chat } = await pair();
  const ping = { type: "ping", request_id: "r" };
  const other = await RawSocket.of(alice);
  const mebibyte = 2 ** 20;
  const filler = "x".repeat(100_000 - JSON.stringify({ ...ping, filler: "" }).length);
  const large = (bytes: number) => ({ ...ping, filler: filler.slice(0, filler.length - 100_000 + bytes) });
  const full = [...Array.from({ length: 10 }, () => large(100_000)), large(mebibyte - 1_000_000)];
  const rest = [Array.from({ length: 1000 }, () => ping), full];
  for (const fits of rest) {
    const socket = await RawSocket.of(alice);
    socket.sendTogether(Array.from({ length: burst }, () => ping));
    await answered(socket, burst);
    socket.sendTogether(fits);
    for (const read of [1, 2]) {
      clock.turn(everyMilliseconds);
      await answered(socket, burst + read);
    }
    // There is room for as much as was read; for one more there is none.
    socket.sendTogether([fits[0]!, fits[1]!, ping]);
    expect(await socket.closed).toBe(4029);
    clock.turn(60_000);
  }
  other.sendTogether(sends(chat, 0, 1));
  await answered(other, 1);
});

test("as much as may wait is done in the end", async () => {
  const socket = await RawSocket.of((await pair()).alice);
  const ping = (bytes: number) => {
    const { length } = JSON.stringify({ type: "ping", request_id: "r", filler: "" });
    return { type: "ping", request_id: "r", filler: "x".repeat(bytes - length) };
  };
  socket.sendTogether(Array.from({ length: burst }, () => ping(1000)));
  await answered(socket, burst);
  socket.sendTogether([...Array.from({ length: 10 }, () => ping(100_000)), ping(2 ** 20 - 1_000_000)]);
  await until(() => {
    clock.turn(everyMilliseconds);
    return answers(socket).length === burst + 11;
  });
});

/** Takes in what it is given; `read` are the texts that have been read. */
function inbox(budget: FairBudget, userId: number) {
  const read: string[] = [];
  const box = new Inbox(
    { inboundFrames: 100, inboundBytes: 1000, pipelinedSends: 8 },
    {
      read(text) {
        read.push(text);
        return { requestId: undefined, error: undefined as never };
      },
      mayRead: (waiting: Waiting) => budget.take(userId, waiting),
      waitsNoLonger: (waiting: Waiting) => budget.leave(userId, waiting),
      answer: async () => undefined,
      sendAnswers() {},
    },
  );
  return { box, read };
}

test("what waits for budget is not read before its turn, and nobody looks at it in between", async () => {
  const time = new ManualClock();
  const { box, read } = inbox(new FairBudget({ burst: 2, perSecond: 20 }, time), 1);
  for (const text of ["a", "b", "c", "d"]) box.push(text);
  await new Promise(setImmediate);
  expect(read).toEqual(["a", "b"]);
  expect(time.timers).toBe(1);
  time.turn(49);
  expect(read).toEqual(["a", "b"]);
  time.turn(1);
  expect(read).toEqual(["a", "b", "c"]);
  await new Promise(setImmediate);
  time.turn(50);
  expect(read).toEqual(["a", "b", "c", "d"]);
  await new Promise(setImmediate);
  expect(time.timers).toBe(0);
});

test("a closed socket leaves no timer behind, nor takes its turn from others", async () => {
  const time = new ManualClock();
  const budget = new FairBudget({ burst: 1, perSecond: 1 }, time);
  const [one, other] = [inbox(budget, 1), inbox(budget, 1)];
  for (const text of ["a", "b"]) one.box.push(text);
  await new Promise(setImmediate);
  other.box.push("c");
  one.box.clear();
  time.turn(1000);
  expect([one.read, other.read]).toEqual([["a"], ["c"]]);
  await new Promise(setImmediate);
  other.box.push("d");
  expect(time.timers).toBe(1);
  other.box.clear();
  expect(time.timers).toBe(0);
});
