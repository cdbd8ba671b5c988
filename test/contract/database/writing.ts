import { expect, test } from "bun:test";
import { sql } from "drizzle-orm";

import { systemClock } from "../../../src/core/clock.ts";
import { journal } from "../../../src/events/tables.ts";
import type { ReadOrm, Tx, WriteOrm } from "../../../src/platform/db/database.ts";
import { get, getAtOnce, keys, type Open, put, size, Storage } from "../storage.ts";

const record = (orm: WriteOrm) =>
  orm.insert(journal).values({
    audience: sql.placeholder("audience"),
    type: sql.placeholder("type"),
    ref: sql.placeholder("ref"),
    at: sql.placeholder("at"),
  });

const recorded = (orm: ReadOrm) => orm.select().from(journal);

export function writing(open: Open): void {
  test("what was acknowledged is read back, also after the next start", async () => {
    await using storage = await Storage.open(open);
    expect(await storage.db.transact(async (tx) => (await put(tx, "a", 1), "done"))).toBe("done");
    expect(await storage.db.read((read) => get(read, "a"))).toBe(1);
    await storage.close();
    await storage.open();
    expect(await storage.db.read((read) => get(read, "a"))).toBe(1);
  });

  test("callbacks take effect one after another, in the order of the calls", async () => {
    await using storage = await Storage.open(open);
    const names = Array.from({ length: 200 }, (_, i) => `n${i}`);
    await Promise.all(
      names.map((name, i) =>
        storage.db.transact(async (tx) => {
          const before = await size(tx);
          // Some take longer than others.
          for (let j = 0; j < (i * 7) % 5; j++) expect(await size(tx)).toBe(before);
          await put(tx, name, before);
        }),
      ),
    );
    expect(await storage.db.read((read) => keys(read, "n"))).toEqual(names);
  });

  test("a callback that throws leaves nothing and disturbs no other", async () => {
    await using storage = await Storage.open(open);
    const outcomes = await Promise.allSettled([
      storage.db.transact((tx) => put(tx, "first", 1)),
      storage.db.transact(async (tx) => {
        await put(tx, "first", 2);
        await put(tx, "lost", 2);
        throw new RangeError("changed my mind");
      }),
      storage.db.transact(async (tx) => {
        await put(tx, "last", 3);
        return get(tx, "first");
      }),
    ]);
    expect(outcomes.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(RangeError) });
    expect(outcomes[2]).toMatchObject({ value: 1 });
    expect(await storage.db.read((read) => get(read, "lost"))).toBeUndefined();
    expect(await storage.db.read((read) => get(read, "last"))).toBe(3);
  });

  test("a query that the database refuses undoes its own callback only", async () => {
    await using storage = await Storage.open(open);
    const nothing = null as unknown as number;
    const outcomes = await Promise.allSettled([
      storage.db.transact((tx) => put(tx, "before", 1)),
      storage.db.transact(async (tx) => {
        await put(tx, "lost", 1);
        await put(tx, "empty", nothing);
      }),
      storage.db.transact((tx) => put(tx, "after", 1)),
    ]);
    expect(outcomes.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(await storage.db.read((read) => get(read, "lost"))).toBeUndefined();
    expect(await storage.db.read((read) => get(read, "after"))).toBe(1);
  });

  test("what happened is told in order, before anybody is answered, and not when it failed", async () => {
    await using storage = await Storage.open(open);
    const order: string[] = [];
    const write = (name: string, fails = false) =>
      storage.db
        .transact(async (tx) => {
          tx.onDurable(() => order.push(`${name} told`));
          await put(tx, name, 1);
          tx.onDurable(() => order.push(`${name} told again`));
          if (fails) throw new Error("no");
        })
        .then(
          () => order.push(`${name} answered`),
          () => order.push(`${name} refused`),
        );
    await Promise.all([write("a"), write("b", true), write("c")]);
    const told = order.filter((one) => one.includes("told"));
    expect(told).toEqual(["a told", "a told again", "c told", "c told again"]);
    expect(order.indexOf("a told again")).toBeLessThan(order.indexOf("a answered"));
    expect(order.indexOf("c told again")).toBeLessThan(order.indexOf("c answered"));
    expect(order).toContain("b refused");
  });

  test("what is told may write in its turn", async () => {
    await using storage = await Storage.open(open);
    const { promise, resolve } = Promise.withResolvers<void>();
    await storage.db.transact((tx) =>
      tx.onDurable(() => void storage.db.transact((next) => put(next, "reaction", 1)).then(resolve)),
    );
    await promise;
    expect(await storage.db.read((read) => get(read, "reaction"))).toBe(1);
  });

  test("an inserted row's key is answered", async () => {
    await using storage = await Storage.open(open);
    const note = (tx: Tx, ref: number) => tx.insert(record, { audience: "user:1", type: "note", ref, at: 0 });
    const keys = await storage.db.transact(async (tx) => [await note(tx, 7), await note(tx, 8)]);
    const rows = await storage.db.read((read) => read.prepared(recorded).all());
    expect(rows.map(({ pos, ref }) => [pos, ref])).toEqual([
      [keys[0]!, 7],
      [keys[1]!, 8],
    ]);
  });

  test("a transaction is dead once its callback has returned", async () => {
    await using storage = await Storage.open(open);
    let kept: Tx | undefined;
    await storage.db.transact(async (tx) => {
      await put(tx, "a", 1);
      kept = tx;
    });
    expect(() => getAtOnce(kept!, "a")).toThrow("over");
  });

  const foreign: Record<string, () => Promise<unknown>> = {
    "a timer": () => new Promise<void>((resolve) => systemClock.after(100, resolve)),
    "the network": async () => {
      await using server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("hello") });
      return await (await fetch(server.url)).text();
    },
    "something that never comes": () => new Promise(() => {}),
  };
  for (const [name, wait] of Object.entries(foreign)) {
    test(`a callback that awaits ${name} is refused and undone, and the others go on`, async () => {
      await using storage = await Storage.open(open);
      const outcomes = await Promise.allSettled([
        storage.db.transact((tx) => put(tx, "before", 1)),
        storage.db.transact(async (tx) => {
          await put(tx, "lost", 1);
          await wait();
        }),
        storage.db.transact((tx) => put(tx, "after", 1)),
      ]);
      expect(outcomes.map((one) => one.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
      expect(outcomes[1]).toMatchObject({ reason: { message: expect.stringContaining("awaited") } });
      expect(await storage.db.read((read) => get(read, "before"))).toBe(1);
      expect(await storage.db.read((read) => get(read, "lost"))).toBeUndefined();
    });
  }

  test("a callback that was refused cannot write later", async () => {
    await using storage = await Storage.open(open);
    const { promise: late, resolve } = Promise.withResolvers<unknown>();
    const refused = storage.db.transact(async (tx) => {
      await new Promise<void>((go) => systemClock.after(20, go));
      await put(tx, "late", 1).then(resolve, resolve);
    });
    await refused.catch(() => {});
    expect(await late).toBeInstanceOf(Error);
    expect(await storage.db.read((read) => get(read, "late"))).toBeUndefined();
  });
}
