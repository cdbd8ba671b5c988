/** What others hear of what somebody is called and looks like. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { systemClock } from "../../src/core/clock.ts";
import { Dispatch } from "../../src/events/dispatch.ts";
import { Journal } from "../../src/events/journal.ts";
import { profileFollower } from "../../src/features/chat/members/profiles.ts";
import type { Kit } from "../../src/kit.ts";
import type { Database } from "../../src/platform/db/database.ts";
import { localFanout } from "../../src/platform/fanout/local.ts";
import { sqlite } from "../contract/sqlite.ts";
import { picture } from "../support/files.ts";
import type { Person } from "../support/person.ts";
import { loaded, Replica } from "../support/replica.ts";
import { TestServer } from "../support/server.ts";
import type { Socket } from "../support/socket.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(20_000);

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server[Symbol.asyncDispose]());

const me = "/api/auth/me";
let count = 0;

/** Each one new: Alice and Bob share a group and a direct chat, Carol is in the group alone, Eve knows nobody. */
async function people() {
  const names = ["alice", "bob", "carol", "eve"].map((name) => `${name}${++count}`);
  const [alice, bob, carol, eve] = await Promise.all(names.map((name) => server.register(name)));
  const group = await alice!.group("Team", bob!, carol!);
  const direct = await alice!.directWith(bob!);
  return { alice: alice!, bob: bob!, carol: carol!, eve: eve!, group, direct };
}

/** All that a socket has been told of people, once what has happened has led to it. */
async function told(socket: Socket): Promise<{ chat_id: number; user: any }[]> {
  await server.settled();
  return (await socket.settled("user_updated")) as any;
}

const inChats = (frames: { chat_id: number }[]) => frames.map((one) => one.chat_id).toSorted((a, b) => a - b);

/** As everybody hears of it: without what changes by itself. */
async function lookOf(person: Person, asks: Person): Promise<unknown> {
  const { body } = await asks.get(`/api/users/${person.id}`);
  return { ...body, is_online: null, last_seen: null };
}

test("a new name is told in each shared chat, to one's own devices as well, and to no stranger", async () => {
  const { alice, bob, carol, eve, group, direct } = await people();
  const sockets = [await alice.connect(), await bob.connect(), await carol.connect(), await eve.connect()];
  await alice.put(me, { full_name: "Alice Doe" });
  const [own, bobs, carols, eves] = await Promise.all(sockets.map(told));
  for (const frames of [own!, bobs!])
    expect(inChats(frames)).toEqual([group, direct].toSorted((a, b) => a - b));
  expect(inChats(carols!)).toEqual([group]);
  expect(eves).toEqual([]);
  for (const { user } of [...own!, ...bobs!, ...carols!]) {
    expect(user).toEqual(await lookOf(alice, bob));
    expect(user).toMatchObject({ full_name: "Alice Doe", is_online: null, last_seen: null });
  }
});

test("each thing that others see of somebody is told, and nothing else, and nothing twice", async () => {
  const { alice, carol, group } = await people();
  const socket = await carol.connect();
  const changes: [Record<string, unknown>, boolean][] = [
    [{ full_name: "Alice" }, true],
    [{ full_name: "Alice" }, false],
    [{ bio: "Hello" }, true],
    [{ avatar_url: "https://example.org/a.png" }, true],
    [{ full_name: "Alice", bio: "Hello" }, false],
    [{ email: `new${count}@example.org`, current_password: "correct horse battery" }, false],
    [{}, false],
    [{ avatar_url: null }, true],
    [{ full_name: null, bio: "Hello" }, true],
  ];
  const before = () => socket.frames.filter((one) => one.type === "user_updated").length;
  for (const [change, isTold] of changes) {
    const known = before();
    expect((await alice.put(me, change)).status).toBe(200);
    const frames = (await told(socket)).slice(known);
    expect({ change, told: frames.length }).toEqual({ change, told: isTold ? 1 : 0 });
    if (isTold) expect(frames[0]).toMatchObject({ chat_id: group, user: await lookOf(alice, carol) });
  }
  const { avatar_url } = (await alice.setPicture(`${me}/avatar`, picture())).body;
  expect((await told(socket)).at(-1)!.user.avatar_url).toBe(avatar_url);
  const { username } = alice;
  for (const [operation, is_active] of [
    ["user disable", false],
    ["user enable", true],
  ] as const) {
    const known = before();
    await server.operate(operation, { username });
    await server.operate(operation, { username });
    const frames = (await told(socket)).slice(known);
    expect(frames.map((one) => one.user.is_active)).toEqual([is_active]);
  }
});

