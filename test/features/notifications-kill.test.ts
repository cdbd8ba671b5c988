/** The built executable is killed again and again while somebody writes to people who are away. SEED repeats it. */
import { expect, test } from "bun:test";

import { Home, type Running } from "../support/executable.ts";
import { moment } from "../support/moment.ts";
import { counts, notifications } from "../support/notified.ts";
import type { Person } from "../support/person.ts";
import { Chance } from "../support/random.ts";
import { Socket } from "../support/socket.ts";

const kills = 12;
const chance = new Chance(process.env["SEED"] === undefined ? undefined : Number(process.env["SEED"]));
const settings = { CHECKPOINT_MB: "1", ACCESS_TOKEN_SECONDS: "86400" };

/** Writes as fast as it is answered until the line drops; what was not answered is said again the next time. */
class Writer {
  readonly acknowledged = new Map<string, number>();
  #open: string[] = [];
  #said = 0;

  constructor(
    private readonly chatIds: number[],
    private readonly names: string[],
  ) {}

  async write(url: string, person: Person): Promise<void> {
    // Killed before it was open: then nothing was said.
    const socket = await Socket.open(url, person.accessToken).catch(() => undefined);
    if (!socket) return;
    socket.ws.addEventListener("message", ({ data }) => {
      const frame = JSON.parse(data as string);
      if (frame.type !== "ack") return;
      this.acknowledged.set(frame.request_id, frame.message.id);
      this.#open = this.#open.filter((one) => one !== frame.request_id);
      this.#fill(socket);
    });
    for (const one of this.#open) this.#send(socket, one);
    this.#fill(socket);
    await socket.closed;
  }

  #fill(socket: Socket): void {
    while (this.#open.length < 4) {
      const one = `${++this.#said}`;
      this.#open.push(one);
      this.#send(socket, one);
    }
  }

  /** By its number it is always the same message. Every fifth one names somebody. */
  #send(socket: Socket, one: string): void {
    const number = Number(one);
    const name = this.names[number % this.names.length]!;
    const content = number % 5 === 0 ? `@${name} ${one}` : one;
    const chat_id = this.chatIds[number % this.chatIds.length]!;
    socket.send({ type: "send_message", request_id: one, client_id: one, chat_id, content });
  }
}

/** Settles when all that has happened has led to what it leads to: news that come after it have arrived. */
async function settle(server: Running, alice: Person, carol: Person): Promise<void> {
  const socket = await carol.connect();
  const chat = await alice.directWith(carol);
  // What is told of one message may overtake what the same moment leads to elsewhere, but not what came before.
  for (let i = 0; i < 2; i++) {
    const { id } = await alice.say(chat, `@carol ${i}`);
    await socket.next("mention_notification", (frame) => frame["message_id"] === id);
  }
  await socket.close();
  expect((await server.api.get("/health")).status).toBe(200);
}

/** All that somebody was told of, oldest first. */
async function all(person: Person): Promise<any[]> {
  const found: any[] = [];
  for (let before = ""; ; before = `&before=${found.at(-1).id}`) {
    const page = await notifications(person, `?limit=100${before}`);
    if (page.length === 0) return found.toReversed();
    found.push(...page);
  }
}

test(
  `people who are away through ${kills} kills are told of everything once`,
  async () => {
    await using home = new Home();
    let server = await home.start({ settings });
    const signedIn = new Map<string, unknown>();
    for (const name of ["alice", "bob", "dora", "carol"]) {
      signedIn.set(name, (await server.register(name)).signedIn);
    }
    const as = (name: string) => server.as(signedIn.get(name));
    const chatIds = [
      await as("alice").group("Team", as("bob"), as("dora")),
      await as("alice").directWith(as("bob")),
      await as("alice").group("Other", as("dora")),
    ];
    const { cursor } = await as("bob").connect();
    const writer = new Writer(chatIds, ["bob", "dora"]);
    for (let kill = 0; kill < kills; kill++) {
      const writing = writer.write(server.url, as("alice"));
      await moment(50 + chance.below(300));
      await server.kill("SIGKILL");
      await writing;
      server = await home.start({ settings });
      await server.caller();
    }
    await settle(server, as("alice"), as("carol"));
    console.log(`seed ${chance.seed}: ${kills} kills, ${writer.acknowledged.size} messages acknowledged`);
    expect(writer.acknowledged.size).toBeGreaterThan(kills);

    for (const [name, chats] of [
      ["bob", chatIds.slice(0, 2)],
      ["dora", [chatIds[0]!, chatIds[2]!]],
    ] as const) {
      const person = as(name);
      const told = await all(person);
      const ofType = (type: string) => told.filter((one) => one.notification_type === type);
      const groups = name === "bob" ? [chatIds[0]] : [chatIds[0], chatIds[2]];
      expect(
        ofType("group_invite")
          .map((one) => one.data.chat_id)
          .toSorted(),
      ).toEqual(groups.toSorted());
      expect(
        ofType("message")
          .map((one) => one.data.chat_id)
          .toSorted(),
      ).toEqual(chats.toSorted());
      const named: number[] = [];
      for (const chat of chats) {
        for (let before = ""; ;) {
          const page = await person.history(chat, `?limit=100${before}`);
          named.push(...page.filter((one) => one.mentions.includes(person.id)).map((one) => one.id));
          if (page.length < 100) break;
          before = `&before=${page[0].id}`;
        }
      }
      expect(named.length).toBeGreaterThan(kills / 2);
      expect(
        ofType("mention")
          .map((one) => one.data.message_id)
          .toSorted((a, b) => a - b),
      ).toEqual(named.toSorted((a, b) => a - b));
      expect((await counts(person)).slice(0, 2)).toEqual([told.length, named.length]);
    }

    // And so the devices hear it when they come back.
    const late = await as("bob").connect({ since: cursor });
    await late.next("resumed");
    const heard = late.frames.flatMap((one) => one["notification_id"] ?? one["notification"]?.id ?? []);
    const told = (await all(as("bob"))).map((one) => one.id);
    expect(heard.toSorted((a, b) => a - b)).toEqual(told.filter((id) => heard.includes(id)));
    expect(told.length - heard.length).toBeLessThanOrEqual(1);
  },
  20_000 + kills * 3000,
);
