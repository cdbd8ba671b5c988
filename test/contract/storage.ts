import { asc, count, eq, sql } from "drizzle-orm";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Database, Read, ReadOrm, Tx, WriteOrm } from "../../src/platform/db/database.ts";
import { setMeta } from "../../src/platform/db/meta.ts";
import { meta } from "../../src/platform/db/tables.ts";

/** Opens the implementation under test on a directory; opening the same one again finds the same data. */
export type Open = (directory: string) => Promise<Database>;

/** A database at a place of its own, removed at the end. */
export class Storage {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-contract-"));
  #db: Database | undefined;

  constructor(private readonly openAt: Open) {}

  static async open(openAt: Open): Promise<Storage> {
    const storage = new Storage(openAt);
    await storage.open();
    return storage;
  }

  get db(): Database {
    return this.#db!;
  }

  async open(): Promise<Database> {
    this.#db = await this.openAt(this.directory);
    return this.#db;
  }

  async close(): Promise<void> {
    const db = this.#db;
    this.#db = undefined;
    await db?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** What a promise, or a call that throws at once, is refused with. */
export async function refusal(call: () => Promise<unknown>): Promise<unknown> {
  try {
    await call();
  } catch (error) {
    return error;
  }
  throw new Error("it was not refused");
}

// The table of the suite is the one that every database has.

const byKey = (orm: ReadOrm) =>
  orm
    .select()
    .from(meta)
    .where(eq(meta.key, sql.placeholder("key")));

const byValue = (orm: ReadOrm) => orm.select().from(meta).orderBy(asc(meta.value));
const number = (orm: ReadOrm) => orm.select({ count: count() }).from(meta);
const forget = (orm: WriteOrm) => orm.delete(meta).where(eq(meta.key, sql.placeholder("key")));

export async function put(tx: Tx, key: string, value: number): Promise<void> {
  await setMeta(tx, key, value);
}

export async function get(read: Read, key: string): Promise<number | undefined> {
  return (await getAtOnce(read, key))?.value;
}

/** The whole row, as soon as the implementation has it. */
export function getAtOnce(read: Read, key: string): Promise<typeof meta.$inferSelect | undefined> {
  return read.prepared(byKey).get({ key });
}

export async function remove(tx: Tx, key: string): Promise<void> {
  await tx.prepared(forget).run({ key });
}

/** How many rows there are: what the suite wrote, and the database's own. */
export async function size(read: Read): Promise<number> {
  return (await read.prepared(number).get())!.count;
}

/** The keys that start with `prefix`, by value. */
export async function keys(read: Read, prefix: string): Promise<string[]> {
  const rows = await read.prepared(byValue).all();
  return rows.map((row) => row.key).filter((key) => key.startsWith(prefix));
}
