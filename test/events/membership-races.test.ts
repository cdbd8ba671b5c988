import { expect, setDefaultTimeout, test } from "bun:test";

import { ManualClock } from "../support/clock.ts";
import type { Person } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { TestServer } from "../support/server.ts";
import type { Frame, Socket } from "../support/socket.ts";

setDefaultTimeout(30_000);

/** A stretch on one socket: what it replayed, from a position to another, or what it heard live between them. */
interface Stretch {
  kind: "replay" | "live";
  from: number;
  to: number;
  /** Positions of the chat's events that it brought. */
  heard: number[];
  /** The last position that was known to be told to everybody when a replay was asked for. */
  asked: number;
}

/** Time in a chat: events after `joined` and before `left` are theirs. */
interface Stay {
  joined: number;
  left: number;
}

// Cursors are opaque to clients. Here they give everything a place on one line.
const positionOf = (cursor: string) => Number(cursor.split("-")[1]);
const ofChat = (frame: Frame) => /^(new_message|member_)/.test(frame.type);

/** Somebody whose line drops now and then. */
class Listener {
  readonly stretches: Stretch[] = [];
  #socket: Socket | undefined;
  #cursor = "";

  constructor(readonly person: Person) {}

  async come(told: number): Promise<void> {
    const known = this.#cursor === "" ? {} : { since: this.#cursor };
    this.#socket = await this.person.connect(known);
    if (this.#cursor === "") return;
    // Others go on meanwhile.
    const resumed = await this.#socket.next("resumed");
    const until = this.#socket.frames.indexOf(resumed);
    const replayed = this.#socket.frames.slice(0, until);
    this.#keep("replay", resumed["from"], resumed["to"], replayed, told);
    this.#cursor = resumed["to"];
  }

  go(): void {
    const frames = this.#socket!.frames;
    this.#socket!.ws.terminate();
    const start = frames.findIndex((one) => one.type === "resumed") + 1;
    const live = frames.slice(start);
    const from = this.#cursor || (frames[0]!["cursor"] as string);
    const last = live.findLast((one) => one["cursor"] !== undefined)?.["cursor"] as string | undefined;
    this.#cursor = last ?? from;
    this.#keep("live", from, this.#cursor, live, 0);
    this.#socket = undefined;
  }

  get isHere(): boolean {
    return this.#socket !== undefined;
  }

  async settle(): Promise<void> {
    await this.#socket?.settled();
  }

  #keep(kind: Stretch["kind"], from: string, to: string, frames: Frame[], asked: number): void {
    const heard = frames.filter(ofChat).map((one) => positionOf(one["cursor"]));
    this.stretches.push({ kind, from: positionOf(from), to: positionOf(to), heard, asked });
  }
}

/** When somebody was in the chat, as its owner saw it. An added person hears what follows the words about it. */
function staysOf(userId: number, told: Frame[]): Stay[] {
  const stays: Stay[] = [];
  for (const frame of told) {
    const facts = frame["message"]?.system;
    const position = positionOf(frame["cursor"]);
    if (facts?.event === "member_added" && facts.user_id === userId) {
      stays.push({ joined: position, left: Infinity });
    }
    if (frame.type === "member_removed" && frame["user_id"] === userId) stays.at(-1)!.left = position;
  }
  return stays;
}

function within(stay: Stay, position: number): boolean {
  return stay.joined < position && position < stay.left;
}

/** The complaint about a stretch, if there is one. */
function complaint(stretch: Stretch, stays: Stay[], told: Frame[]): string | undefined {
  const { kind, from, to, heard, asked } = stretch;
  const isLive = kind === "live";
  const must: number[] = [];
  const may: number[] = [];
  for (const { type, cursor } of told) {
    const position = positionOf(cursor);
    const stay = stays.find((one) => within(one, position));
    if (!stay || position <= from || position > to) continue;
    // A replay owes what the stay that lasts brings; of one that ended while it ran, a part is allowed.
    if (isLive || asked < stay.left) may.push(position);
    // It tells things as they are now: somebody added who is gone again needs no mention.
    if (isLive || (to < stay.left && type !== "member_added")) must.push(position);
  }
  const missing = must.filter((one) => !heard.includes(one));
  const foreign = heard.filter((one) => !may.includes(one));
  const disorder = heard.filter((one, i) => i > 0 && heard[i - 1]! >= one);
  if (missing.length + foreign.length + disorder.length === 0) return undefined;
  return JSON.stringify({ kind, from, to, missing, foreign, disorder });
}

test("people who are added, removed and cut off at random hear exactly what is theirs", async () => {
  await using server = await TestServer.start({ clock: new ManualClock() });
  const owner = await server.register("owner");
  const names = ["alice", "bob", "carol"];
  const listeners = await Promise.all(names.map(async (one) => new Listener(await server.register(one))));
  const chat = await owner.group("club");
  const [witness, speaker] = [await owner.connect(), await owner.connect()];
  const start = witness.frames.length;
  const told = () => witness.frames.slice(start).filter(ofChat);
  const chance = new Chance();
  const members = `/api/chats/${chat}/members`;

  const act = async (): Promise<unknown> => {
    const listener = chance.pick(listeners);
    const { id } = listener.person;
    const choice = chance.below(10);
    if (choice < 2) return owner.post(members, { user_id: id });
    if (choice < 4) return owner.delete(`${members}/${id}`);
    return speaker.ask({ type: "send_message", chat_id: chat, content: "hi" });
  };
  await Promise.all(listeners.map((one) => one.come(0)));
  for (let round = 0; round < 60; round++) {
    // All at once: the server finds an order, and the owner sees which.
    const acts = Array.from({ length: 8 }, act);
    const turning = listeners.filter(() => chance.below(4) === 0);
    for (const one of turning) if (one.isHere) one.go();
    const last = told().at(-1);
    const known = last ? positionOf(last["cursor"]) : 0;
    await Promise.all([...acts, ...turning.map((one) => one.come(known))]);
  }
  await witness.settled();
  await Promise.all(listeners.map((one) => one.settle()));
  for (const one of listeners) one.go();

  for (const { person, stretches } of listeners) {
    const stays = staysOf(person.id, told());
    const complaints = stretches.map((one) => complaint(one, stays, told())).filter(Boolean);
    expect(complaints, `seed ${chance.seed}, ${person.username}`).toEqual([]);
    expect(stretches.flatMap((one) => one.heard).length).toBeGreaterThan(20);
  }
}, 30_000);
