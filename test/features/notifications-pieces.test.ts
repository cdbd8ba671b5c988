/** The follower by itself, on a real database: how much it does in one transaction, and that it may be cut off. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Clock, systemClock } from "../../src/core/clock.ts";
import { openLog } from "../../src/core/log.ts";
import { Dispatch } from "../../src/events/dispatch.ts";
import { Journal, type JournalRow } from "../../src/events/journal.ts";
import type { Channel } from "../../src/features/notifications/channel.ts";
import { backlog as backlogOf } from "../../src/features/notifications/following/backlog.ts";
import { notificationsFollower } from "../../src/features/notifications/following/follower.ts";
import type { Notification } from "../../src/features/notifications/schema.ts";
import { channels } from "../../src/features/notifications/state.ts";
import type { Kit } from "../../src/kit.ts";
import type { Database, Tx } from "../../src/platform/db/database.ts";
import { localFanout } from "../../src/platform/fanout/local.ts";
import { memoryPresence } from "../../src/platform/presence/memory.ts";
import { sqlite } from "../contract/sqlite.ts";
import { ManualClock } from "../support/clock.ts";
import { crowdInto } from "../support/crowd.ts";
import { openBeside } from "../support/written.ts";

setDefaultTimeout(30_000);

const crowd = 2000;

function fail(line: string): void {
  throw new Error(JSON.parse(line).error);
}

const written: JournalRow = { pos: 10, audience: "chat:1", type: "new_message", ref: 1 };

/** A group in which one of a crowd wrote `@all` to the others, who are all away. */
class Scene {
  readonly dataDir = mkdtempSync(join(tmpdir(), "parley-pieces-"));
  db!: Database;
  journal!: Journal;

  static async open(members = crowd): Promise<Scene> {
    const scene = new Scene();
    scene.db = await sqlite()(join(scene.dataDir, "db"));
    scene.journal = await Journal.open(scene.db, systemClock, new Dispatch(localFanout()));
    await scene.journal.positionOf("notifications");
    using beside = openBeside(scene.dataDir);
    beside.run("INSERT INTO chats (id, chat_type, name, created_at) VALUES (1, 'group', 'Team', 0)");
    crowdInto(scene.dataDir, 1, members);
    beside.run(
      `INSERT INTO messages (id, chat_id, seq, message_count, sender_id, content, content_type, mentions_all, created_at)
       SELECT 1, 1, 1, 1, min(id), '@all hi', 'text', true, 0 FROM users`,
    );
    beside.run("UPDATE chats SET seq = 1, message_count = 1");
    beside.run("UPDATE members SET last_read_id = 1 WHERE user_id = 1");
    return scene;
  }

  /** The follower and what it leaves to be done, where `channel` takes what they make. */
  worker(channel: Channel, clock: Clock = systemClock, logged = fail) {
    const { db, journal } = this;
    const presence = memoryPresence(clock, 0);
    const log = openLog("error", Date.now, logged);
    const kit = { db, journal, clock, log, presence } as Partial<Kit> as Kit;
    channels(kit).splice(0, Infinity, channel);
    const backlog = backlogOf(kit);
    const follower = notificationsFollower(kit);
    return {
      backlog,
      follow: (rows: JournalRow[], upTo: number) => follower.handle(rows, upTo, new AbortController().signal),
      async finish() {
        while (await backlog.step());
      },
    };
  }

  /** Changes what is stored, as if it had happened before the follower came to it. */
  change(statement: string): void {
    using beside = openBeside(this.dataDir);
    beside.run(statement);
  }

  /** Lets the follower handle all of it at once; answers what it tells of, as `type user`. */
  async handle(...rows: Pick<JournalRow, "audience" | "type" | "ref">[]): Promise<string[]> {
    const told: string[] = [];
    const { follow, finish } = this.worker({
      async take(_, made) {
        told.push(...made.map((one) => `${one.notification_type} ${one.user_id}`));
      },
    });
    await follow(
      rows.map((row, i) => ({ ...row, pos: 10 + i })),
      10 + rows.length,
    );
    await finish();
    return told.toSorted();
  }

