/** What can be selected, and what its rows are; the table has `a` with 100 and `b` with 101. */
import { and, asc, count, eq, exists, max, sql } from "drizzle-orm";
import { alias, integer, sqliteTable, text, unionAll } from "drizzle-orm/sqlite-core";

import { among, entries, entryKey, entryValue, toEntries, toList } from "../../../src/platform/db/among.ts";
import type { ReadOrm, Runnable } from "../../../src/platform/db/database.ts";
import { meta } from "../../../src/platform/db/tables.ts";

export interface Selection {
  build(orm: ReadOrm): { prepare(): Runnable };
  values?: Record<string, unknown>;
  rows: unknown[];
}

/** The table of the suite with columns that are encoded. */
export const facts = sqliteTable("meta", {
  key: text({ mode: "json" }).$type<{ of: string } | string>().primaryKey(),
  value: integer({ mode: "boolean" }).notNull(),
});

const { placeholder } = sql;
/** Placeholders of values that are encoded as the columns' are. */
const asKey = (name: string) => sql.param(placeholder(name), facts.key);
const asValue = (name: string) => sql.param(placeholder(name), facts.value);

const next = alias(meta, "next");
const last = alias(meta, "last");
/** The row whose value is one more. */
const isNext = eq(next.value, sql`${meta.value} + 1`);
const isLast = eq(last.value, sql`${next.value} + 1`);
const ours = sql`${meta.key} in ('a', 'b')`;

const objects: Record<string, Selection> = {
  "all columns of a table": {
    build: (orm) => orm.select().from(meta).where(ours).orderBy(asc(meta.key)),
    rows: [
      { key: "a", value: 100 },
      { key: "b", value: 101 },
    ],
  },
  "columns by other names, in another order": {
    build: (orm) => orm.select({ n: meta.value, name: meta.key }).from(meta).where(eq(meta.key, "a")),
    rows: [{ n: 100, name: "a" }],
  },
  "no row": {
    build: (orm) => orm.select().from(meta).where(eq(meta.key, "nowhere")),
    rows: [],
  },
  "two queries, one after the other": {
    build: (orm) => {
      const one = (key: string) => orm.select({ n: meta.value }).from(meta).where(eq(meta.key, key));
      return unionAll(one("b"), one("a"));
    },
    rows: [{ n: 101 }, { n: 100 }],
  },
  "an object for each table": {
    build: (orm) => orm.select().from(meta).innerJoin(next, isNext).where(ours),
    rows: [{ meta: { key: "a", value: 100 }, next: { key: "b", value: 101 } }],
  },
  "a table and an object of columns beside a column": {
    build: (orm) =>
      orm
        .select({ row: meta, name: meta.key, next: { n: next.value } })
        .from(meta)
        .innerJoin(next, isNext)
        .where(ours),
    rows: [{ row: { key: "a", value: 100 }, name: "a", next: { n: 101 } }],
  },
};

const joins: Record<string, Selection> = {
  "a table of which a left join finds no row": {
    build: (orm) => orm.select().from(meta).leftJoin(next, isNext).where(ours).orderBy(asc(meta.key)),
    rows: [
      { meta: { key: "a", value: 100 }, next: { key: "b", value: 101 } },
      { meta: { key: "b", value: 101 }, next: null },
    ],
  },
  "columns of which a left join finds no row, beside something computed": {
    build: (orm) =>
      orm
        .select({ next: { one: sql<number>`1`, n: next.value }, n: next.value })
        .from(meta)
        .leftJoin(next, isNext)
        .where(eq(meta.key, "b")),
    rows: [{ next: null, n: null }],
  },
  "a row that a left join finds, whose first column is null": {
    build: (orm) => {
      const pairs = pairsOf(orm);
      return orm
        .select({ pair: { next: pairs.next, key: pairs.key } })
        .from(meta)
        .leftJoin(pairs, eq(pairs.key, meta.key))
        .where(eq(meta.key, "b"));
    },
    rows: [{ pair: { next: null, key: "b" } }],
  },
  "a column of the table that is selected from, which is null, beside a left join": {
    build: (orm) => {
      const pairs = pairsOf(orm);
      return orm
        .select({ pair: { next: pairs.next } })
        .from(pairs)
        .leftJoin(meta, eq(meta.key, "nowhere"))
        .where(eq(pairs.key, "b"));
    },
    rows: [{ pair: { next: null } }],
  },
  "columns of two tables, of which left joins find no row": {
    build: (orm) =>
      orm
        .select({ two: { n: next.value, m: last.value } })
        .from(meta)
        .leftJoin(next, isNext)
        .leftJoin(last, isLast)
        .where(eq(meta.key, "b")),
    rows: [{ two: { n: null, m: null } }],
  },
  "something computed, which is null": {
    build: (orm) =>
      orm
        .select({ made: { up: sql`null` } })
        .from(meta)
        .leftJoin(next, isNext)
        .where(ours)
        .limit(1),
    rows: [{ made: { up: null } }],
  },
  "tables of which a right join finds no row": {
    build: (orm) =>
      orm.select().from(meta).innerJoin(next, isNext).rightJoin(last, isLast).where(eq(last.key, "b")),
    rows: [{ meta: null, next: null, last: { key: "b", value: 101 } }],
  },
  "tables of which a full join finds no row": {
    build: (orm) =>
      orm
        .select()
        .from(meta)
        .fullJoin(next, and(isNext, ours))
        .where(sql`${meta.key} = 'b' or ${next.key} = 'a'`)
        .orderBy(asc(next.key)),
    rows: [
      { meta: { key: "b", value: 101 }, next: null },
      { meta: null, next: { key: "a", value: 100 } },
    ],
  },
};

