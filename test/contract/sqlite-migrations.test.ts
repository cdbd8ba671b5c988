/** What becomes of data that an earlier version has written. */
import { Database } from "bun:sqlite";
import { expect, test } from "bun:test";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { migrate } from "drizzle-orm/bun-sqlite/migrator";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { applyMigrations } from "../../src/platform/db/migrations.ts";

const folder = join(import.meta.dir, "../../drizzle");

/** A database as the version before the migration with this number has left it. */
async function databaseBefore(number: number, fill: (sql: Database) => void): Promise<Database> {
  const migrationsFolder = mkdtempSync(join(tmpdir(), "parley-migrations-"));
  cpSync(folder, migrationsFolder, { recursive: true });
  const file = join(migrationsFolder, "meta/_journal.json");
  const journal = await Bun.file(file).json();
  await Bun.write(file, JSON.stringify({ ...journal, entries: journal.entries.slice(0, number) }));
  const sql = new Database(":memory:");
  migrate(drizzle({ client: sql }), { migrationsFolder });
  rmSync(migrationsFolder, { recursive: true });
  fill(sql);
  return sql;
}

test("chats keep the order in which something was last said, whatever the clock said, and files know their chat", async () => {
  const sql = await databaseBefore(3, (before) => {
    const chat = before.query(
      "INSERT INTO chats (id, chat_type, seq, created_at, active_at) VALUES (?, ?, ?, 0, ?)",
    );
    // 2 and 5 are direct chats in which nobody has said anything; in 4 the clock was ahead.
    for (const row of [
      [1, "group", 2, 50],
      [2, "direct", 0, 20],
      [3, "group", 1, 30],
      [4, "group", 1, 9999],
      [5, "direct", 0, 40],
      [6, "group", 2, 60],
    ] as const)
      chat.run(...row);
    const message = before.query(
      "INSERT INTO messages (id, chat_id, seq, sender_id, content, content_type, created_at) VALUES (?, ?, ?, 1, '', 'text', 0)",
    );
    for (const row of [
      [1, 1, 1],
      [2, 3, 1],
      [3, 4, 1],
      [4, 6, 1],
      [5, 1, 2],
      [6, 6, 2],
    ] as const)
      message.run(...row);
    const media = before.query(
      "INSERT INTO media (id, file_id, uploader_id, message_id, name, type, size, created_at) VALUES (?, 1, 1, ?, '', '', 0, 0)",
    );
    for (const row of [
      [1, 2],
      [2, null],
      [3, 6],
    ] as const)
      media.run(...row);
  });
  applyMigrations(sql);
  const chats = sql
    .query<{ id: number; active_pos: number }, []>(
      "SELECT id, active_pos FROM chats ORDER BY active_pos DESC",
    )
    .all();
  expect(chats.map((one) => one.id)).toEqual([6, 1, 5, 4, 3, 2]);
  // No two are alike, and what happens from now on is behind them: the journal has more rows than there are chats.
  expect(chats.map((one) => one.active_pos)).toEqual([6, 5, 4, 3, 2, 1]);
  const files = sql.query<{ chat_id: number | null }, []>("SELECT chat_id FROM media ORDER BY id").all();
  expect(files.map((one) => one.chat_id)).toEqual([3, null, 6]);
});
