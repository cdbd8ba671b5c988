import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Who is online, for the next start: whoever is still in here then was cut off. */
export const online = sqliteTable("online", {
  userId: integer("user_id").primaryKey(),
});

/** One row: when the server was last known to run. */
export const alive = sqliteTable("alive", {
  id: integer().primaryKey(),
  at: integer().notNull(),
});

/** Pictures of people and chats, which name them by their addresses. */
export const avatars = sqliteTable("avatars", {
  /** Drawn by chance: the address of a picture stays the address of that one, also when a backup is put back. */
  id: integer().primaryKey({ autoIncrement: true }),
  key: text().notNull(),
});
