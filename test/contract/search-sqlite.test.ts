/** The search index over SQLite: the contract, and what its file may be when it is opened. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import {
  closeSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

import { openLog } from "../../src/core/log.ts";
import { openSearch } from "../../src/platform/search/sqlite.ts";
import { ask, done, Indexed, type OpenIndex, said, searchIndexContract, unlimited } from "./search-index.ts";
import { refusal } from "./storage.ts";

const sqlite: OpenIndex = (directory, limits = unlimited) =>
  openSearch({ file: join(directory, "search.sqlite"), log: openLog("error", Date.now, () => {}), limits });

searchIndexContract("SQLite", sqlite);

/** An index that knows something, closed; what is done to its file; and whether it then knows where it is. */
const fates: [what: string, happens: (file: string) => void][] = [
  ["is missing", (file) => rmSync(file)],
  ["is empty", (file) => truncateSync(file)],
  ["is no database", (file) => writeFileSync(file, "These are my notes. ".repeat(500))],
  ["was cut off", (file) => truncateSync(file, 4096 * 3)],
  ["is of another version", (file) => change(file, "PRAGMA user_version = 99")],
  ["lacks a table", (file) => change(file, "DROP TABLE state")],
];

test.each(fates)("an index whose file %s is made anew", async (_, happens) => {
  await using indexed = await Indexed.open(sqlite);
  await indexed.say("hello", ...Array.from({ length: 300 }, (_, n) => `word ${n}`));
  await indexed.index.close();
  happens(join(indexed.directory, "search.sqlite"));
  expect(await indexed.reopen()).toBeUndefined();
  await indexed.index.begin(done);
  await indexed.say("again");
  expect(await indexed.find("hello")).toEqual([]);
  expect(await indexed.find("again")).toEqual([1]);
});

test("damage that shows only later costs a refusal, then the index is made anew", async () => {
  await using indexed = await Indexed.open(sqlite);
  const many = Array.from({ length: 3000 }, (_, n) => said(n + 1, `hello number ${n} of many`));
  await indexed.put(...many);
  await indexed.index.close();
  const file = join(indexed.directory, "search.sqlite");
  overwrite(file, 4096 * 20, statSync(file).size);
  expect(await indexed.reopen()).toEqual(done);
  expect(await refusal(() => indexed.find("hello"))).toMatchObject({ code: "overloaded" });
  expect(await indexed.index.state()).toBeUndefined();
  await indexed.index.begin(done);
  await indexed.put(...many);
  expect(await indexed.find("hello", { limit: 2 })).toEqual([3000, 2999]);
});

test("an index that cannot be opened refuses searches, and is there as soon as it can", async () => {
  await using indexed = await Indexed.open(sqlite);
  await indexed.index.close();
  const file = join(indexed.directory, "search.sqlite");
  rmSync(file);
  mkdirSync(join(file, "in the way"), { recursive: true });
  const index = sqlite(indexed.directory);
  await refusal(() => index.state());
  await refusal(() => index.put([said(1, "hello")], done));
  expect(await refusal(() => index.find(ask("hello")))).toMatchObject({ code: "overloaded" });
  rmSync(file, { recursive: true });
  expect(await index.state()).toBeUndefined();
  await index.begin(done);
  await index.put([said(1, "hello")], done);
  expect(await index.find(ask("hello"))).toEqual({ ids: [1], next: null });
  await index.close();
});

test("a search whose time is up before it has found anything says from where on there may be more", async () => {
  await using indexed = await Indexed.open(sqlite, { milliseconds: 0 });
  await indexed.put(said(1, "hello"), said(20_000_000, "something else"));
  const { ids, next } = await indexed.index.find(ask("hello"));
  expect(ids).toEqual([]);
  expect(next).toBeGreaterThan(2);
  expect((await indexed.findAll(ask("hello"))).flatMap((one) => one.ids)).toEqual([1]);
});

test("after thousands of changes the full-text tables are as they should be", async () => {
  await using indexed = await Indexed.open(sqlite);
  for (let round = 0; round < 6; round++) {
    const some = Array.from({ length: 500 }, (_, n) => n * (round + 1) + 1);
    await indexed.put(...some.map((id) => said(id, (id + round) % 5 === 0 ? null : `text ${id} 東${round}`)));
  }
  await indexed.index.close();
  const db = new Database(join(indexed.directory, "search.sqlite"));
  expect(db.query("PRAGMA integrity_check").values()).toEqual([["ok"]]);
  for (const table of ["parts", "shorts"])
    db.run(`INSERT INTO ${table} (${table}) VALUES ('integrity-check')`);
  expect(db.query("SELECT id FROM texts EXCEPT SELECT id FROM labels").values()).toEqual([]);
  db.close();
});

function change(file: string, sql: string): void {
  const db = new Database(file);
  db.run(sql);
  db.close();
}

function overwrite(file: string, from: number, to: number): void {
  const descriptor = openSync(file, "r+");
  writeSync(descriptor, Buffer.alloc(to - from, 0xaa), 0, to - from, from);
  closeSync(descriptor);
}
