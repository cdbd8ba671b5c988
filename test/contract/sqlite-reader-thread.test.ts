/** Beside SQLite's writers: heavy questions, programs outside that read, and flushes that take a while. */
import { Database as File } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";

import { openLog } from "../../src/core/log.ts";
import type { Database, Read } from "../../src/platform/db/database.ts";
import { ManualClock } from "../support/clock.ts";
import { SlowDisk } from "../support/slow-disk.ts";
import { countTo } from "./heavy.ts";
import { sqlite } from "./sqlite.ts";
import { get, put, refusal, Storage } from "./storage.ts";

setDefaultTimeout(20_000);

const kilobyte = 1024;
/** How often a heavy question is repeated at most: some seconds. */
const patience = 200;

/** A heavy question that has begun and goes on until it is let go, or for some seconds. */
async function askHeavily(db: Database) {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  let wanted = true;
  let ended = false;
  const done = db.readInThread(async (read) => {
    await get(read, "checkpoint");
    begin();
    for (let i = 0; i < patience && wanted; i++) await countTo(100_000, read);
    ended = true;
  });
  await begun;
  return {
    done,
    hasEnded: () => ended,
    letGo() {
      wanted = false;
      return done;
    },
  };
}

let written = 0;

/** Each writes a page, at least, over what the ones before wrote: SQLite leaves out what changes nothing. */
async function write(db: Database, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await db.transact((tx) => put(tx, `n${i} ${"x".repeat(2000)}`, ++written));
  }
}

async function checkpoints(db: Database): Promise<number> {
  return (await db.read((read) => get(read, "checkpoint")))!;
}

test("writes go on while a heavy question is answered and the log has to be emptied; then it is", async () => {
  await using storage = await Storage.open(sqlite({ checkpointBytes: 1 }));
  const { db } = storage;
  const heavy = await askHeavily(db);
  const before = await checkpoints(db);
  await write(db, 20);
  expect(heavy.hasEnded()).toBe(false);
  expect(await checkpoints(db)).toBe(before);
  await heavy.letGo();
  // This one is asked after the log was found to be full, so it waits for the checkpoint.
  expect((await db.readInThread((read) => get(read, "checkpoint")))!).toBeGreaterThan(before);
});

test("the log is emptied in time also when so many heavy questions wait that no more are taken", async () => {
  await using storage = await Storage.open(sqlite({ checkpointBytes: 1 }));
  const { db } = storage;
  const heavy = await askHeavily(db);
  const answers: number[] = [];
  const waiting = Array.from({ length: 127 }, async (_, i) => {
    await db.readInThread((read) => get(read, "checkpoint"));
    answers.push(i);
  });
  const refused = await refusal(() => db.readInThread((read) => get(read, "checkpoint")));
  expect(refused).toMatchObject({ code: "overloaded", retryAfter: 5 });
  const before = await checkpoints(db);
  await write(db, 20);
  expect(heavy.hasEnded()).toBe(false);
  await heavy.letGo();
  await Promise.all(waiting);
  expect(answers).toEqual(Array.from({ length: 127 }, (_, i) => i));
  expect((await db.readInThread((read) => get(read, "checkpoint")))!).toBeGreaterThan(before);
});

test("a program outside that reads is waited for less and less often, and by nobody who writes", async () => {
  const clock = new ManualClock();
  const warnings: string[] = [];
  const log = openLog("warn", Date.now, (line) => warnings.push(line));
  await using storage = await Storage.open(sqlite({ checkpointBytes: 64 * kilobyte, clock, log }));
  const { db } = storage;
  const file = join(storage.directory, "chat.sqlite");
  const outside = new File(file, { readonly: true });
  outside.run("BEGIN");
  outside.query("SELECT count(*) FROM meta").get();
  const before = await checkpoints(db);

  await write(db, 300);
  expect(warnings).toHaveLength(1);
  // Each time the pause is twice as long: after 1, 3, 7, 15, 31, 63 and 123 seconds, a minute being the most.
  for (let second = 0; second < 125; second++) {
    clock.turn(1000);
    await write(db, 2);
    await db.readInThread((read) => get(read, "checkpoint"));
  }
  expect(warnings).toHaveLength(8);
  expect(await checkpoints(db)).toBe(before);
  expect(db.healthy()).toBe(true);

  outside.close();
  clock.turn(60_000);
  await write(db, 2);
  await db.readInThread((read) => get(read, "checkpoint"));
  expect(await checkpoints(db)).toBe(before + 1);
  expect(warnings).toHaveLength(8);
  const logBytes = statSync(`${file}-wal`).size;
  await write(db, 300);
  expect(await checkpoints(db)).toBeGreaterThan(before + 3);
  expect(statSync(`${file}-wal`).size).toBe(logBytes);
});

for (const door of ["read", "readInThread"] as const) {
  for (const how of ["answers", "refuses"] as const) {
    test(`a ${door} that ${how} waits until what it saw is on disk`, async () => {
      using disk = new SlowDisk();
      await using storage = await Storage.open(sqlite());
      const { db } = storage;
      const order: string[] = [];
      disk.hold();
      const saved = db.transact(async (tx) => {
        tx.onDurable(() => order.push("told"));
        await put(tx, "a", 1);
      });
      await disk.holds;
      const look = async (read: Read) => {
        if ((await get(read, "a")) !== 1) throw new Error("nothing is there");
        if (how === "refuses") throw new Error("seen");
        return "seen";
      };
      const asked = db[door](look)
        .catch((error: Error) => error.message)
        .then((said) => order.push(said));
      await nextHasBegun(db, door);
      const before = order.slice();
      disk.letGo();
      await Promise.all([saved, asked]);
      expect(before).toEqual([]);
      expect(order).toEqual(["told", "seen"]);
    });
  }
}

/** One more question is being asked, so the callbacks of those before it have returned. */
async function nextHasBegun(db: Database, door: "read" | "readInThread"): Promise<void> {
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  void db[door](async () => begin());
  await begun;
  await new Promise(setImmediate);
}
