import { expect, test } from "bun:test";
import { eq, sql } from "drizzle-orm";

import type { Database, Read, ReadOrm, WriteOrm } from "../../../src/platform/db/database.ts";
import { meta } from "../../../src/platform/db/tables.ts";
import { updateOf } from "../../../src/platform/db/update.ts";
import { get, getAtOnce, keys, type Open, put, refusal, Storage } from "../storage.ts";
import { facts, selections } from "./selections.ts";

type Door = <T>(db: Database, ask: (read: Read) => Promise<T>) => Promise<T>;

const doors: Record<string, Door> = {
  read: (db, ask) => db.read(ask),
  readInThread: (db, ask) => db.readInThread(ask),
  transact: (db, ask) => db.transact(ask),
};

const { placeholder } = sql;
const row = { key: placeholder("key"), value: placeholder("value") };
const addFact = (orm: WriteOrm) => orm.insert(facts).values(row);
const add = (orm: WriteOrm) => orm.insert(meta).values(row).returning();
const value = sql`${sql.param(row.value, facts.value)}`;
const set = (orm: WriteOrm) =>
  orm.insert(facts).values(row).onConflictDoUpdate({ target: facts.key, set: { value } });
const change = (orm: WriteOrm) =>
  orm.update(facts).set({ value }).where(eq(meta.key, row.key)).returning({ is: facts.value });
const take = (orm: WriteOrm) =>
  orm
    .delete(meta)
    .where(eq(meta.key, row.key))
    .returning({ twice: sql`2 * ${meta.value}`.mapWith(String) });
const update = updateOf(meta, eq(meta.value, placeholder("value")));

export function statements(open: Open): void {
  for (const [through, door] of Object.entries(doors)) {
    test(`a statement of a ${through} gives the rows of every kind of selection`, async () => {
      await using storage = await Storage.open(open);
      const { db } = storage;
      await db.transact(async (tx) => {
        await put(tx, "a", 100);
        await put(tx, "b", 101);
        await tx.prepared(addFact).run({ key: { of: "c" }, value: true });
      });
      for (const [name, { build, values, rows }] of Object.entries(selections)) {
        const [all, first] = await door(db, async (read) => {
          const statement = read.prepared(build);
          return [await statement.all(values), await statement.get(values)];
        });
        expect({ [name]: all }).toEqual({ [name]: rows });
        expect({ [name]: first }).toEqual({ [name]: rows[0] });
      }
    });

    test(`a statement of a ${through} is compiled once, and run with other values each time`, async () => {
      await using storage = await Storage.open(open);
      const { db } = storage;
      await db.transact((tx) => put(tx, "a", 1));
      let builds = 0;
      const build = (orm: ReadOrm) => {
        builds += 1;
        return orm
          .select({ n: meta.value })
          .from(meta)
          .where(eq(meta.key, placeholder("key")));
      };
      const ask = (key: string) => door(db, async (read) => read.prepared(build).get({ key }));
      expect([await ask("a"), await ask("nowhere"), await ask("a")]).toEqual([{ n: 1 }, undefined, { n: 1 }]);
      expect(builds).toBe(1);
    });

    test(`a statement of a ${through} is refused where a value is missing`, async () => {
      await using storage = await Storage.open(open);
      const refused = await refusal(() =>
        door(storage.db, async (read) => getAtOnce(read, undefined as unknown as string)),
      );
      expect(refused).toMatchObject({ message: 'no value for placeholder "key"' });
    });
  }

  test("what a statement writes is encoded as its columns say", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    await db.transact(async (tx) => {
      await tx.prepared(addFact).run({ key: { of: "c" }, value: true });
      await tx.prepared(addFact).run({ key: "n", value: false });
    });
    expect(await db.read((read) => keys(read, ""))).toEqual(expect.arrayContaining(['"n"', '{"of":"c"}']));
    expect(await db.read((read) => get(read, '{"of":"c"}'))).toBe(1);
    expect(await db.read((read) => get(read, '"n"'))).toBe(0);
  });

  test("a statement gives what it has inserted, updated and deleted", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    const given = await db.transact(async (tx) => [
      await tx.prepared(add).get({ key: '"n"', value: 0 }),
      await tx.prepared(change).all({ key: '"n"', value: true }),
      await tx.prepared(change).all({ key: "nobody", value: true }),
      await tx.prepared(take).get({ key: '"n"' }),
      await tx.prepared(take).get({ key: '"n"' }),
    ]);
    expect(given).toEqual([{ key: '"n"', value: 0 }, [{ is: true }], [], { twice: "2" }, undefined]);
  });

  test("an update may change the column by which it finds its rows", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    await db.transact(async (tx) => {
      await put(tx, "a", 100);
      await put(tx, "b", 101);
      await update(tx, { value: 100 }, { value: 101, key: "c" });
    });
    expect(await db.read((read) => get(read, "c"))).toBe(101);
    expect(await db.read((read) => get(read, "b"))).toBe(101);
  });

  test("an update of no column changes nothing", async () => {
    await using storage = await Storage.open(open);
    await storage.db.transact(async (tx) => {
      await put(tx, "a", 100);
      await update(tx, { value: 100 }, {});
    });
    expect(await storage.db.read((read) => get(read, "a"))).toBe(100);
  });

  test("a statement that gives nothing writes each time it is run", async () => {
    await using storage = await Storage.open(open);
    const { db } = storage;
    await db.transact(async (tx) => {
      await tx.prepared(set).run({ key: "a", value: false });
      await tx.prepared(set).run({ key: "b", value: false });
      await tx.prepared(set).run({ key: "a", value: true });
    });
    expect(await db.read((read) => get(read, '"a"'))).toBe(1);
    expect(await db.read((read) => get(read, '"b"'))).toBe(0);
  });
}
