import { integer, sqliteTable } from "drizzle-orm/sqlite-core";

/** Who is online, for the next start: whoever is still in here then was cut off. */
export const online = sqliteTable("online", {
  userId: integer("user_id").primaryKey(),
});

/** One row: when the server was last known to run. */
export const alive = sqliteTable("alive", {
  id: integer().primaryKey(),
  at: integer().notNull(),
});
