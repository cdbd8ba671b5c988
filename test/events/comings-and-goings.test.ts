import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import { isEvent } from "../support/heard.ts";
import type { Person } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { TestServer } from "../support/server.ts";
import type { Frame, Socket } from "../support/socket.ts";

setDefaultTimeout(30_000);

const comings = 20;

/** Somebody who keeps eight messages under way, and edits one now and then, until told to stop. */
async function talk(person: Person, chat_id: number, goOn: () => boolean): Promise<void> {
  const socket = await person.connect();
  while (goOn()) {
    const send = { type: "send_message", chat_id, content: "hi" };
    const acks = await Promise.all(Array.from({ length: 8 }, () => socket.ask(send)));
    const message_id = acks[0]!["message"].id;
    await socket.ask({ type: "edit_message", message_id, content: "edited" });
  }
}

/** Alice and Carol talk all the time; the witness is Bob's other device, which is always there. */
async function scene(server: TestServer) {
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const carol = await server.register("carol");
  const chat = await alice.group("club", bob, carol);
  // Invitations come before the talk: one of somebody else would move Bob's place, too.
  await server.settled();
  const witness = await bob.connect();
  let isTalking = true;
  const talking = [alice, carol].map((one) => talk(one, chat, () => isTalking));
  const stop = async () => {
    isTalking = false;
    await Promise.all(talking);
    await witness.settled();
  };
  return { bob, chat, witness, stop };
}

/** Waits until `count` more frames have come. */
async function hear(socket: Socket, count: number): Promise<void> {
  const enough = socket.frames.length + count;
  while (socket.frames.length < enough) await socket.nextFrame();
}

async function wholeHistory(person: Person, chat: number): Promise<{ id: number; seq: number }[]> {
  const messages = await person.history(chat, "?limit=100");
  while (messages[0].seq > 1) {
    messages.unshift(...(await person.history(chat, `?limit=100&before=${messages[0].id}`)));
  }
  return messages;
}

test("somebody whose line drops again and again, while others talk, applies everything once and in order", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const { bob, chat, witness, stop } = await scene(server);
  const chance = new Chance();
  const start = witness.frames[0]!["cursor"] as string;
  const applied: Frame[] = [];
  const cursor = () => (applied.at(-1)?.["cursor"] as string | undefined) ?? start;
  let cutShort = 0;
  for (let i = 0; i < comings; i++) {
    const socket = await bob.connect({ since: cursor() });
    await hear(socket, chance.pick([0, 1, 5, 20, 100, 300]));
    applied.push(...socket.frames.filter(isEvent));
    if (socket.frames.every((one) => one.type !== "resumed")) cutShort += 1;
    socket.ws.terminate();
    await hear(witness, chance.pick([0, 0, 10, 50, 500]));
  }
  await stop();
  const last = await bob.connect({ since: cursor() });
  await last.next("resumed");
  applied.push(...last.frames.filter(isEvent));

  const told = witness.frames.filter(isEvent);
  const name = `seed ${chance.seed}, ${told.length} events, ${cutShort} replays cut short`;
  const lines = (frames: Frame[]) => frames.map((one) => `${one["cursor"]} ${one.type}`);
  expect(lines(applied), name).toEqual(lines(told));
  const heard = applied.filter((one) => one.type === "new_message").map((one) => one["message"].id);
  const history = await wholeHistory(bob, chat);
  // The first one tells of the group's beginning, before Bob was in it.
  expect(heard, name).toEqual(history.slice(1).map((one) => one.id));
  expect(history.map((one) => one.seq)).toEqual(history.map((_, i) => i + 1));
}, 30_000);

test("somebody who connects while others talk hears all that comes after the cursor they are given", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const { bob, witness, stop } = await scene(server);
  const heard: Frame[][] = [];
  for (let i = 0; i < comings; i++) {
    const socket = await bob.connect();
    await hear(socket, 30);
    heard.push(socket.frames.slice());
    socket.ws.terminate();
  }
  await stop();
  const cursors = (frames: Frame[]) => frames.flatMap((one) => one["cursor"] ?? []);
  const told = cursors(witness.frames);
  for (const [first, ...later] of heard.map(cursors)) {
    const from = told.indexOf(first) + 1;
    expect(from).toBeGreaterThan(0);
    expect(later).toEqual(told.slice(from, from + later.length));
  }
}, 30_000);

test("an open socket that resumes while others talk hears nothing live until it has caught up", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const { bob, witness, stop } = await scene(server);
  const chance = new Chance();
  const socket = await bob.connect();
  const resumes: { since: string; frames: Frame[] }[] = [];
  for (let i = 0; i < comings; i++) {
    await hear(socket, 30);
    const { length } = socket.frames;
    const since = chance.pick(socket.frames.filter(isEvent).slice(-1000))["cursor"] as string;
    socket.send({ type: "resume", cursor: since });
    await socket.next("resumed");
    resumes.push({ since, frames: socket.frames.slice(length) });
  }
  await hear(socket, 30);
  await stop();
  await socket.settled();

  const told = witness.frames.filter(isEvent).map((one) => one["cursor"] as string);
  const after = (cursor: string) => told.slice(told.indexOf(cursor) + 1);
  for (const { since, frames } of resumes) {
    const end = frames.findIndex((one) => one.type === "resumed");
    const resumed = frames[end]!;
    const replayed = frames.slice(end - resumed["count"], end);
    expect(resumed["from"]).toBe(since);
    expect(resumed["to"]).toBe(replayed.at(-1)?.["cursor"] ?? since);
    expect(
      replayed.map((one) => one["cursor"]),
      `seed ${chance.seed}`,
    ).toEqual(after(since).slice(0, resumed["count"]));
  }
  const last = socket.frames.findLastIndex((one) => one.type === "resumed");
  const live = socket.frames.slice(last).filter(isEvent);
  expect(live.map((one) => one["cursor"])).toEqual(after(socket.frames[last]!["to"]));
}, 30_000);
