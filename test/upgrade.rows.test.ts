/** That the data of test/upgrade.test.ts has something in every table and column, and of every kind. */
import { Database } from "bun:sqlite";
import { afterAll, expect, test } from "bun:test";
import { is } from "drizzle-orm";
import { getTableConfig, SQLiteTable } from "drizzle-orm/sqlite-core";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { shared } from "./support/shared.ts";
import { folder } from "./support/upgraded.ts";

/** What the release that has written the data did not have: tables, columns as `table.column`, kinds and events. */
const newer = [
  "notifications.subject_id",
  "reactions",
  "reaction_summaries",
  "reaction_notices",
  "reaction",
  "reaction_updated",
  "device_tokens.channel",
  "device_tokens.p256dh",
  "device_tokens.auth",
  "device_tokens.badge",
  "device_tokens.failures",
  "device_tokens.retry_at",
  "push_outbox",
  "push_settings",
  "members.notify",
  "server_ids",
  "directory_entries",
  "published_keys",
  "keychains",
  "sessions.password_at",
  "encryption_key_changed",
  "chats.encryption_epoch",
  "messages.encrypted",
  "encrypted_chats",
  "membership_steps",
  "chat_epochs",
  "epoch_recipients",
  "epoch_grants",
  "encryption_membership",
  "encryption_epoch",
  "encryption_rekey_required",
  "encryption_grant",
];

const advice =
  'If the release of the data did not have it, name it in "newer" (test/upgrade.rows.test.ts). ' +
  "Else have test/support/every-row.ts make one, and run it with that release.";

const db = new Database(":memory:");
db.run(readFileSync(join(folder, "chat.sql"), "utf8"));
afterAll(() => db.close());

function valuesOf(sql: string): unknown[] {
  return db
    .query<{ value: unknown }, []>(sql)
    .all()
    .map((one) => one.value);
}

// Tables

const sources = [...new Bun.Glob("../src/**/tables.ts").scanSync({ cwd: import.meta.dir, absolute: true })];
const modules = await Promise.all(sources.map((file) => import(file) as Promise<object>));
const tables = modules
  .flatMap((one) => Object.values(one))
  .filter((one) => is(one, SQLiteTable))
  .map((one) => getTableConfig(one))
  .filter((one) => !newer.includes(one.name));

test.each(tables)("$name has rows, and each column every kind of value", ({ name, columns }) => {
  const known = valuesOf(`SELECT name AS value FROM pragma_table_info('${name}')`);
  const old = columns.filter((one) => !newer.includes(`${name}.${one.name}`));
  const lacking = old.filter((one) => {
    if (!known.includes(one.name)) return true;
    const values = valuesOf(`SELECT DISTINCT "${one.name}" AS value FROM "${name}"`);
    // What is kept as JSON says nothing by "null" as well.
    const told = values.filter((value) => value !== null && value !== "null");
    const isEmptySomewhere = one.notNull || told.length < values.length;
    return !isEmptySomewhere || told.length < (one.dataType === "boolean" ? 2 : 1);
  });
  expect(lacking.map((one) => `${name}.${one.name} has not every kind of value. ${advice}`)).toEqual([]);
});

test("all tables are looked at", () => {
  expect(tables.length).toBeGreaterThan(20);
});

// Kinds

const { openApi, asyncApi } = (await shared()).api.contract;

/** Where the kinds are kept that the documents name. */
const kept: Record<string, string> = {
  ChatType: "SELECT chat_type AS value FROM chats",
  ContentType: "SELECT content_type AS value FROM messages",
  MediaState: "SELECT state AS value FROM files",
  MediaType: "SELECT kind AS value FROM files",
  NotificationType: "SELECT type AS value FROM notifications",
  Platform: "SELECT platform AS value FROM device_tokens",
  Role: "SELECT role AS value FROM members",
  SystemEvent: "SELECT system ->> 'event' AS value FROM messages",
};

test.each(Object.entries(kept))("there is one of each %s", (name, sql) => {
  const schema = openApi["components"].schemas[name];
  const kinds: string[] = schema.enum ?? schema["x-extensible-enum"];
  expectAll(kinds, valuesOf(sql));
});

test("there is an event of each type, also of those that nobody hears", () => {
  const unheard = ["answered", "message_filled", "sessions_ended", "user_changed"];
  const unrecorded = ["connected", "resync", "resume"];
  const { messages, schemas } = asyncApi["components"];
  const heard = Object.values<any>(messages)
    .filter(({ payload }) => schemas[payload.$ref.split("/").at(-1)].properties.cursor)
    .map((one) => one.name as string)
    .filter((one) => !unrecorded.includes(one));
  expect(heard.length).toBeGreaterThan(10);
  expectAll([...unheard, ...heard], valuesOf("SELECT type AS value FROM journal"));
});

function expectAll(kinds: string[], there: unknown[]): void {
  const lacking = kinds.filter((one) => !there.includes(one) && !newer.includes(one));
  expect(lacking.map((one) => `There is no ${one}. ${advice}`)).toEqual([]);
}
