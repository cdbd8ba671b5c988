/** What SQLite does when there is no space left: the limit on pages stands for a full disk. */
import { expect, test } from "bun:test";
import { statSync } from "node:fs";
import { join } from "node:path";

import type { Database, Tx } from "../../src/platform/db/database.ts";
import { raw } from "./raw.ts";
import { sqlite } from "./sqlite.ts";
import { get, getAtOnce, keys, put, refusal, Storage } from "./storage.ts";

/** From now on the file may not grow: what needs another page fails with SQLITE_FULL. */
function fillDisk(db: Database): Promise<unknown> {
  return db.transact((tx) => tx.prepared(raw("PRAGMA max_page_count = 1")).run());
}

function freeDisk(db: Database): Promise<unknown> {
  return db.transact((tx) => tx.prepared(raw("PRAGMA max_page_count = 1000000")).run());
}

/** Does not fit in the pages that there are. */
function putMuch(tx: Tx, key: string): Promise<void> {
  return put(tx, key + "x".repeat(100_000), 1);
}

test("a write that does not fit is refused as storage_full; the rest of its group succeeds", async () => {
  await using storage = await Storage.open(sqlite());
  const { db } = storage;
  await db.transact((tx) => putMuch(tx, "fits "));
  await fillDisk(db);
  const told: string[] = [];
  const write = (name: string, much = false) =>
    db.transact(async (tx) => {
      tx.onDurable(() => told.push(name));
      await put(tx, name, told.length);
      if (much) await putMuch(tx, name);
      return name;
    });
  const outcomes = await Promise.allSettled([
    write("n1"),
    write("n2"),
    write("n3", true),
    write("n4"),
    write("n5", true),
    write("n6"),
  ]);
  expect(outcomes.map((one) => (one.status === "fulfilled" ? one.value : one.reason.code))).toEqual([
    "n1",
    "n2",
    "storage_full",
    "n4",
    "storage_full",
    "n6",
  ]);
  expect(told).toEqual(["n1", "n2", "n4", "n6"]);
  expect((await db.read((read) => keys(read, "n"))).sort()).toEqual(["n1", "n2", "n4", "n6"]);
});

test("the order of a group is kept when it is run again", async () => {
  await using storage = await Storage.open(sqlite());
  const { db } = storage;
  await db.transact((tx) => put(tx, "count", 0));
  await fillDisk(db);
  const seen: number[] = [];
  const count = async (tx: Tx) => {
    const before = (await get(tx, "count"))!;
    await put(tx, "count", before + 1);
    return before;
  };
  const all = Array.from({ length: 20 }, (_, i) =>
    db
      .transact(async (tx) => {
        const before = await count(tx);
        if (i % 5 === 3) await putMuch(tx, "lost");
        return before;
      })
      .then(
        (before) => seen.push(before),
        () => {},
      ),
  );
  await Promise.all(all);
  expect(seen).toEqual(Array.from({ length: 16 }, (_, i) => i));
  expect(await db.read((read) => get(read, "count"))).toBe(16);
});

test("reads go on while the disk is full, and writes as soon as there is space", async () => {
  await using storage = await Storage.open(sqlite());
  const { db } = storage;
  await db.transact((tx) => put(tx, "a", 1));
  await fillDisk(db);
  for (let i = 0; i < 5; i++) {
    expect(await refusal(() => db.transact((tx) => putMuch(tx, `n${i}`)))).toMatchObject({
      code: "storage_full",
    });
    expect(await db.read((read) => get(read, "a"))).toBe(1);
    expect(await db.readInThread((read) => get(read, "a"))).toBe(1);
  }
  await freeDisk(db);
  await db.transact((tx) => putMuch(tx, "n"));
  await storage.close();
  await storage.open();
  expect(await storage.db.read((read) => keys(read, "n"))).toHaveLength(1);
});

test("nobody is shown what a group wrote that was run again, before it is on disk", async () => {
  await using storage = await Storage.open(sqlite());
  const { db } = storage;
  await fillDisk(db);
  for (let i = 0; i < 20; i++) {
    let durable = false;
    const key = `n${i % 2}`;
    const writes = [
      db.transact(async (tx) => {
        tx.onDurable(() => {
          durable = true;
        });
        await put(tx, key, i);
      }),
      refusal(() => db.transact((tx) => putMuch(tx, "lost"))),
    ];
    while ((await db.read((read) => getAtOnce(read, key)))?.value !== i);
    expect(durable).toBe(true);
    await Promise.all(writes);
  }
});

test("a commit that fails tells nobody and leaves nothing", async () => {
  await using storage = await Storage.open(sqlite());
  const { db } = storage;
  await db.transact((tx) => put(tx, "a", 1));
  const told: string[] = [];
  {
    using _ = fileSizeLimit(statSync(join(storage.directory, "chat.sqlite-wal")).size);
    const write = db.transact(async (tx) => {
      tx.onDurable(() => told.push("lost"));
      await put(tx, "a", 2);
    });
    expect(await refusal(() => write)).toBeInstanceOf(Error);
  }
  expect(told).toEqual([]);
  expect(await db.read((read) => get(read, "a"))).toBe(1);
  await db.transact(async (tx) => {
    tx.onDurable(() => told.push("saved"));
    await put(tx, "a", 3);
  });
  expect(told).toEqual(["saved"]);
});

/** Until disposed no file of this process may grow beyond this: SQLite notices when it commits. */
function fileSizeLimit(bytes: number): Disposable {
  const set = (limit: string) => {
    const { exitCode } = Bun.spawnSync(["prlimit", `--pid=${process.pid}`, `--fsize=${limit}:`]);
    if (exitCode !== 0) throw new Error("prlimit failed");
  };
  const ignore = () => {};
  process.on("SIGXFSZ", ignore);
  set(String(bytes));
  return {
    [Symbol.dispose]() {
      set("unlimited");
      process.off("SIGXFSZ", ignore);
    },
  };
}
