/** What SQLite's files may be when a server starts on them. */
import { Database as File } from "bun:sqlite";
import { expect, test } from "bun:test";
import { chmodSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { DatabaseError } from "../../src/platform/db/database.ts";
import { sqlite } from "./sqlite.ts";
import { get, put, refusal, remove, Storage } from "./storage.ts";

test("a second server on the same directory is refused in one sentence; the first one goes on", async () => {
  await using storage = await Storage.open(sqlite());
  const refused = await refusal(() => sqlite()(storage.directory));
  expect(refused).toBeInstanceOf(DatabaseError);
  expect(refused).toMatchObject({ message: `Another Parley is running on ${storage.directory}.` });
  await storage.db.transact((tx) => put(tx, "a", 1));
  await storage.close();
  await storage.open();
  expect(await storage.db.read((read) => get(read, "a"))).toBe(1);
});

test("data of a newer program is refused in one sentence and left as it is", async () => {
  await using storage = await Storage.open(sqlite());
  await storage.close();
  const file = join(storage.directory, "chat.sqlite");
  change(file, "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('later', 9999999999999)");
  const refused = await refusal(() => storage.open());
  expect(refused).toBeInstanceOf(DatabaseError);
  expect(refused).toMatchObject({
    message: expect.stringMatching(/^The data was written by a newer Parley: [^.]+\.$/),
  });

  change(file, "DELETE FROM __drizzle_migrations WHERE hash = 'later'");
  await storage.open();
  await storage.db.transact((tx) => put(tx, "a", 1));
});

test("a file that is not a database is refused in one sentence and left as it is", async () => {
  await using storage = await Storage.open(sqlite());
  await storage.close();
  const file = join(storage.directory, "chat.sqlite");
  const notes = "These are my notes, not a database. ".repeat(500);
  writeFileSync(file, notes);
  const refused = await refusal(() => storage.open());
  expect(refused).toBeInstanceOf(DatabaseError);
  expect(refused).toMatchObject({ message: `${file} is not a database, or is damaged: restore a backup.` });
  expect(readFileSync(file, "utf8")).toBe(notes);
});

test("a lock file that cannot be used is not taken for another server", async () => {
  await using storage = await Storage.open(sqlite());
  await storage.close();
  writeFileSync(join(storage.directory, "lock.sqlite"), "no lock at all, but some text. ".repeat(100));
  const refused = await refusal(() => storage.open());
  expect(refused).not.toMatchObject({ message: expect.stringContaining("Another Parley") });
});

test("only this system user can get at the files", async () => {
  await using storage = await Storage.open(async (directory) => sqlite()(join(directory, "db")));
  const directory = join(storage.directory, "db");
  const modes = () =>
    ["", "-wal", "-shm"].map((suffix) => statSync(join(directory, `chat.sqlite${suffix}`)).mode & 0o777);
  expect(statSync(directory).mode & 0o777).toBe(0o700);
  expect(modes()).toEqual([0o600, 0o600, 0o600]);
  // As an earlier release left them, whose server was killed.
  await storage.close();
  for (const suffix of ["", "-wal", "-shm"]) {
    const file = join(directory, `chat.sqlite${suffix}`);
    writeFileSync(file, "", { flag: "a" });
    chmodSync(file, 0o644);
  }
  await storage.open();
  expect(modes()).toEqual([0o600, 0o600, 0o600]);
});

test("a deleted text is not in the database file any more", async () => {
  const text = "the canary that nobody may find";
  // A log so small that it is moved into the database file again and again.
  await using storage = await Storage.open(sqlite({ checkpointBytes: 1 }));
  const { db } = storage;
  const file = join(storage.directory, "chat.sqlite");
  const found = () => readFileSync(file).includes(text);
  const writeUntil = async (there: boolean) => {
    for (let i = 0; i < 1000 && found() !== there; i++) await db.transact((tx) => put(tx, "other", i));
    expect(found()).toBe(there);
  };
  await db.transact((tx) => put(tx, text, 1));
  await writeUntil(true);
  await db.transact((tx) => remove(tx, text));
  await writeUntil(false);
});

function change(file: string, statement: string): void {
  const sql = new File(file);
  sql.run(statement);
  sql.close();
}