test("who was away hears the last of it once for each chat, as it is then", async () => {
  const { alice, bob, carol, group, direct } = await people();
  const { cursor } = await bob.connect();
  for (const name of ["One", "Two", "Three"]) {
    await alice.put(me, { full_name: name });
    await server.settled();
  }
  await carol.put(me, { bio: "Hi" });
  await alice.say(group, "and something else");
  await server.settled();
  const replay = async (person: Person) => {
    const socket = await person.connect({ since: cursor });
    await socket.next("resumed");
    return socket.frames.filter((one) => one.type === "user_updated");
  };
  const frames = await replay(bob);
  const shown = frames.map((one) => [one["chat_id"], one["user"].id, one["user"].full_name, one["user"].bio]);
  expect(shown.toSorted()).toEqual(
    [
      [group, alice.id, "Three", null],
      [direct, alice.id, "Three", null],
      [group, carol.id, null, "Hi"],
    ].toSorted(),
  );
  expect(frames.every((one) => one["user"].is_online === null && one["user"].last_seen === null)).toBe(true);
  // Of those who have left a chat, and to those who came after it, nothing is told there.
  await alice.put(`/api/chats/${group}/members/${bob.id}`, { role: "owner" });
  await alice.delete(`/api/chats/${group}/members/${alice.id}`);
  expect((await replay(bob)).map((one) => [one["chat_id"], one["user"].id]).toSorted()).toEqual(
    [
      [direct, alice.id],
      [group, carol.id],
    ].toSorted(),
  );
  await alice.put(me, { full_name: "Four" });
  await server.settled();
  expect((await replay(carol)).map((one) => one["user"].id)).toEqual([carol.id]);
  const late = await server.register(`late${++count}`);
  await bob.post(`/api/chats/${group}/members`, { user_id: late.id });
  expect(await replay(late)).toEqual([]);
});

test("whoever only listens shows the same as whoever loads everything anew", async () => {
  const { alice, bob, carol, group } = await people();
  const replica = new Replica(carol);
  const socket = await carol.connect();
  replica.follow(socket);
  await replica.settled();
  await Promise.all([
    alice.put(me, { full_name: "Alice Doe", bio: "Hello" }),
    bob.setPicture(`${me}/avatar`, picture()),
    alice.put(`/api/chats/${group}/me`, { nickname: "Al" }),
    bob.put(me, { full_name: "Bob" }),
  ]);
  await server.operate("user disable", { username: bob.username });
  await server.settled();
  await socket.settled();
  const looksOf = (shown: any) =>
    shown[group].members.map((one: any) => [one.full_name, one.avatar_url, one.nickname, one.is_active]);
  const shown = looksOf(await loaded(carol, () => false));
  const { avatar_url } = (await carol.get(`/api/users/${bob.id}`)).body;
  expect(avatar_url).not.toBe(null);
  expect(shown).toEqual([
    ["Alice Doe", null, "Al", true],
    ["Bob", avatar_url, null, false],
    [null, null, null, true],
  ]);
  expect(looksOf(replica.snapshot(() => false))).toEqual(shown);
});

// The follower by itself, on a real database

const chats = 450;

class Scene {
  readonly dataDir = mkdtempSync(join(tmpdir(), "parley-people-"));
  db!: Database;
  journal!: Journal;

  /** Somebody in hundreds of chats. */
  static async open(): Promise<Scene> {
    const scene = new Scene();
    scene.db = await sqlite()(join(scene.dataDir, "db"));
    scene.journal = await Journal.open(scene.db, systemClock, new Dispatch(localFanout()));
    await scene.journal.positionOf("people");
    using beside = openBeside(scene.dataDir);
    beside.run(
      `INSERT INTO users (id, username, username_key, email, email_key, name_key, password_hash, created_at)
       VALUES (1, 'a', 'a', 'a', 'a', '', '', 0)`,
    );
    beside.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${chats})
       INSERT INTO members (chat_id, user_id, role, joined_at, joined_pos) SELECT i, 1, 'member', 0, 0 FROM n`,
    );
    return scene;
  }

  /** Chats that were told of, rows that tell them, and the follower's place. */
  async state() {
    using beside = openBeside(this.dataDir);
    const rows = beside.query(
      "SELECT count(DISTINCT audience), count(*) FROM journal WHERE type = 'user_updated'",
    );
    return [...(rows.values()[0] as number[]), await this.journal.positionOf("people")];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

const changed = [{ pos: 7, audience: "user:1" as const, type: "user_changed", ref: 1 }];

test("somebody in hundreds of chats is told of in pieces, and no transaction tells more than some hundred", async () => {
  await using scene = await Scene.open();
  const { db, journal } = scene;
  const pieces: number[] = [];
  const watched: Database = Object.assign(Object.create(db), {
    transact: <T>(fn: (tx: any) => Promise<T>) =>
      db.transact(async (tx) => {
        const before = await journal.newest(tx);
        const result = await fn(tx);
        pieces.push((await journal.newest(tx)) - before);
        return result;
      }),
  });
  const follower = profileFollower({ db: watched, journal } as Kit);
  await follower.handle([...changed, ...changed], 7, new AbortController().signal);
  expect(pieces.reduce((sum, one) => sum + one)).toBe(chats);
  expect(Math.max(...pieces)).toBeLessThanOrEqual(200);
  expect(await scene.state()).toEqual([chats, chats, 7]);
});

test("cut off between two pieces it begins again, and each chat has it once", async () => {
  await using scene = await Scene.open();
  const { db, journal } = scene;
  for (let cut = 1; (await scene.state())[2] !== 7; cut++) {
    expect(cut).toBeLessThan(50);
    const abort = new AbortController();
    let pieces = 0;
    const watched: Database = Object.assign(Object.create(db), {
      async transact<T>(fn: (tx: any) => Promise<T>) {
        const result = await db.transact(fn);
        if (++pieces === cut) abort.abort();
        return result;
      },
    });
    await profileFollower({ db: watched, journal } as Kit)
      .handle(changed, 7, abort.signal)
      .catch((error: unknown) => {
        if (!abort.signal.aborted) throw error;
      });
  }
  expect(await scene.state()).toEqual([chats, chats, 7]);
});
