/**
 * A day in a group of a thousand, a hundred of them online: at its end each of those has on the screen, from
 * events alone, what somebody sees who loads everything anew. MESSAGES says how many are written, SEED repeats
 * the same day.
 */
import { expect, test } from "bun:test";

import { Data, userName } from "../bench/data.ts";
import { Contract } from "./support/contract.ts";
import { Home } from "./support/executable.ts";
import { Person } from "./support/person.ts";
import { Chance } from "./support/random.ts";
import { loaded, Replica } from "./support/replica.ts";
import { Socket } from "./support/socket.ts";

const messages = Number(process.env["MESSAGES"] ?? 1000);
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
const people = 1000;
const onlineCount = 100;
/** Every third of those who are online looks at the group. */
const isLooking = (id: number) => id % 3 === 0;
const admins = [2, 3, 4];
const newcomers = 20;

/** Somebody who is online: what they can do, and what they see. */
class Resident {
  socket!: Socket;
  readonly replica: Replica;
  readonly own: number[] = [];

  constructor(
    readonly person: Person,
    private readonly contract: Contract,
  ) {
    this.replica = new Replica(person);
  }

  get id(): number {
    return this.person.id;
  }

  async connect(since?: string): Promise<void> {
    const { url, accessToken } = this.person;
    this.socket = await Socket.open(url, accessToken, since === undefined ? {} : { since }, this.contract);
    await this.socket.next(since === undefined ? "connected" : "resumed");
    this.replica.follow(this.socket);
  }

  async reconnect(look: () => Promise<void>): Promise<void> {
    const { cursor } = this.socket;
    await this.socket.close();
    this.replica.leave();
    await this.connect(cursor);
    await look();
  }
}