  /** Type, user and number of notifications, the follower's position, and how many jobs are left. */
  async state() {
    using beside = openBeside(this.dataDir);
    const rows = beside.query(
      "SELECT type, count(*), count(DISTINCT user_id) FROM notifications GROUP BY type",
    );
    const [jobs] = beside.query("SELECT count(*) FROM notification_jobs").values()[0] as [number];
    return { position: await this.journal.positionOf("notifications"), rows: rows.values(), jobs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.db.close();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

const others = crowd - 1;
/** One who calls everybody, and then writes something that calls nobody. */
const bothWritten = [written, { ...written, ref: 2 }];
const another = `INSERT INTO messages (id, chat_id, seq, message_count, sender_id, content, content_type, created_at)
  VALUES (2, 1, 2, 2, 1, 'more', 'text', 0)`;
const everybodyTwice = {
  position: 10,
  jobs: 0,
  rows: [
    ["mention", others, others],
    ["message", others, others],
  ],
};

test("however large the group, one transaction makes some hundred notifications at most", async () => {
  await using scene = await Scene.open();
  scene.change(another);
  const made = new Map<Tx, Notification[]>();
  const channel: Channel = {
    async take(tx, some) {
      made.set(tx, [...(made.get(tx) ?? []), ...some]);
    },
  };
  const { follow, finish } = scene.worker(channel);
  await follow(bothWritten, written.pos);
  await finish();
  const all = [...made.values()];
  expect(Math.max(...all.map((one) => one.length))).toBeLessThanOrEqual(500);
  expect(all.length).toBeGreaterThan((2 * crowd) / 500 - 1);
  expect(new Set(all.flat().map((one) => one.id)).size).toBe(2 * others);
  expect(await scene.state()).toEqual(everybodyTwice);
});

test("cut off after any of its transactions it begins again, and in the end everybody has been told once", async () => {
  await using scene = await Scene.open();
  scene.change(another);
  const told: number[] = [];
  const isDone = async () => {
    const { position, jobs } = await scene.state();
    return position === written.pos && jobs === 0;
  };
  for (let cut = 1; !(await isDone()); cut++) {
    expect(cut).toBeLessThan(100);
    let pieces = 0;
    const channel: Channel = {
      async take(tx, made) {
        // What was made in this transaction is undone with it.
        if (++pieces > 1) throw new Error("cut off");
        tx.onDurable(() => told.push(...made.map((one) => one.id)));
      },
    };
    const { follow, finish } = scene.worker(channel);
    // Begun again from its position, as after a start.
    const isFollowed = (await scene.state()).position === written.pos;
    await (isFollowed ? finish() : follow(bothWritten, written.pos).then(finish)).catch((error: Error) => {
      expect(error.message).toEndWith("cut off");
    });
  }
  expect(await scene.state()).toEqual(everybodyTwice);
  expect(new Set(told).size).toBe(2 * others);
  expect(told.length).toBe(2 * others);
  // Once more leads to nothing more.
  const again = scene.worker({ take: () => Promise.reject(new Error("told again")) });
  await again.follow(bothWritten, written.pos);
  await again.finish();
  expect(await scene.state()).toEqual(everybodyTwice);
});

// What may have happened since, when it comes to an event

const callByName = `UPDATE messages SET mentions_all = false, mentions = '[2,3]';
  INSERT INTO mentions (message_id, chat_id, user_id, created_at) VALUES (1, 1, 2, 0), (1, 1, 3, 0)`;

test("who is called by all that is new is told of that alone; what is put away is not told of again", async () => {
  await using scene = await Scene.open(3);
  expect(await scene.handle(written)).toEqual(["mention 2", "mention 3"]);
  scene.change(another);
  scene.change("UPDATE chats SET seq = 2, message_count = 2");
  expect(await scene.handle({ ...written, ref: 2 })).toEqual(["message 2", "message 3"]);
  scene.change("UPDATE notifications SET read_pos = 3");
  expect(await scene.handle({ ...written, ref: 2 })).toEqual([]);
});

test("who has marked a mention as read by then is not told of it", async () => {
  await using scene = await Scene.open(3);
  scene.change(callByName);
  scene.change("UPDATE mentions SET read_pos = 5 WHERE user_id = 3");
  expect((await scene.handle(written)).filter((one) => one.startsWith("mention"))).toEqual(["mention 2"]);
});

test("a mention that was read by then is marked, so that all devices hear of it", async () => {
  await using scene = await Scene.open(3);
  scene.change(callByName);
  scene.change("UPDATE members SET last_read_id = 1 WHERE user_id = 3");
  expect(await scene.handle(written)).toEqual(["mention 2"]);
  using beside = openBeside(scene.dataDir);
  expect(beside.query("SELECT user_id FROM mentions WHERE read_pos IS NULL").values()).toEqual([[2]]);
  const told =
    "SELECT audience, type FROM journal WHERE pos = (SELECT read_pos FROM mentions WHERE user_id = 3)";
  expect(beside.query(told).values()).toEqual([["user:3", "notifications_read"]]);
});

test("a call to all that is taken back half-way calls nobody more", async () => {
  await using scene = await Scene.open();
  scene.change("UPDATE members SET notify = 'mentions'");
  let told = 0;
  const channel: Channel = {
    async take(tx, made) {
      told += made.length;
      tx.onDurable(() => scene.change("UPDATE messages SET mentions_all = false"));
    },
  };
  const { follow, finish } = scene.worker(channel);
  await follow([written], written.pos);
  await finish();
  expect(told).toBeGreaterThan(0);
  expect(told).toBeLessThanOrEqual(500);
  using beside = openBeside(scene.dataDir);
  expect(beside.query("SELECT count(*) FROM mentions").values()).toEqual([[told]]);
});

test("a call to all that is taken back half-way is news to those who were not called", async () => {
  await using scene = await Scene.open(500);
  const { channel } = noting();
  const { follow, finish } = scene.worker(channel);
  await follow([written], 10);
  scene.change("UPDATE messages SET mentions_all = false; DELETE FROM mentions");
  await finish();
  expect((await scene.state()).rows).toEqual([
    ["mention", 100, 100],
    ["message", 499, 499],
  ]);
});

test("of what has been deleted by then nobody is told", async () => {
  await using scene = await Scene.open(3);
  scene.change("UPDATE messages SET content = '', mentions_all = false, deleted_by = 1");
  expect(await scene.handle(written)).toEqual([]);
});

test("who has read a part by then is told of the rest, which their marker has not passed", async () => {
  await using scene = await Scene.open(3);
  scene.change("UPDATE messages SET mentions_all = false");
  scene.change(another);
  scene.change("UPDATE members SET last_read_id = 1 WHERE user_id = 2");
  scene.change("UPDATE members SET last_read_id = 2 WHERE user_id = 1");
  expect(await scene.handle(written, { ...written, ref: 2 })).toEqual(["message 2", "message 3"]);
  expect(await scene.handle({ ...written, ref: 2 })).toEqual([]);
});

test("who has been told is not told again, however often they have been called since", async () => {
  await using scene = await Scene.open(3);
  scene.change("UPDATE messages SET mentions_all = false");
  expect(await scene.handle(written)).toEqual(["message 2", "message 3"]);
  for (const [userId, calls] of [
    [2, 600],
    [3, 60],
  ]) {
    scene.change(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${calls})
       INSERT INTO notifications (user_id, type, chat_id, message_id, mention_id, created_at)
       SELECT ${userId}, 'mention', 1, 1, ${userId} * 1000 + i, 0 FROM n`,
    );
  }
  scene.change(another);
  expect(await scene.handle({ ...written, ref: 2 })).toEqual([]);
});

test("who was put into a group, out of it and in again by then is told once", async () => {
  await using scene = await Scene.open(3);
  scene.change("UPDATE members SET added_by = 1 WHERE user_id = 2");
  const entered = (userId: number) => ({ audience: `user:${userId}`, type: "chat_created", ref: 1 }) as const;
  expect(await scene.handle(entered(2), entered(2), entered(3))).toEqual(["group_invite 2"]);
  expect(await scene.handle(entered(2))).toEqual([]);
});

test("who has left by then is told of nothing", async () => {
  await using scene = await Scene.open(3);
  scene.change(callByName);
  scene.change("DELETE FROM members WHERE user_id = 2");
  expect(await scene.handle(written, { audience: "user:2", type: "chat_created", ref: 1 })).toEqual([
    "mention 3",
  ]);
});

// Many chats at once

/** Puts groups of so many people beside the scene's, in each of which the first one has called all so many times. */
function callingGroups(scene: Scene, groups: { members: number; calls: number }[]): JournalRow[] {
  using beside = openBeside(scene.dataDir);
  const rows: JournalRow[] = [];
  let [chat, message] = [1, 10];
  for (const { members, calls } of groups) {
    chat += 1;
    beside.run("INSERT INTO chats (id, chat_type, name, created_at) VALUES (?, 'group', 'Group', 0)", [chat]);
    crowdInto(scene.dataDir, chat, members);
    for (let seq = 1; seq <= calls; seq++) {
      beside.run(
        `INSERT INTO messages (id, chat_id, seq, message_count, sender_id, content, content_type, mentions_all, created_at)
         SELECT ?1, ?2, ?3, ?3, min(user_id), '@all', 'text', true, 0 FROM members WHERE chat_id = ?2`,
        [++message, chat, seq],
      );
      rows.push({ pos: 0, audience: `chat:${chat}`, type: "new_message", ref: message });
    }
    beside.run("UPDATE chats SET seq = ?1, message_count = ?1 WHERE id = ?2", [calls, chat]);
  }
  return rows;
}

/** Takes what is made, and notes of which chat each piece is. */
function noting() {
  const pieces: number[] = [];
  const channel: Channel = {
    async take(_, made) {
      pieces.push(made[0]!.data.chat_id);
    },
  };
  return { pieces, channel };
}

test("what comes to a small chat is told after a page of each large one, with all the rest left to be done", async () => {
  await using scene = await Scene.open(2);
  const large = Array.from({ length: 3 }, () => ({ members: 1000, calls: 5 }));
  const rows = callingGroups(scene, [...large, { members: 2, calls: 2 }]);
  const [first, second] = rows.splice(-2);
  const { pieces, channel } = noting();
  const { follow, finish } = scene.worker(channel);
  await follow([...rows, first!], 100);
  expect(pieces.toSorted()).toEqual([2, 3, 4, 5]);
  expect((await scene.state()).jobs).toBe(15);
  // The same while all that is being done.
  pieces.length = 0;
  await follow([...rows.slice(0, 3), second!], 101);
  expect(pieces).toEqual([5]);
  expect((await scene.state()).jobs).toBe(15);
  await finish();
  expect((await scene.state()).rows).toEqual([["mention", 3 * 5 * 999 + 2, 3 * 999 + 1]]);
});

test("what is left of several chats is done a page of each in turn, and in each in its order", async () => {
  await using scene = await Scene.open(2);
  const rows = callingGroups(scene, [
    { members: 1000, calls: 5 },
    { members: 300, calls: 1 },
    { members: 500, calls: 2 },
  ]);
  const { pieces, channel } = noting();
  const { follow, finish } = scene.worker(channel);
  const later = rows.splice(4, 1);
  await follow(rows, 100);
  await follow(later, 101);
  pieces.length = 0;
  await finish();
  const until = (chat: number) => pieces.lastIndexOf(chat) + 1;
  expect(until(3)).toBeLessThanOrEqual(3 * 3);
  expect(until(4)).toBeLessThanOrEqual(3 * 10);
  expect(pieces.length).toBeGreaterThan(50);
  using beside = openBeside(scene.dataDir);
  const order = "SELECT message_id FROM notifications WHERE chat_id = 2 GROUP BY message_id ORDER BY min(id)";
  expect(beside.query(order).values().flat()).toEqual([11, 12, 13, 14, 15]);
});

test("a small group in which all are called again and again does not keep the others waiting either", async () => {
  await using scene = await Scene.open(2);
  const rows = callingGroups(scene, [
    { members: 40, calls: 150 },
    { members: 2, calls: 1 },
  ]);
  const { pieces, channel } = noting();
  const { follow, finish } = scene.worker(channel);
  await follow(rows, 100);
  expect(pieces.length).toBeLessThan(10);
  expect(pieces).toContain(3);
  await finish();
  expect((await scene.state()).rows).toEqual([["mention", 150 * 39 + 1, 40]]);
});

test("a large group in which one writes on and on waits in a few rows, however much that is", async () => {
  await using scene = await Scene.open(1000);
  using beside = openBeside(scene.dataDir);
  const { pieces, channel } = noting();
  const { follow, finish } = scene.worker(channel);
  for (let id = 2; id <= 301; id++) {
    beside.run(
      `INSERT INTO messages (id, chat_id, seq, message_count, sender_id, content, content_type, created_at)
       VALUES (?1, 1, ?1, ?1, 1, 'more', 'text', 0)`,
      [id],
    );
    await follow([{ ...written, ref: id }], 100 + id);
  }
  expect(pieces).toEqual([1]);
  // What has begun, and two hundred messages in each of the others.
  expect((await scene.state()).jobs).toBe(3);
  await finish();
  expect((await scene.state()).rows).toEqual([["message", 999, 999]]);
});

test("an edit while all are being called begins anew with those who were called before it", async () => {
  await using scene = await Scene.open(500);
  const updated = { ...written, type: "message_updated" };
  const { pieces, channel } = noting();
  const { backlog, follow, finish } = scene.worker(channel);
  await follow([written], 10);
  await backlog.step();
  expect(pieces.length).toBe(2);
  // Taken back, and put there again, before anybody has come to it.
  scene.change("DELETE FROM mentions");
  await follow([updated, updated], 12);
  await finish();
  using beside = openBeside(scene.dataDir);
  const told = `SELECT count(DISTINCT mentions.user_id) FROM mentions JOIN notifications ON mention_id = mentions.id
    WHERE notifications.read_pos IS NULL`;
  expect(beside.query(told).values()).toEqual([[499]]);
  const gone = `SELECT count(*) FROM notifications WHERE read_pos IS NULL
    AND mention_id NOT IN (SELECT id FROM mentions)`;
  expect(beside.query(gone).values()).toEqual([[0]]);
});

test("who has been told and has read it is told of what joins a job that begins anew", async () => {
  await using scene = await Scene.open(500);
  scene.change("UPDATE messages SET mentions_all = false");
  const { channel } = noting();
  const { follow, finish } = scene.worker(channel);
  await follow([written], 10);
  await follow([written], 11);
  scene.change(another);
  await follow([{ ...written, ref: 2 }], 12);
  expect((await scene.state()).jobs).toBe(1);
  // Two of those who have been told: one has read it, the other has put it away unread.
  scene.change("UPDATE members SET last_read_id = 1 WHERE user_id = 2");
  scene.change("UPDATE notifications SET read_pos = 12 WHERE user_id IN (2, 3)");
  await finish();
  using beside = openBeside(scene.dataDir);
  const told = "SELECT message_id FROM notifications WHERE user_id = ? ORDER BY id";
  expect(beside.query(told).values(2)).toEqual([[1], [2]]);
  for (const one of [3, 4, 500]) expect(beside.query(told).values(one)).toEqual([[1]]);
});

// What fails

test("a chat whose page fails waits and is tried again, and the others do not wait for it", async () => {
  await using scene = await Scene.open(2);
  const large = Array.from({ length: 3 }, () => ({ members: 500, calls: 2 }));
  const rows = callingGroups(scene, large);
  const clock = new ManualClock();
  const errors: { chat_id: number; error: string }[] = [];
  let isBroken = false;
  const channel: Channel = {
    async take(_, made) {
      if (isBroken && made[0]!.data.chat_id === 3) throw new Error("of chat 3");
    },
  };
  const { follow, backlog } = scene.worker(channel, clock, (line) => void errors.push(JSON.parse(line)));
  await follow(rows, 100);
  const told = async () => {
    using beside = openBeside(scene.dataDir);
    const each = "SELECT chat_id, count(*) FROM notifications GROUP BY chat_id ORDER BY chat_id";
    return Object.fromEntries(beside.query(each).values() as [number, number][]);
  };
  isBroken = true;
  // One that stops meanwhile waits for nothing.
  const stopped = scene.worker(channel, clock, () => {}).backlog;
  await stopped.start();
  await stopped.settled();
  expect(clock.timers).toBe(1);
  await stopped.stop();
  expect(clock.timers).toBe(0);
  await backlog.start();
  for (let tries = 1; tries <= 3; tries++) {
    await backlog.settled();
    expect(await told()).toEqual({ 2: 2 * 499, 3: 100, 4: 2 * 499 });
    expect(errors).toMatchObject(Array(tries).fill({ chat_id: 3, error: "Error: of chat 3" }));
    expect(errors.length).toBe(tries);
    if (tries === 3) isBroken = false;
    clock.turn(1000);
  }
  await backlog.settled();
  expect(await told()).toEqual({ 2: 2 * 499, 3: 2 * 499, 4: 2 * 499 });
  expect(errors).toHaveLength(3);
  await backlog.stop();
});

test("a message that is not there any more leads to nothing", async () => {
  await using scene = await Scene.open(200);
  for (const [kind, last] of [
    ["called", 1],
    ["uncalled", 0],
    ["unread", 99],
  ] as const) {
    scene.change(
      `INSERT INTO notification_jobs (chat_id, kind, ref, last, after) VALUES (1, '${kind}', 99, ${last}, 0)`,
    );
  }
  expect(await scene.handle({ ...written, type: "message_filled", ref: 99 })).toEqual([]);
  expect((await scene.state()).jobs).toBe(0);
});
