import { expect, test } from "bun:test";

import { countTo } from "../heavy.ts";
import { get, type Open, put, refusal, size, Storage } from "../storage.ts";

/** How often the event loop turned until `work` was done. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let working = true;
  const stop = () => {
    working = false;
  };
  void work.then(stop, stop);
  while (working) {
    turns += 1;
    await new Promise(setImmediate);
  }
  return turns;
}

export function readingInThread(open: Open): void {
  test("the event loop is free while a heavy question is answered in the reading thread", async () => {
    await using storage = await Storage.open(open);
    const heavy = storage.db.readInThread((read) => countTo(1_000_000, read));
    const turns = await turnsDuring(heavy);
    expect(await heavy).toBe(1_000_000);
    expect(turns).toBeGreaterThan(100);
  });

  test("a heavy question sees one state, and holds up neither reads nor writes", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    await db.transact((tx) => put(tx, "a", 1));
    const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
    const order: string[] = [];
    const heavy = db.readInThread(async (read) => {
      const first = await get(read, "a");
      begin();
      await countTo(2_000_000, read);
      order.push("heavy");
      return [first, await get(read, "a")];
    });
    await begun;
    await db.transact((tx) => put(tx, "a", 2));
    expect(await db.read((read) => get(read, "a"))).toBe(2);
    order.push("light");
    expect(await heavy).toEqual([1, 1]);
    expect(order).toEqual(["light", "heavy"]);
    expect(await db.readInThread((read) => get(read, "a"))).toBe(2);
  });

  test("a question in the reading thread that awaits something foreign does not keep the others waiting for ever", async () => {
    await using storage = await Storage.open(open);
    const stuck = refusal(() => storage.db.readInThread(() => new Promise(() => {})));
    const next = storage.db.readInThread((read) => get(read, "a"));
    expect(await next).toBeUndefined();
    expect(await stuck).toMatchObject({ message: expect.stringContaining("awaited") });
  });

  test("when too many heavy questions wait, one more is told to come back, and all the others are answered", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    const ask = () => db.readInThread((read) => size(read));
    const [first, ...others] = await Promise.allSettled(Array.from({ length: 200 }, () => wrap(ask)));
    expect(first!.status).toBe("fulfilled");
    const refused = others.filter((one) => one.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(190);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "overloaded" });
    expect(await ask()).toBeGreaterThan(0);
  });
}

/** A call that throws at once is one that is refused. */
async function wrap<T>(call: () => Promise<T>): Promise<T> {
  return call();
}
