/** Coming in while others write without a pause: a commit is always under way, and the disk takes its time. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { withoutStatus, isEvent } from "../support/heard.ts";
import type { Person } from "../support/person.ts";
import { TestServer } from "../support/server.ts";
import { SlowDisk } from "../support/slow-disk.ts";
import type { Frame, Socket } from "../support/socket.ts";
import { sayAll } from "../support/talk.ts";

setDefaultTimeout(20_000);

const flushMilliseconds = 20;
/** Some seconds' worth. */
const mostFlushes = 120;
const missed = Array.from({ length: 250 }, (_, i) => `missed ${i}`);

/** Bob has been away while somebody wrote; now several write, in his chat and in one that he is not in. */
async function scene(disk: SlowDisk) {
  const server = await TestServer.start({ clock: new ManualClock() });
  const bob = await server.register("bob");
  const writers = await Promise.all(["ann", "ben", "cleo", "dan"].map((name) => server.register(name)));
  const club = await writers[0]!.group("club", bob, ...writers.slice(1));
  const lounge = await writers[0]!.group("lounge", ...writers.slice(1));
  const ear = await bob.connect();
  const { cursor } = ear;
  const sockets = await Promise.all(writers.map((one) => one.connect()));
  await sayAll(sockets[0]!, club, missed);
  disk.takes(flushMilliseconds);
  const talk = new Talk(disk, sockets, [club, lounge]);
  await ear.next("new_message", (one) => one["message"].content === "after flush 3");
  return { server, bob, ear, cursor, talk, club, writer: writers[0]! };
}

/**
 * Whenever the disk begins to flush, everybody writes again: so another commit waits when the flush ends, and
 * there is never a moment without one.
 */
class Talk {
  readonly #answers: Promise<Frame>[] = [];
  #flushes = 0;
  #stopped = false;

  constructor(
    disk: SlowDisk,
    private readonly sockets: Socket[],
    private readonly chats: number[],
  ) {
    disk.onFlush = () => this.#write();
    this.#write();
  }

  /** False when everybody has become tired. */
  get goesOn(): boolean {
    return this.#flushes < mostFlushes;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const answer of await Promise.all(this.#answers)) expect(answer.type).toBe("ack");
  }

  #write(): void {
    if (this.#stopped || !this.goesOn) return;
    const content = `after flush ${this.#flushes++}`;
    this.sockets.forEach((one, i) => {
      const chat_id = this.chats[i % this.chats.length]!;
      this.#answers.push(one.ask({ type: "send_message", chat_id, content }));
    });
  }
}

const position = (cursor: unknown) => Number(String(cursor).split("-")[1]);

function eventsAfter(frames: Frame[], cursor: string): Frame[] {
  return frames.filter((one) => isEvent(one) && position(one["cursor"]) > position(cursor));
}

async function hearTheEnd(writer: Person, club: number, sockets: Socket[]): Promise<void> {
  await writer.say(club, "the end");
  for (const socket of sockets) {
    await socket.next("new_message", (one) => one["message"].content === "the end");
  }
}

test("somebody who comes back while everybody writes is soon live, and misses nothing", async () => {
  using disk = new SlowDisk();
  const { server, bob, ear, cursor, talk, club, writer } = await scene(disk);
  await using _ = server;
  const now = ear.cursor;
  const comers = await Promise.all(
    [cursor, cursor, cursor, now, now, now].map(async (since) => {
      const socket = await bob.connect({ since });
      const { count } = await socket.next("resumed");
      return { socket, since, count: count as number };
    }),
  );
  expect(talk.goesOn).toBe(true);
  await talk.stop();
  await hearTheEnd(writer, club, [ear, ...comers.map((one) => one.socket)]);
  for (const { socket, since, count } of comers) {
    expect(withoutStatus(socket.frames.filter(isEvent))).toEqual(
      withoutStatus(eventsAfter(ear.frames, since)),
    );
    expect(count).toBeGreaterThanOrEqual(since === cursor ? missed.length : 0);
  }
});

test("an open socket that resumes while everybody writes is soon live again, and misses nothing", async () => {
  using disk = new SlowDisk();
  const { server, bob, ear, cursor, talk, club, writer } = await scene(disk);
  await using _ = server;
  const sockets = await Promise.all(
    [cursor, ear.cursor].map(async (from) => {
      const socket = await bob.connect();
      expect((await socket.ask({ type: "resume", cursor: from })).type).toBe("ack");
      return socket;
    }),
  );
  expect(talk.goesOn).toBe(true);
  await talk.stop();
  await hearTheEnd(writer, club, [ear, ...sockets]);
  for (const { frames } of sockets) {
    const resumed = frames.findIndex((one) => one.type === "resumed");
    const { from, count } = frames[resumed] as Frame & { from: string; count: number };
    const before = frames.slice(0, resumed).filter(isEvent);
    // What it heard live before it asked comes again.
    const replayed = before.slice(before.length - count);
    const heard = [...replayed, ...frames.slice(resumed).filter(isEvent)];
    expect(withoutStatus(heard)).toEqual(withoutStatus(eventsAfter(ear.frames, from)));
  }
});

test("somebody who begins afresh while everybody writes hears all that follows", async () => {
  using disk = new SlowDisk();
  const { server, bob, ear, talk, club, writer } = await scene(disk);
  await using _ = server;
  const sockets = await Promise.all(Array.from({ length: 6 }, () => bob.connect()));
  // Half of them ask to resume from a place that never was.
  for (const socket of sockets.slice(3)) {
    expect((await socket.ask({ type: "resume", cursor: "nowhere" })).type).toBe("ack");
  }
  expect(talk.goesOn).toBe(true);
  await talk.stop();
  await hearTheEnd(writer, club, [ear, ...sockets]);
  for (const [i, { frames }] of sockets.entries()) {
    const begin = frames.findIndex((one) => one.type === (i < 3 ? "connected" : "resync"));
    const heardSince = frames.slice(begin).filter(isEvent);
    expect(heardSince).toEqual(eventsAfter(ear.frames, frames[begin]!["cursor"]));
  }
});
