/**
 * However people write, edit, delete, read, leave, come back and are let out and in by the operator: what the server
 * counts is what a recount of its tables gives, and what a screen makes of the events it hears is what a fresh load
 * shows. STEPS says how much happens, SEED repeats the same.
 */
import { expect, setDefaultTimeout, test } from "bun:test";

import { counts, mentions, notifications } from "../support/notified.ts";
import type { Person, Reply } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { Recount } from "../support/recount.ts";
import { loaded, loadNotices, Replica } from "../support/replica.ts";
import { until } from "../support/until.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";

setDefaultTimeout(600_000);

const steps = Number(process.env["STEPS"] ?? 240);
const looks = () => true;

/** Somebody with one screen, which is on or off. */
class Resident {
  person: Person;
  replica: Replica;
  socket: Socket | undefined;
  isActive = true;

  constructor(
    private readonly server: TestServer,
    readonly name: string,
    person: Person,
  ) {
    this.person = person;
    this.replica = new Replica(person);
  }

  /** A fresh screen, or the one of before that catches up. */
  async turnOn(isFresh: boolean): Promise<void> {
    const since = isFresh ? undefined : this.replica.cursor;
    this.socket = await this.person.connect(since === undefined ? {} : { since });
    if (since === undefined) this.replica = new Replica(this.person);
    else await this.socket.next("resumed");
    this.replica.follow(this.socket);
    await this.replica.settled();
  }

  async turnOff(): Promise<void> {
    await this.replica.settled();
    this.replica.cursor = this.socket?.cursor;
    await this.socket?.close();
    this.replica.leave();
    this.socket = undefined;
  }

  async setActive(isActive: boolean): Promise<void> {
    this.isActive = isActive;
    await this.server.operate(`user ${isActive ? "enable" : "disable"}`, { username: this.name });
    if (!isActive) {
      await this.socket?.closed;
      this.socket = undefined;
    } else {
      this.person = await this.server.login(this.name);
      await this.turnOn(true);
    }
  }
}

test(`after each of some ${steps} steps counts, lists and screens are right`, async () => {
  const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
  console.log(`seed ${chance.seed}`);
  await using server = await TestServer.start();
  const residents: Resident[] = [];
  for (const name of ["alice", "bob", "carol", "dave"]) {
    residents.push(new Resident(server, name, await server.register(name)));
  }
  const [alice, bob] = residents.map((one) => one.person) as [Person, Person];
  const others = residents.slice(1).map((one) => one.person);
  const team = await alice.group("Team", ...others);
  const crew = await bob.group("Crew", alice);
  const direct = await alice.directWith(bob);
  const chats = [team, team, crew, direct];
  for (const one of residents) await one.turnOn(true);

  /** Messages of all chats, as they were sent. */
  const said: { id: number; chat_id: number; sender: Resident }[] = [];
  const text = (i: number) => {
    const dice = chance.below(5);
    const name = chance.pick(residents).name;
    return dice === 0 ? `@all ${i}` : dice < 3 ? `hello @${name} ${i}` : `hello ${i}`;
  };
  const member = (chat: number, one: Resident) => `/api/chats/${chat}/members/${one.person.id}`;
  /** The first one does it who is let. */
  const whoeverMay = async (act: (who: Resident) => Promise<Reply>) => {
    for (const who of residents) if (who.isActive && (await act(who)).status < 300) return;
  };
  const acts: [weight: number, what: string, act: (one: Resident, i: number) => Promise<unknown>][] = [
    [
      22,
      "writes",
      async (one, i) => {
        const chat_id = chance.pick(chats);
        const { status, body } = await one.person.post(`/api/messages/${chat_id}`, { content: text(i) });
        if (status === 201) said.push({ id: body.id, chat_id, sender: one });
      },
    ],
    [
      12,
      "edits",
      async (one, i) => {
        const mine = said.filter((other) => other.sender === one);
        if (mine.length > 0)
          await one.person.put(`/api/messages/${chance.pick(mine.slice(-8)).id}`, { content: text(i) });
      },
    ],
    [
      22,
      "deletes",
      async (one) => {
        // Their own or, where they may, anybody's.
        if (said.length > 0) await one.person.delete(`/api/messages/${chance.pick(said.slice(-12)).id}`);
      },
    ],
    [
      12,
      "reads",
      async (one) => {
        if (said.length > 0) await one.person.post(`/api/messages/${chance.pick(said.slice(-12)).id}/read`);
      },
    ],
    [
      6,
      "receives",
      async (one) => {
        if (said.length > 0)
          await one.person.post(`/api/messages/${chance.pick(said.slice(-12)).id}/delivered`);
      },
    ],
    [5, "leaves", async (one) => one.person.delete(member(chance.pick([team, crew]), one))],
    [
      6,
      "is removed",
      async (one) => {
        const path = member(chance.pick([team, crew]), one);
        await whoeverMay(({ person }) => person.delete(path));
      },
    ],
    [
      12,
      "is added",
      async (one) => {
        const path = `/api/chats/${chance.pick([team, crew])}/members`;
        await whoeverMay(({ person }) => person.post(path, { user_id: one.person.id }));
      },
    ],
    [
      2,
      "hands over",
      async (one) =>
        one.person.put(member(chance.pick([team, crew]), chance.pick(residents)), { role: "owner" }),
    ],
    [
      3,
      "puts away",
      async (one) => {
        const [first] = await loadNotices(one.person);
        if (first) await one.person.post(`/api/notifications/${first["id"]}/read`);
      },
    ],
    [1, "puts all away", async (one) => one.person.post("/api/notifications/read-all")],
    [
      2,
      "mutes",
      async (one) =>
        one.person.put(`/api/chats/${chance.pick(chats)}/me`, {
          notify: chance.pick(["all", "mentions", "none"]),
        }),
    ],
    [6, "switches", async (one) => (one.socket ? one.turnOff() : one.turnOn(chance.below(3) === 0))],
  ];
  const weights = acts.flatMap(([weight, what, act]) =>
    Array<[string, typeof act]>(weight).fill([what, act]),
  );
  /** What happened last, for whoever looks why it failed. */
  const log: string[] = [];

  for (let i = 0; i < steps; i++) {
    const active = residents.filter((one) => one.isActive);
    if (chance.below(25) === 0) {
      const one = chance.pick(residents);
      if (!one.isActive || active.length > 2) {
        log.push(`${one.name} is let ${one.isActive ? "out" : "in"}`);
        await one.setActive(!one.isActive);
      }
    } else {
      // Some of what happens happens at once.
      const together = Array.from({ length: 1 + chance.below(3) }, () => chance.pick(active));
      await Promise.all(
        [...new Set(together)].map((one) => {
          const [what, act] = chance.pick(weights);
          log.push(`${one.name} ${what}`);
          return act(one, i);
        }),
      );
    }
    if (chance.below(4) === 0 || i === steps - 1) await check(server, residents, log.slice(-30));
  }
});

