import { expect, test } from "bun:test";

import type { Database, Read } from "../../../src/platform/db/database.ts";
import { meta } from "../../../src/platform/db/tables.ts";
import { get, getAtOnce, type Open, put, refusal, Storage } from "../storage.ts";

/** Writing takes a transaction: on what `read` hands out it does not compile. */
export async function writingOutsideOfATransaction(db: Database): Promise<void> {
  await db.read(async (read) => {
    // @ts-expect-error a snapshot has no insert
    read.prepared((orm) => orm.insert(meta).values({ key: "a", value: 1 }));
    // @ts-expect-error a snapshot has no update
    read.prepared((orm) => orm.update(meta).set({ value: 1 }));
    // @ts-expect-error a snapshot has no delete
    read.prepared((orm) => orm.delete(meta));
    // @ts-expect-error nobody is told of a read
    read.onDurable(() => {});
    // @ts-expect-error what takes a transaction does not take a snapshot
    await put(read, "a", 1);
  });
  // @ts-expect-error there is no query without a transaction or a snapshot
  void db.prepared;
}

export function reading(open: Open): void {
  test("nothing is written through a snapshot, even where the types are talked out of it", async () => {
    await using storage = await Storage.open(open);
    await refusal(() => storage.db.read((read) => put(read as never, "a", 1)));
    await refusal(() => storage.db.readInThread((read) => put(read as never, "a", 1)));
    expect(await storage.db.read((read) => get(read, "a"))).toBeUndefined();
    await storage.db.transact((tx) => put(tx, "a", 1));
    expect(await storage.db.read((read) => get(read, "a"))).toBe(1);
  });

  for (const door of ["read", "readInThread"] as const) {
    test(`all queries of a ${door} see one state, whatever is written meanwhile`, async () => {
      await using storage = await Storage.open(open);
      const { db } = storage;
      await bothTo(db, 0);
      const seen: [number, number][] = [];
      const look = async () => {
        for (let i = 0; i < 10; i++) {
          seen.push(
            await db[door](async (read) => {
              const left = (await get(read, "left"))!;
              for (let j = 0; j < 5; j++) await get(read, "left");
              return [left, (await get(read, "right"))!];
            }),
          );
        }
      };
      const writes = Array.from({ length: 300 }, (_, i) => bothTo(db, i + 1));
      await Promise.all([...writes, ...Array.from({ length: 10 }, look)]);
      expect(seen).toHaveLength(100);
      expect(seen.filter(([left, right]) => left !== right)).toEqual([]);
    });
  }

  test("everybody sees what was acknowledged to them, however many read at once", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    const person = async (name: string) => {
      for (let i = 0; i < 50; i++) {
        await db.transact((tx) => put(tx, name, i));
        expect(await db.read((read) => get(read, name))).toBe(i);
        // Reads that follow one another without a pause keep sharing, but never too old a state.
        expect(await db.read((read) => get(read, name))).toBe(i);
      }
    };
    await Promise.all(Array.from({ length: 20 }, (_, i) => person(`p${i}`)));
  });

  for (const door of ["read", "readInThread"] as const) {
    for (const how of ["answers", "refuses"] as const) {
      test(`what a ${door} ${how} tells nobody what a power cut could take back`, async () => {
        await using storage = await Storage.open(open);
        const { db } = storage;
        const look = async (read: Read, key: string) => {
          const row = await getAtOnce(read, key);
          if (row && how === "refuses") throw new Error("seen");
          return row !== undefined;
        };
        for (let i = 0; i < 50; i++) {
          const key = `n${i}`;
          let durable = false;
          const written = db.transact(async (tx) => {
            tx.onDurable(() => {
              durable = true;
            });
            await put(tx, key, 1);
          });
          // Asks again and again, with more and less of a pause: who sees it first sees it after it was told.
          while (!(await db[door]((read) => look(read, key)).catch(() => true))) await pause(i % 5);
          expect(durable).toBe(true);
          await written;
        }
      });
    }
  }

  test("a snapshot is dead once its callback has returned", async () => {
    await using storage = await Storage.open(open);
    const kept: Read[] = [];
    await storage.db.read((read) => kept.push(read));
    await storage.db.readInThread(async (read) => kept.push(read));
    expect(kept).toHaveLength(2);
    for (const read of kept) expect(() => getAtOnce(read, "a")).toThrow("over");
  });

  test("a callback that awaits something foreign is refused; the next ones are served", async () => {
    await using storage = await Storage.open(open);
    const stuck = refusal(() => storage.db.read(() => new Promise(() => {})));
    const other = storage.db.read((read) => get(read, "a"));
    expect(await stuck).toMatchObject({ message: expect.stringContaining("awaited") });
    expect(await other).toBeUndefined();
    await storage.db.transact((tx) => put(tx, "a", 1));
    expect(await storage.db.read((read) => get(read, "a"))).toBe(1);
  });

  test("what a callback throws comes out as it is", async () => {
    await using storage = await Storage.open(open);
    const mistake = new RangeError("out of range");
    const fail = async () => {
      throw mistake;
    };
    for (const door of ["read", "readInThread", "transact"] as const) {
      expect(await refusal(() => storage.db[door](fail))).toBe(mistake);
    }
    expect(await storage.db.readInThread((read) => get(read, "a"))).toBeUndefined();
  });
}

function bothTo(db: Database, value: number): Promise<void> {
  return db.transact(async (tx) => {
    await put(tx, "left", value);
    await put(tx, "right", value);
  });
}

/** Lets others go on, without a turn of the event loop. */
async function pause(steps: number): Promise<void> {
  for (let i = 0; i < steps; i++) await Promise.resolve();
}
