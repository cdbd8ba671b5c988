import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/**
 * The journal: what happened, in the order of commits. A row says that something changed and where; what it is now is
 * in the features' tables, so no edited or deleted text is left here.
 */
export const journal = sqliteTable(
  "journal",
  {
    pos: integer().primaryKey(),
    /** `chat:ID` or `user:ID`. */
    audience: text().notNull(),
    type: text().notNull(),
    /** What changed: an id that the event's own `load` understands. */
    ref: integer().notNull(),
    at: integer().notNull(),
  },
  (table) => [index("journal_audience").on(table.audience, table.pos)],
);

export const journalState = sqliteTable("journal_state", {
  key: text().primaryKey(),
  value: text().notNull(),
});
