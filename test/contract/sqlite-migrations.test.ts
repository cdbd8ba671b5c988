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

test("receipts of before are told once for each chat, and who was never answered is a stranger", async () => {
  const sql = await databaseBefore(3, (before) => {
    const chat = before.query("INSERT INTO chats (id, chat_type, created_at, active_at) VALUES (?, ?, 0, 0)");
    for (const id of [1, 2]) chat.run(id, "direct");
    chat.run(3, "group");
    const member = before.query(
      "INSERT INTO members (chat_id, user_id, role, joined_at, joined_pos, added_by, last_read_id) VALUES (?, ?, 'member', 0, 0, ?, ?)",
    );
    // 7 opened both chats; in the second one 8 has written or read.
    for (const row of [
      [1, 7, null, 5],
      [1, 8, 7, 0],
      [2, 7, null, 5],
      [2, 8, 7, 3],
      [3, 7, null, 5],
      [3, 8, 7, 0],
    ] as const)
      member.run(...row);
    const event = before.query("INSERT INTO journal (pos, audience, type, ref, at) VALUES (?, ?, ?, ?, 0)");
    for (const row of [
      [1, "chat:2", "message_status", 7],
      [2, "chat:2", "message_status", 8],
      [3, "chat:2", "new_message", 1],
      [4, "user:8", "message_status", 9],
      [5, "chat:3", "message_status", 7],
    ] as const)
      event.run(...row);
  });
  applyMigrations(sql);
  const chats = sql.query<{ id: number; stranger_id: number | null; is_status_due: number }, []>(
    "SELECT id, stranger_id, is_status_due FROM chats ORDER BY id",
  );
  expect(chats.all()).toEqual([
    { id: 1, stranger_id: 7, is_status_due: 0 },
    { id: 2, stranger_id: null, is_status_due: 1 },
    { id: 3, stranger_id: null, is_status_due: 1 },
  ]);
  // Positions are not given out again, so the last row stays.
  const rows = sql.query<{ pos: number }, []>("SELECT pos FROM journal ORDER BY pos").all();
  expect(rows.map((one) => one.pos)).toEqual([3, 5]);
});

test("a chat knows the newest of its messages that were deleted", async () => {
  const sql = await databaseBefore(3, (before) => {
    const chat = before.query(
      "INSERT INTO chats (id, chat_type, created_at, active_at) VALUES (?, 'group', 0, 0)",
    );
    for (const id of [1, 2, 3]) chat.run(id);
    const message = before.query(
      "INSERT INTO messages (id, chat_id, seq, sender_id, content, content_type, created_at, deleted_by) VALUES (?, ?, ?, 1, '', 'text', 0, ?)",
    );
    for (const row of [
      [1, 1, 1, 7],
      [2, 1, 2, 1],
      [3, 1, 3, null],
      [4, 2, 1, null],
    ] as const)
      message.run(...row);
  });
  applyMigrations(sql);
  const chats = sql.query<{ last_deleted_id: number }, []>("SELECT last_deleted_id FROM chats ORDER BY id");
  expect(chats.all().map((one) => one.last_deleted_id)).toEqual([2, 0, 0]);
});
