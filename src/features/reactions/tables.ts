import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { Reaction } from "../chat/index.ts";

/** Who has reacted to a message, and with what. */
export const reactions = sqliteTable(
  "reactions",
  {
    /** Rises in the order of reacting. */
    id: integer().primaryKey({ autoIncrement: true }),
    messageId: integer("message_id").notNull(),
    /** Fully qualified (Unicode Technical Standard #51, 2.4). */
    emoji: text().notNull(),
    userId: integer("user_id").notNull(),
  },
  (table) => [
    uniqueIndex("reactions_one").on(table.messageId, table.userId, table.emoji),
    index("reactions_emoji").on(table.messageId, table.emoji, table.id),
  ],
);

/** What a message shows of its reactions (read model), so that a page of messages needs one row for each. */
export const reactionSummaries = sqliteTable("reaction_summaries", {
  messageId: integer("message_id").primaryKey(),
  /** In the order in which each emoji came first. */
  reactions: text({ mode: "json" }).$type<Reaction[]>().notNull(),
  /** Where the journal tells of it last. */
  pos: integer().notNull(),
});

/** Whose reactions the author of a message has been told of: of each person once, however often they change their mind. */
export const reactionNotices = sqliteTable(
  "reaction_notices",
  {
    messageId: integer("message_id").notNull(),
    userId: integer("user_id").notNull(),
  },
  (table) => [primaryKey({ columns: [table.messageId, table.userId] })],
);
