import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * Metadata of the database: `checkpoint` is the row that the emptied log starts with, `secret key` the
 * fingerprint of the key that sessions are made with.
 */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: integer().notNull(),
});
