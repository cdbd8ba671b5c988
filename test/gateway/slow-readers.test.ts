import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { hasCursor } from "../support/heard.ts";
import { RawSocket } from "../support/raw-socket.ts";
import { type ServerOptions, TestServer } from "../support/server.ts";
import type { Frame } from "../support/socket.ts";
import { sayAll } from "../support/talk.ts";

setDefaultTimeout(30_000);

const kilobyte = 1024;
const long = "x".repeat(16_000);
/** More than the system's buffers hold on any machine that we know. */
const most = 4000;

const seqs = (frames: Frame[]) =>
  frames.filter((one) => one.type === "new_message").map((one) => one["message"].seq as number);
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i + 1);

/** Alice talks to Bob, who reads, and to Carol, who has stopped reading. */
async function scene(options: ServerOptions) {
  const server = await TestServer.start(options);
  const [alice, bob, carol] = [
    await server.register("alice"),
    await server.register("bob"),
    await server.register("carol"),
  ];
  const chat = await alice.group("club", bob, carol);
  const [speaker, listener, slow] = [await alice.connect(), await bob.connect(), await RawSocket.of(carol)];
  await sayAll(speaker, chat, ["before"]);
  await slow.until(() => seqs(slow.frames).length === 1);
  slow.stopReading();
  return { server, bob, carol, chat, speaker, listener, slow };
}

type Scene = Awaited<ReturnType<typeof scene>>;

/** Alice says long things until the server has had enough of Carol. Answers the last message's number. */
async function talkUntilClosed({ bob, chat, speaker }: Scene, lookAround: () => void): Promise<number> {
  for (let said = 0; said < most; said += 100) {
    const messages = await sayAll(speaker, chat, Array(100).fill(long));
    lookAround();
    if ((await bob.get("/api/status")).body.connections < 3) return messages.at(-1).seq;
  }
  throw new Error(`nobody was closed after ${most} long messages`);
}

/**
 * The others heard everything. Carol reads what was still on its way, comes back from there, and ends up with
 * everything too.
 */
async function expectNothingMissed({ bob, carol, chat, listener, speaker, slow }: Scene, last: number) {
  await bob.say(chat, "after");
  await listener.next("new_message", (one) => one["message"].seq === last + 1);
  await speaker.next("new_message", (one) => one["message"].seq === last + 1);
  for (const socket of [listener, speaker]) expect(seqs(socket.frames)).toEqual(upTo(last + 1).slice(1));

  const applied = seqs(slow.frames);
  expect(applied.length).toBeLessThan(last - 1);
  const back = await carol.connect({ since: slow.cursor });
  const resumed = await back.next("resumed");
  const replayed = back.frames.slice(0, back.frames.indexOf(resumed));
  expect(resumed["count"]).toBe(replayed.filter(hasCursor).length);
  expect([1, ...applied, ...seqs(back.frames)]).toEqual(upTo(last + 1));
}

test("whoever stops reading is cut off at the hard limit; others notice nothing, and nothing is lost", async () => {
  const config = { slowBytes: 1024 * kilobyte, slowHardBytes: 512 * kilobyte };
  const here = await scene({ config });
  await using _ = here.server;
  const last = await talkUntilClosed(here, () => {});
  here.slow.readOn();
  expect(await here.slow.closed).toBe(1006);
  await expectNothingMissed(here, last);
}, 20_000);

test("whoever keeps the server waiting is closed with 4008; others notice nothing, and nothing is lost", async () => {
  const clock = new ManualClock();
  const config = { slowBytes: 512 * kilobyte, slowHardBytes: 65_536 * kilobyte };
  const here = await scene({ clock, config });
  await using _ = here.server;
  clock.turn(60_000);
  const last = await talkUntilClosed(here, () => clock.turn(2000));
  here.slow.readOn();
  expect(await here.slow.closed).toBe(4008);
  await sayAll(here.speaker, here.chat, ["not for Carol"]);
  await expectNothingMissed(here, last + 1);
}, 20_000);

test("a replay waits for a reader who is slow, and closes nobody for it", async () => {
  const clock = new ManualClock();
  const config = { slowBytes: 64 * kilobyte, slowHardBytes: 64 * kilobyte };
  await using server = await TestServer.start({ clock, config });
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const { cursor } = await bob.connect();
  const speaker = await alice.connect();
  await sayAll(speaker, chat, Array(800).fill(long));

  const slow = await RawSocket.of(bob, `?since=${cursor}`);
  for (let size = 1; size < 400; size += 100) {
    await slow.until(() => slow.frames.length >= size);
    slow.stopReading();
    clock.turn(5000);
    // The server is free meanwhile: others talk.
    await sayAll(speaker, chat, ["meanwhile"]);
    slow.readOn();
  }
  // How far the messages have come may be told after it.
  const resumed = () => slow.frames.findIndex((one) => one.type === "resumed");
  await slow.until(() => resumed() > 0);
  const replayed = slow.frames.slice(0, resumed());
  expect(slow.frames[resumed()]!["count"]).toBe(replayed.filter(hasCursor).length);
  expect(seqs(slow.frames)).toEqual(upTo(804));
  await sayAll(speaker, chat, ["live"]);
  await slow.until(() => slow.frames.some((one) => one["message"]?.content === "live"));
  expect(seqs(slow.frames)).toEqual(upTo(805));
  slow.end();
}, 20_000);

test("where all together leave too much unread, whoever leaves most is cut off, and nobody else", async () => {
  const clock = new ManualClock();
  const huge = 65_536 * kilobyte;
  const config = { slowBytes: huge, slowHardBytes: huge, slowBytesInAll: 2048 * kilobyte };
  const here = await scene({ clock, config });
  await using _ = here.server;
  const dave = await here.server.register("dave");
  const alice = await here.server.login("alice");
  const [both, carols] = [await alice.group("both", here.carol, dave), await alice.group("more", here.carol)];
  const other = await RawSocket.of(dave);
  other.stopReading();
  clock.turn(60_000);
  const everybody = 4;
  for (let said = 0; (await here.bob.get("/api/status")).body.connections === everybody; said += 100) {
    if (said > most) throw new Error("nobody was cut off");
    for (const chat of [here.chat, both, carols]) await sayAll(here.speaker, chat, Array(30).fill(long));
    clock.turn(250);
  }
  here.slow.readOn();
  expect(await here.slow.closed).toBe(1006);
  clock.turn(1000);
  expect((await here.bob.get("/api/status")).body.connections).toBe(everybody - 1);
  other.readOn();
  await sayAll(here.speaker, both, ["to the end"]);
  await other.until(() => other.frames.some((one) => one["message"]?.content === "to the end"));
}, 20_000);
