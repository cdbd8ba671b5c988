import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** What the database knows of itself: `checkpoint` is the row that the emptied log starts with. */
export const meta = sqliteTable("meta", {
  key: text().primaryKey(),
  value: integer().notNull(),
});
