import { expect, test } from "bun:test";

import { isEvent } from "../support/heard.ts";
import type { Person } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { TestServer } from "../support/server.ts";
import type { Frame, Socket } from "../support/socket.ts";

const comings = 20;

/** Keeps eight messages under way, and edits one now and then, until told to stop. Answers how many there are. */
async function talk(socket: Socket, chat_id: number, goOn: () => boolean): Promise<number> {
  let said = 0;
  while (goOn()) {
    const asked = Array.from({ length: 8 }, () =>
      socket.ask({ type: "send_message", chat_id, content: `${++said}` }),
    );
    const acks = await Promise.all(asked);
    const message_id = acks[0]!["message"].id;
    await socket.ask({ type: "edit_message", message_id, content: "edited" });
  }
  return said;
}

/** Stays until `count` more frames have come, then goes without a word. Answers what came until then. */
async function stay(socket: Socket, count: number): Promise<Frame[]> {
  const enough = socket.frames.length + count;
  const news = () => socket.next("new_message", () => true);
  while (socket.frames.length < enough) await news();
  const frames = socket.frames.slice();
  socket.ws.terminate();
  return frames;
}

async function wholeHistory(person: Person, chat: number): Promise<{ id: number; seq: number }[]> {
  const messages = await person.history(chat, "?limit=100");
  while (messages[0].seq > 1) {
    messages.unshift(...(await person.history(chat, `?limit=100&before=${messages[0].id}`)));
  }
  return messages;
}

test("somebody whose line drops again and again, while others talk, applies everything once and in order", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const chance = new Chance();
  const witness = await bob.connect();
  let cursor = witness.cursor;
  let isTalking = true;
  const talking = talk(await alice.connect(), chat, () => isTalking);

  const applied: Frame[] = [];
  const keep = (frames: Frame[]) => {
    applied.push(...frames.filter(isEvent));
    cursor = applied.at(-1)?.["cursor"] ?? cursor;
  };
  let cutShort = 0;
  for (let i = 0; i < comings; i++) {
    const socket = await bob.connect({ since: cursor });
    const frames = await stay(socket, chance.pick([1, 2, 5, 20, 100, 300]));
    keep(frames);
    if (frames.every((one) => one.type !== "resumed")) cutShort += 1;
  }
  isTalking = false;
  const said = await talking;
  const socket = await bob.connect({ since: cursor });
  await socket.next("resumed");
  keep(socket.frames);

  await witness.settled();
  const live = witness.frames.filter(isEvent);
  const name = `seed ${chance.seed}, ${said} messages, ${cutShort} replays cut short`;
  expect(
    applied.map((one) => one["cursor"]),
    name,
  ).toEqual(live.map((one) => one["cursor"]));
  expect(
    applied.map((one) => one.type),
    name,
  ).toEqual(live.map((one) => one.type));
  const heard = applied.filter((one) => one.type === "new_message").map((one) => one["message"].id);
  const history = await wholeHistory(bob, chat);
  expect(heard, name).toEqual(history.map((one) => one.id));
  expect(history.map((one) => one.seq)).toEqual(Array.from({ length: said }, (_, i) => i + 1));
}, 30_000);

test("somebody who connects while others talk hears all that comes after the cursor they are given", async () => {
  await using server = await TestServer.start();
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.directWith(bob);
  const witness = await bob.connect();
  let isTalking = true;
  const talking = talk(await alice.connect(), chat, () => isTalking);
  const heard: Frame[][] = [];
  for (let i = 0; i < comings; i++) {
    await witness.next("new_message");
    heard.push(await stay(await bob.connect(), 30));
  }
  isTalking = false;
  await talking;
  await witness.settled();
  const told = witness.frames.map((one) => one["cursor"]);
  for (const [first, ...frames] of heard) {
    const from = told.indexOf(first!["cursor"]) + 1;
    expect(from).toBeGreaterThan(0);
    expect(frames.map((one) => one["cursor"])).toEqual(told.slice(from, from + frames.length));
  }
}, 30_000);