/** At any moment each notification tells of something that is there, in a chat that its reader is in. */
async function checkLists(residents: Resident[], log: string[]): Promise<void> {
  for (const { person, isActive } of residents) {
    if (!isActive) continue;
    const of = person.username;
    const chats = new Map((await person.get("/api/chats")).body.chats.map((one: any) => [one.id, one]));
    for (const { body, data, is_read, notification_type: type } of await notifications(
      person,
      "?limit=100",
    )) {
      const chat: any = chats.get(data.chat_id);
      expect({ of, log, body, isThere: chat !== undefined }).toEqual({
        of,
        log,
        body: expect.stringMatching(/./),
        isThere: true,
      });
      if (type === "message" && !is_read) expect(data.count).toBe(chat.unread_count);
    }
  }
}

/** Everything that is counted or shown, for each who can look at it. */
async function check(server: TestServer, residents: Resident[], log: string[]): Promise<void> {
  await checkLists(residents, log);
  // Loading is receiving: whoever is compared with a fresh load has received everything before.
  for (const { person, socket } of residents) if (socket) await loaded(person, looks);
  await server.settled();
  await checkLists(residents, log);
  using recount = new Recount(server.dataDir);
  for (const { person, replica, socket, isActive } of residents) {
    if (!isActive) continue;
    const of = person.username;
    const counted = recount.of(person.id);
    const { chats } = (await person.get("/api/chats")).body;
    const listed = chats.map((one: any) => [one.id, one.unread_count, one.unread_mentions]);
    expect({ of, log, chats: listed.toSorted((a: any, b: any) => a[0] - b[0]) }).toEqual({
      of,
      log,
      chats: counted.chats,
    });
    const notices = await loadNotices(person);
    const sum = (at: 1 | 2) => counted.chats.reduce((total, one) => total + one[at], 0);
    expect({ of, log, counts: await counts(person) }).toEqual({
      of,
      log,
      counts: [notices.length, sum(2), sum(1)],
    });
    expect((await mentions(person)).map((one) => one.message_id).toSorted((a, b) => a - b)).toEqual(
      counted.mentioned,
    );
    for (const [id, status] of recount.statuses(person.id)) {
      const [message] = (await person.get(`/api/messages/${recount.chatOf(id)}?around=${id}&limit=1`)).body
        .messages;
      expect({ of, log, id, status: message.status }).toEqual({ of, log, id, status });
    }
    if (!socket) continue;
    await socket.settled();
    await replica.settled();
    // What was just asked for here is received as well, and told a moment later.
    const isTold = async () => Bun.deepEquals(replica.snapshot(looks), await loaded(person, looks));
    await until(isTold, 1000).catch(() => {});
    expect({ of, log, ...replica.snapshot(looks) }).toEqual({ of, log, ...(await loaded(person, looks)) });
    expect([...replica.notices].toSorted((a, b) => a - b)).toEqual(
      notices.map((one) => one["id"]).toSorted((a, b) => a - b),
    );
  }
}
