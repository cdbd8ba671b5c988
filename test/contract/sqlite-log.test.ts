/** SQLite's write-ahead log: emptied again and again, while everybody goes on. */
import { Database as File } from "bun:sqlite";
import { expect, setDefaultTimeout, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";

import { ManualClock } from "../support/clock.ts";
import { countTo } from "./heavy.ts";
import { sqlite } from "./sqlite.ts";
import { get, keys, put, Storage } from "./storage.ts";

setDefaultTimeout(30_000);

const kilobyte = 1024;

test("under thousands of writes the log stays small, and nothing is lost", async () => {
  const kept = await logAfterLoad(Number.MAX_SAFE_INTEGER);
  const emptied = await logAfterLoad(128 * kilobyte);
  expect(kept.checkpoints).toBeLessThan(3);
  expect(emptied.checkpoints).toBeGreaterThan(10);
  // What is written while the log is being copied comes on top, so the bound is not sharp.
  expect(emptied.largest).toBeLessThan(kept.largest / 4);
});

/** Thousands of writes from several sides, and a look at what is there after the next start. */
async function logAfterLoad(checkpointBytes: number): Promise<{ largest: number; checkpoints: number }> {
  await using storage = await Storage.open(sqlite({ checkpointBytes }));
  const { db } = storage;
  const log = join(storage.directory, "chat.sqlite-wal");
  let largest = 0;
  const names: string[] = [];
  const write = async (who: number) => {
    for (let i = 0; i < 250; i++) {
      const name = `n ${who} ${i} ${"x".repeat(500)}`;
      await db.transact((tx) => put(tx, name, i));
      names.push(name);
      largest = Math.max(largest, statSync(log).size);
    }
  };
  await Promise.all([1, 2, 3, 4, 5].map(write));
  const checkpoints = (await db.read((read) => get(read, "checkpoint")))!;
  await storage.close();
  await storage.open();
  const found = await storage.db.read((read) => keys(read, "n "));
  expect(found).toHaveLength(names.length);
  expect(new Set(found)).toEqual(new Set(names));
  return { largest, checkpoints };
}

test("reads that go on and on do not keep the log from being emptied", async () => {
  await using storage = await Storage.open(sqlite({ checkpointBytes: 64 * kilobyte }));
  const { db } = storage;
  let writing = true;
  const reader = async (door: "read" | "readInThread") => {
    while (writing) {
      await db[door](async (read) => [await get(read, "n"), await get(read, "n")]);
      // Questions come from outside: between two of them the event loop turns.
      await new Promise(setImmediate);
    }
  };
  const readers = Promise.all([
    reader("read"),
    reader("read"),
    reader("readInThread"),
    reader("readInThread"),
  ]);
  for (let i = 0; i < 1000; i++) await db.transact((tx) => put(tx, `n${i % 10} ${"x".repeat(2000)}`, i));
  writing = false;
  await readers;
  expect((await db.read((read) => get(read, "checkpoint")))!).toBeGreaterThan(5);
});

test("writes do not wait for heavy questions, also when the log has to be emptied", async () => {
  await using storage = await Storage.open(sqlite({ checkpointBytes: 1 }));
  const { db } = storage;
  const questions: number[] = [];
  const ask = async () => {
    const start = performance.now();
    await db.readInThread((read) => countTo(1_000_000, read));
    questions.push(performance.now() - start);
  };
  await ask();
  const writes: number[] = [];
  // One is under way and one waits, at any time.
  const asking = Promise.all([ask().then(ask).then(ask), ask().then(ask).then(ask)]);
  while (questions.length < 7) {
    const start = performance.now();
    await db.transact((tx) => put(tx, "n", writes.length));
    writes.push(performance.now() - start);
  }
  await asking;
  expect(Math.max(...writes)).toBeLessThan(Math.min(...questions));
});

test("a program outside that reads for long keeps nobody waiting; the log is emptied when it has gone", async () => {
  const clock = new ManualClock();
  await using storage = await Storage.open(sqlite({ checkpointBytes: 64 * kilobyte, clock, log: silent }));
  const { db } = storage;
  const write = async (from: number, count: number) => {
    for (let i = from; i < from + count; i++)
      await db.transact((tx) => put(tx, `n${i} ${"x".repeat(2000)}`, i));
  };
  const checkpoints = async () => (await db.read((read) => get(read, "checkpoint")))!;
  const outside = new File(join(storage.directory, "chat.sqlite"), { readonly: true });
  outside.run("BEGIN");
  outside.query("SELECT count(*) FROM meta").get();
  const before = await checkpoints();
  await write(0, 300);
  expect(await checkpoints()).toBe(before);
  expect(db.healthy()).toBe(true);

  outside.run("ROLLBACK");
  outside.close();
  for (let i = 0; i < 20; i++) {
    clock.turn(1000);
    await write(300 + i * 20, 20);
  }
  expect(await checkpoints()).toBeGreaterThan(before);
});

const silent = { debug() {}, info() {}, warn() {}, error() {} };
