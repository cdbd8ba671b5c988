import { expect, test } from "bun:test";

import type { Database } from "../../../src/platform/db/database.ts";
import { get, type Open, put, refusal, Storage } from "../storage.ts";

type Door = (db: Database, inner: () => Promise<unknown>) => Promise<unknown>;

const doors: Record<string, Door> = {
  transact: (db, inner) => db.transact(inner),
  read: (db, inner) => db.read(inner),
  readInThread: (db, inner) => db.readInThread(inner),
};

/** Nested use would wait for itself, or see another state than the outer one: it is always an error. */
export function nesting(open: Open): void {
  for (const [outer, enter] of Object.entries(doors)) {
    for (const [inner, enterAgain] of Object.entries(doors)) {
      test(`${inner} inside ${outer} is an error at once`, async () => {
        await using storage = await Storage.open(open);
        const { db } = storage;
        const deep = async () => enterAgain(db, async () => "reached");
        expect(await deep()).toBe("reached");

        expect(await refusal(() => enter(db, deep))).toMatchObject({
          message: expect.stringContaining("inside another"),
        });
        await db.transact((tx) => put(tx, "after", 1));
        expect(await db.read((read) => get(read, "after"))).toBe(1);
        expect(await db.readInThread((read) => get(read, "after"))).toBe(1);
      });
    }
  }
}