test(`a day of ${messages} messages in a group of ${people}`, async () => {
  await using home = new Home();
  const data = new Data(home.dataDir);
  data.addPeople(people + newcomers);
  const ids = Array.from({ length: people }, (_, i) => i + 1);
  const team = data.addGroup(ids);
  const few = data.addGroup(ids.slice(0, 30));
  const tokens = await data.tokens(Array.from({ length: people + newcomers }, (_, i) => i + 1));
  const settings = data.environment;
  data.close();
  const server = await home.start({ settings });
  const { contract } = await server.caller();
  const personOf = (id: number) =>
    new Person(server.url, contract, { access_token: tokens[id - 1], user: { id, username: userName(id) } });
  const residents = ids.slice(0, onlineCount).map((id) => new Resident(personOf(id), contract));
  const owner = residents[0]!;
  for (const id of admins) await owner.person.put(`/api/chats/${team}/members/${id}`, { role: "admin" });

  const look = async (one: Resident) => {
    if (isLooking(one.id)) await one.replica.look(one.socket, team);
  };
  await Promise.all(
    residents.map(async (one) => {
      await one.connect();
      await one.replica.settled();
    }),
  );
  for (const one of residents) await look(one);

  let written = 0;
  let nextNewcomer = people + 1;
  let nextLeaver = people;
  const acts: [weight: number, act: (one: Resident) => Promise<unknown>][] = [
    [50, async (one) => write(one, chance.below(5) === 0 ? few : team)],
    [25, async (one) => read(one, chance.below(5) === 0 ? few : team)],
    [6, async (one) => edit(one)],
    [4, async (one) => remove(one)],
    [2, async (one) => one.reconnect(() => look(one))],
    [2, async (one) => one.person.put(`/api/chats/${team}/me`, { nickname: `nick ${chance.below(99)}` })],
    [1, async (one) => one.person.put(`/api/chats/${team}/me`, { is_muted: chance.below(2) === 0 })],
    [1, async () => owner.person.put(`/api/chats/${team}`, { name: `Team ${chance.below(1000)}` })],
    [1, async () => comesOrGoes()],
  ];

  async function write(one: Resident, chat: number): Promise<void> {
    if (!one.replica.chats.has(chat)) return;
    written += 1;
    const called = chance.below(10) === 0 ? ` @${userName(1 + chance.below(onlineCount))},` : "";
    const everybody = admins.includes(one.id) && chance.below(20) === 0 ? "@all " : "";
    const known = one.replica.chats.get(chat)!.messages.map((message) => message.id);
    const reply = chance.below(10) === 0 && known.length > 0 ? { reply_to_id: chance.pick(known) } : {};
    const content = `${everybody}message ${written}${called} of ${one.id}`;
    const sent = { type: "send_message", chat_id: chat, content, client_id: `d${written}`, ...reply };
    const ack = await one.socket.ask(sent);
    // Somebody who was removed meanwhile is refused.
    if (ack.type === "ack") one.own.push(ack["message"].id);
  }

  async function read(one: Resident, chat: number): Promise<void> {
    const last = one.replica.chats.get(chat)?.messages.at(-1 - chance.below(3))?.id;
    const type = chance.below(4) === 0 ? "message_delivered" : "message_read";
    if (last !== undefined) await one.socket.ask({ type, chat_id: chat, message_id: last });
  }

  async function edit(one: Resident): Promise<void> {
    if (one.own.length === 0) return;
    const content = `edited by ${one.id}, @${userName(1 + chance.below(onlineCount))}`;
    await one.socket.ask({ type: "edit_message", message_id: chance.pick(one.own), content });
  }

  async function remove(one: Resident): Promise<void> {
    const all = one.replica.chats.get(team)!.messages.map((message) => message.id);
    const choices = admins.includes(one.id) ? all : one.own;
    if (choices.length === 0) return;
    await one.socket.ask({ type: "delete_message", message_id: chance.pick(choices) });
  }

  /** Somebody new is added, one of those who are away leaves, or one who is here is removed from the few or comes back. */
  async function comesOrGoes(): Promise<void> {
    const what = chance.below(3);
    if (what === 0 && nextNewcomer <= people + newcomers) {
      await owner.person.post(`/api/chats/${team}/members`, { user_id: nextNewcomer++ });
    } else if (what === 1 && nextLeaver > onlineCount) {
      await personOf(nextLeaver).delete(`/api/chats/${team}/members/${nextLeaver}`);
      nextLeaver -= 1;
    } else {
      const id = 5 + chance.below(25);
      const removed = await owner.person.delete(`/api/chats/${few}/members/${id}`);
      if (removed.status === 404) await owner.person.post(`/api/chats/${few}/members`, { user_id: id });
    }
  }

  const weights = acts.flatMap(([weight, act]) => Array<typeof act>(weight).fill(act));
  const started = performance.now();
  await Promise.all(
    residents.map(async (one) => {
      while (written < messages) await chance.pick(weights)(one);
    }),
  );
  const took = performance.now() - started;

  // The evening: all have received everything, and nothing happens any more.
  for (const one of residents) {
    await one.replica.settled();
    await one.socket.settled();
  }
  for (const one of residents) {
    for (const [chat, state] of one.replica.chats) {
      const last = state.newest?.id ?? 0;
      if (last > 0) await one.socket.ask({ type: "message_delivered", chat_id: chat, message_id: last });
    }
  }
  for (const one of residents) await one.socket.settled();

  const looks = (one: Resident) => (chat: number) => chat === few || isLooking(one.id);
  const compare = async (one: Resident) => {
    for (;;) {
      const { frames } = one.socket;
      const seen = frames.length;
      const screen = one.replica.snapshot(looks(one));
      const anew = await loaded(one.person, looks(one));
      if (Bun.deepEquals(screen, anew)) break;
      // Receipts of many people may still be on their way.
      const comes = () =>
        one.socket.nextFrame().then(
          () => true,
          () => false,
        );
      if (frames.length > seen || (await comes())) continue;
      expect({ of: one.id, ...screen }).toEqual({ of: one.id, ...anew });
    }
    if (!isLooking(one.id)) return;
    const { online } = await one.socket.ask({ type: "join_chat", chat_id: team });
    expect([...one.replica.onlineIn(team)].sort()).toEqual([...online].sort());
  };
  for (let at = 0; at < residents.length; at += 5) {
    await Promise.all(residents.slice(at, at + 5).map(compare));
  }
  const heard = residents.reduce((sum, one) => sum + one.socket.frames.length, 0);
  console.log(
    `seed ${chance.seed}: ${written} messages in ${Math.round(took)} ms, ${heard} frames on the last sockets; ` +
      `${residents.length} screens equal what is loaded anew`,
  );
}, 600_000);
