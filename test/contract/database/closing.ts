import { expect, test } from "bun:test";

import { get, keys, type Open, put, refusal, Storage } from "../storage.ts";

export function closing(open: Open): void {
  test("closing finishes the writes that were accepted", async () => {
    await using storage = await Storage.open(open);
    // More than what one commit takes.
    const names = Array.from({ length: 2000 }, (_, i) => `n${i}`);
    const told: string[] = [];
    const writes = names.map((name, i) =>
      storage.db.transact(async (tx) => {
        tx.onDurable(() => told.push(name));
        await put(tx, name, i);
      }),
    );
    await storage.close();
    await Promise.all(writes);
    expect(told).toEqual(names);
    await storage.open();
    expect(await storage.db.read((read) => keys(read, "n"))).toEqual(names);
  });

  for (const door of ["read", "readInThread"] as const) {
    test(`closing finishes each ${door} that was accepted`, async () => {
      await using storage = await Storage.open(open);
      await storage.db.transact((tx) => put(tx, "a", 1));
      const reads = [1, 2, 3].map(() =>
        storage.db[door](async (read) => {
          for (let i = 0; i < 50; i++) await get(read, "a");
          return get(read, "a");
        }),
      );
      const closed = storage.close();
      expect(await Promise.all(reads)).toEqual([1, 1, 1]);
      await closed;
    });
  }

  test("once closing has begun everything new is refused as stopping", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    const accepted = db.transact((tx) => put(tx, "a", 1));
    const closed = db.close();
    const late = [
      () => db.transact((tx) => put(tx, "late", 1)),
      () => db.read((read) => get(read, "a")),
      () => db.readInThread((read) => get(read, "a")),
    ];
    for (const during of late) {
      expect(await refusal(during)).toMatchObject({ code: "stopping" });
    }
    await accepted;
    await closed;
    for (const after of late) expect(await refusal(after)).toMatchObject({ code: "stopping" });
    await storage.open();
    expect(await storage.db.read((read) => get(read, "late"))).toBeUndefined();
    expect(await storage.db.read((read) => get(read, "a"))).toBe(1);
  });
}