const lists: Record<string, Selection> = {
  "rows whose column is in a list": {
    build: (orm) => orm.select({ n: meta.value }).from(meta).where(among(meta.key, "names")),
    values: { names: toList(["a", "nowhere"]) },
    rows: [{ n: 100 }],
  },
  "entries of a list that are found in a table with columns of the same names": {
    build: (orm) => {
      const found = orm.select({ n: meta.value }).from(meta).where(eq(meta.value, entryValue));
      return orm.select({ key: entryKey }).from(entries("list")).where(exists(found));
    },
    values: {
      list: toEntries([
        [1, 101],
        [2, 999],
      ]),
    },
    rows: [{ key: 1 }],
  },
};

const values: Record<string, Selection> = {
  "JSON and booleans": {
    build: (orm) =>
      orm
        .select()
        .from(facts)
        .where(eq(facts.key, { of: "c" })),
    rows: [{ key: { of: "c" }, value: true }],
  },
  "JSON and booleans that are asked for": {
    build: (orm) =>
      orm
        .select({ n: meta.value })
        .from(meta)
        .where(and(eq(meta.key, asKey("key")), eq(meta.value, asValue("value")))),
    values: { key: { of: "c" }, value: true },
    rows: [{ n: 1 }],
  },
  "null, whatever it is asked as": {
    build: (orm) =>
      orm
        .select({
          empty: sql`${asKey("key")} is null and ${asValue("value")} is null`,
        })
        .from(meta)
        .limit(1),
    values: { key: null, value: null },
    rows: [{ empty: 1 }],
  },
  "values among others, in their order, one twice": {
    build: (orm) =>
      orm
        .select({
          key: meta.key,
          said: sql<string>`${"x"} || ${placeholder("what")} || ${placeholder("what")}`,
        })
        .from(meta)
        .where(and(eq(meta.key, placeholder("key")), sql`${meta.value} > ${50}`))
        .limit(placeholder("limit"))
        .offset(placeholder("offset")),
    values: { offset: 0, limit: 1, key: "a", what: "y" },
    rows: [{ key: "a", said: "xyy" }],
  },
  bytes: {
    build: (orm) =>
      orm
        .select({ bytes: sql`${placeholder("bytes")}` })
        .from(meta)
        .limit(1),
    values: { bytes: new Uint8Array([0, 255]) },
    rows: [{ bytes: new Uint8Array([0, 255]) }],
  },
  "what is computed, as it is, mapped, and null": {
    build: (orm) =>
      orm
        .select({
          plain: sql`${meta.value}`,
          mapped: sql`${meta.value}`.mapWith(String),
          named: sql`${meta.value}`.mapWith(String).as("named"),
          asColumn: max(facts.value),
          counted: count(),
          nothing: sql`null`.mapWith(String),
          asked: orm.select({ n: next.value }).from(next).where(eq(next.key, "b")).as("asked"),
        })
        .from(meta)
        .where(eq(meta.key, "a")),
    rows: [
      { plain: 100, mapped: "100", named: "100", asColumn: false, counted: 1, nothing: null, asked: 101 },
    ],
  },
};

/** Each key with the value that is one more, or null. */
function pairsOf(orm: ReadOrm) {
  return orm.select({ key: meta.key, next: next.value }).from(meta).leftJoin(next, isNext).as("pairs");
}

export const selections = { ...objects, ...joins, ...lists, ...values };
