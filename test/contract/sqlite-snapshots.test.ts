/** A snapshot that cannot be begun or ended spoils no other. */
import { expect, spyOn, test } from "bun:test";
import { Database as Sql } from "bun:sqlite";

import { openLog } from "../../src/core/log.ts";
import type { Database, Read } from "../../src/platform/db/database.ts";
import { raw } from "./raw.ts";
import { sqlite } from "./sqlite.ts";
import { get, put, refusal, Storage } from "./storage.ts";

/** From now on the statement fails so many times. */
function failing(statement: string, times: number) {
  const run = Sql.prototype.run;
  return spyOn(Sql.prototype, "run").mockImplementation(function (this: Sql, ...args: [string]) {
    if (args[0] === statement && times-- > 0) throw new Error("the disk has gone");
    return run.apply(this, args);
  } as typeof run);
}

/** Reads two values that are always written together, while they are written again and again. */
async function expectSnapshots(db: Database): Promise<void> {
  const both = (value: number) =>
    db.transact(async (tx) => {
      await put(tx, "left", value);
      await put(tx, "right", value);
    });
  const look = () =>
    db.read(async (read) => {
      const left = await get(read, "left");
      for (let i = 0; i < 5; i++) await get(read, "left");
      return [left, await get(read, "right")];
    });
  await both(0);
  const writing = Array.from({ length: 50 }, (_, i) => both(i + 1));
  for (let i = 0; i < 20; i++) {
    const [left, right] = await look();
    expect(right).toBe(left!);
  }
  await Promise.all(writing);
  expect(await look()).toEqual([50, 50]);
}

test.each([1, 3])(
  "after snapshots that could not be begun (%d of them), the next ones are whole",
  async (times) => {
    await using storage = await Storage.open(sqlite());
    const { db } = storage;
    await expectSnapshots(db);
    using _broken = failing("BEGIN", times);
    for (let i = 0; i < times; i++) {
      expect(await refusal(() => db.read((read) => get(read, "left")))).toMatchObject({
        message: "the disk has gone",
      });
    }
    await expectSnapshots(db);
  },
);

test("a snapshot that could not be ended has given its answer, and the next ones see what is new", async () => {
  const lines: string[] = [];
  const log = openLog("error", Date.now, (line) => lines.push(line));
  await using storage = await Storage.open(sqlite({ log }));
  const { db } = storage;
  await db.transact((tx) => put(tx, "left", 1));
  using _broken = failing("ROLLBACK", 1);
  expect(await db.read((read) => get(read, "left"))).toBe(1);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: "a snapshot could not be ended", error: "Error: the disk has gone" },
  ]);
  await expectSnapshots(db);
});

/** As an error of SQLite's does that takes the transaction with it. */
const end = (read: Read) => read.prepared(raw("ROLLBACK")).run();

test.each(["read", "readInThread"] as const)(
  "a snapshot of %s that an error has ended is none's trouble",
  async (door) => {
    const lines: string[] = [];
    const log = openLog("error", Date.now, (line) => lines.push(line));
    await using storage = await Storage.open(sqlite({ log }));
    const { db } = storage;
    await db.transact((tx) => put(tx, "left", 1));
    const answer = await db[door](async (read) => {
      const left = await get(read, "left");
      await end(read);
      return left;
    });
    expect(answer).toBe(1);
    expect(await db[door]((read) => get(read, "left"))).toBe(1);
    await expectSnapshots(db);
    expect(lines).toEqual([]);
  },
);
