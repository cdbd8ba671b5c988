import { sql } from "drizzle-orm";
import { index, integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const users = sqliteTable(
  "users",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    username: text().notNull(),
    /** The user name in lower case: names that differ only so are the same. */
    usernameKey: text("username_key").notNull().unique(),
    email: text().notNull(),
    emailKey: text("email_key").notNull().unique(),
    fullName: text("full_name"),
    /** The full name as it is searched: see name-search.ts. */
    nameKey: text("name_key").notNull(),
    bio: text(),
    avatarUrl: text("avatar_url"),
    passwordHash: text("password_hash").notNull(),
    isActive: integer("is_active", { mode: "boolean" }).notNull().default(true),
    createdAt: integer("created_at").notNull(),
    /** When they were last here; null when they never were. */
    lastSeenAt: integer("last_seen_at"),
  },
  (table) => [
    index("users_avatar")
      .on(table.avatarUrl)
      .where(sql`avatar_url is not null`),
  ],
);

export const sessions = sqliteTable(
  "sessions",
  {
    /** Never given out again, because tokens carry it. */
    id: integer().primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    userAgent: text("user_agent"),
    createdAt: integer("created_at").notNull(),
    lastUsedAt: integer("last_used_at").notNull(),
    endedAt: integer("ended_at"),
    /** When the password was last given in it; null where that is not known. */
    passwordAt: integer("password_at"),
  },
  (table) => [
    index("sessions_living")
      .on(table.userId, table.lastUsedAt)
      .where(sql`ended_at is null`),
    index("sessions_unused")
      .on(table.lastUsedAt)
      .where(sql`ended_at is null`),
    index("sessions_ended")
      .on(table.endedAt)
      .where(sql`ended_at is not null`),
  ],
);

/** From where people have signed in. */
export const knownAddresses = sqliteTable(
  "known_addresses",
  {
    /** HMAC-SHA-256 of the address, in hex: the same for all who share it, and what it is nobody reads in here. */
    hash: text().notNull(),
    userId: integer("user_id").notNull(),
    lastUsedAt: integer("last_used_at").notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.hash, table.userId] }),
    index("known_addresses_user").on(table.userId, table.lastUsedAt),
    index("known_addresses_used").on(table.lastUsedAt),
  ],
);

/** Tokens that stand for a living session where pages fetch files, and nowhere else. */
export const fileTokens = sqliteTable(
  "file_tokens",
  {
    /** HMAC-SHA-256 of the token, in hex. */
    hash: text().primaryKey(),
    sessionId: integer("session_id").notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [index("file_tokens_session").on(table.sessionId)],
);

/** Of a living session the refresh token that is next, and those used up whose reuse is noticed by their row alone. */
export const refreshTokens = sqliteTable(
  "refresh_tokens",
  {
    /** SHA-256 of the token, in hex. */
    hash: text().primaryKey(),
    sessionId: integer("session_id").notNull(),
    createdAt: integer("created_at").notNull(),
    replacedAt: integer("replaced_at"),
    /** The token itself tells its session. Those of earlier releases are random through and through. */
    namesSession: integer("names_session", { mode: "boolean" }).notNull().default(false),
  },
  (table) => [index("refresh_tokens_session").on(table.sessionId)],
);
