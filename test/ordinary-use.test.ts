/** People who use the server much, but as people do, never meet a limit that a server begins with. */
import { expect, setDefaultTimeout, test } from "bun:test";

import { loadConfig } from "../src/config.ts";
import { ManualClock } from "./support/clock.ts";
import type { Person, Reply } from "./support/person.ts";
import { RawSocket } from "./support/raw-socket.ts";
import { password, TestServer } from "./support/server.ts";
import type { Socket } from "./support/socket.ts";

setDefaultTimeout(60_000);

const minute = 60_000;
const hour = 60 * minute;
const app = "https://app.example";

/** With the limits that it begins with; only hashing is quick, as in all tests. */
async function start() {
  const clock = new ManualClock();
  const { refusalMilliseconds, inspectionFirstSeconds } = loadConfig({});
  const usual = { rateLimits: "on" as const, refusalMilliseconds, inspectionFirstSeconds };
  const server = await TestServer.start({ clock, config: { ...usual, corsOrigins: [app] } });
  return { clock, server };
}

const ok = (reply: Reply): Reply => {
  if (reply.status >= 300) throw new Error(`refused: ${JSON.stringify(reply.body)}`);
  return reply;
};

/** Somebody's browser, which asks before each kind of call, signs in, and keeps signed in and connected. */
class Desk {
  #person!: Person;
  #socket!: Socket;
  #asked = new Set<string>();

  constructor(
    private readonly server: TestServer,
    readonly name: string,
  ) {}

  get person(): Person {
    return this.#person;
  }

  async come(): Promise<void> {
    await this.#ask("POST", "/api/auth/login");
    const login = { username: this.name, password };
    this.#person = this.server.as(ok(await this.server.api.post("/api/auth/login", login)).body);
    const first = [
      "auth/me",
      "chats",
      "notifications/count",
      "status",
      "auth/sessions",
      "notifications/mentions",
    ];
    for (const path of first) await this.get(`/api/${path}`);
    this.#socket = await this.#person.connect();
  }

  async get(path: string): Promise<Reply> {
    await this.#ask("GET", path);
    return ok(await this.#person.get(path));
  }

  async stayIn(): Promise<void> {
    await this.#ask("POST", "/api/auth/refresh");
    const { refresh_token } = this.#person.signedIn;
    this.#person = this.server.as(
      ok(await this.server.api.post("/api/auth/refresh", { refresh_token })).body,
    );
  }

  /** The line breaks off, and is there again. */
  async comeBack(): Promise<void> {
    const since = this.#socket.cursor;
    await this.#socket.close();
    this.#socket = await this.#person.connect({ since });
    await this.#socket.next("resumed");
  }

  async write(chat_id: number, content: string): Promise<void> {
    for (const frame of [
      { type: "join_chat", chat_id },
      { type: "typing_start", chat_id },
      { type: "send_message", chat_id, content },
    ]) {
      const answer = await this.#socket.ask(frame);
      if (answer.type !== "ack") throw new Error(`refused: ${JSON.stringify(answer)}`);
    }
  }

  async upload(file: File): Promise<void> {
    ok(await this.#person.upload([file]));
  }

  async #ask(method: string, path: string): Promise<void> {
    const name = `${method} ${path}`;
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    const headers = { Origin: app, "Access-Control-Request-Method": method };
    const response = await fetch(this.server.url + path, { method: "OPTIONS", headers });
    if (!response.ok) throw new Error(`${name}: ${response.status}`);
  }
}

test("an office of thirty behind one address works for an hour", async () => {
  const { clock, server } = await start();
  await using _ = server;
  const desks = Array.from({ length: 30 }, (_, i) => new Desk(server, `person${i}`));
  // They sign up over two hours: an address has twenty accounts an hour.
  for (const [i, { name }] of desks.entries()) {
    if (i % 15 === 0) clock.turn(hour);
    await server.register(name);
  }
  clock.turn(12 * hour);
  const everybody = async (work: (desk: Desk, i: number) => Promise<void>) => {
    await Promise.all(desks.map(work));
  };
  await everybody((desk) => desk.come());
  const people = desks.map(({ person }) => person);
  const office = await people[0]!.group("office", ...people.slice(1));
  const teams = await Promise.all(
    [0, 6, 12, 18, 24].map((at) => people[at]!.group("team", ...people.slice(at + 1, at + 6))),
  );
  for (let now = 1; now <= 60; now++) {
    clock.turn(minute);
    await everybody(async (desk, i) => {
      const own = teams[Math.floor(i / 6)]!;
      if ((now + i) % 14 === 0) await desk.stayIn();
      if ((now + i) % 20 === 0) await desk.comeBack();
      if ((now + i) % 2 === 0) await desk.write(own, `minute ${now} of ${i}`);
      if ((now + i) % 10 === 0) await desk.write(office, `to all: minute ${now} of ${i}`);
      if ((now + i) % 5 === 0) {
        await desk.get(`/api/messages/${own}?limit=50`);
        await desk.get("/api/messages/search?q=minute");
        await desk.get("/api/users/search?q=person");
      }
      if ((now + i) % 15 === 0)
        await desk.upload(new File([`minute ${now} of ${i}. `.repeat(3000)], "notes.txt"));
    });
  }
  const [first] = desks;
  expect((await first!.get("/api/chats")).body.chats).toHaveLength(2);
  expect(server.log.filter((line) => /"level":"(warn|error)"|"status":(4|5)\d\d/.test(line))).toEqual([]);
});

test("a phone that was offline for long sends its five hundred messages, in their order", async () => {
  const { clock, server } = await start();
  await using _ = server;
  const [alice, bob] = [await server.register("alice"), await server.register("bob")];
  const chat = await alice.group("club", bob);
  const phone = await RawSocket.of(alice);
  const texts = Array.from({ length: 500 }, (_, i) => `message ${i}`);
  phone.sendTogether(
    texts.map((content) => ({
      type: "send_message",
      chat_id: chat,
      content,
      client_id: content,
      request_id: content,
    })),
  );
  const answers = () => phone.frames.filter((one) => one["request_id"] !== undefined);
  // The clock goes on only as answers come, so that it is never ahead of the server.
  while (answers().length < texts.length) {
    const before = answers().length;
    clock.turn(200);
    await phone.until(() => answers().length > before);
  }
  expect(new Set(answers().map((one) => one.type))).toEqual(new Set(["ack"]));
  expect(answers().map((one) => one["message"].content)).toEqual(texts);
  phone.end();
});

test("an admin brings in two hundred people, at once or one by one", async () => {
  const { clock, server } = await start();
  await using _ = server;
  const alice = await server.register("alice");
  const ids: number[] = [];
  for (let i = 0; i < 200; i++) {
    const username = `person${i}`;
    await server.operate("user add", { username, email: `${username}@example.org`, password });
    ids.push((await alice.get(`/api/users/search?q=${username}&limit=1`)).body.users[0].id);
    // A person has so many calls a minute.
    if (i % 100 === 99) clock.turn(minute);
  }
  const made = ok(await alice.post("/api/chats/group", { name: "company", member_ids: ids }));
  expect(made.body.member_count).toBe(201);

  clock.turn(hour);
  const again = await server.login("alice");
  const { id } = ok(await again.post("/api/chats/group", { name: "one by one" })).body;
  for (const user_id of ids) ok(await again.post(`/api/chats/${id}/members`, { user_id }));
  expect((await again.get(`/api/chats/${id}`)).body.member_count).toBe(201);
});
