import { integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { DirectoryEntry } from "../../e2ee/directory.ts";

/** The server's id, in one row. */
export const serverIds = sqliteTable("server_ids", {
  id: integer().primaryKey(),
  /** 16 random bytes in base64url. */
  value: text().notNull(),
});

/** The directory: of each person a chain of entries. Rows are never deleted, nor changed but to be confirmed. */
export const directoryEntries = sqliteTable(
  "directory_entries",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    userId: integer("user_id").notNull(),
    /** From 1, in each chain. */
    seq: integer().notNull(),
    /** As it came. What follows is in it, too, so that it is read once. */
    entry: text().notNull(),
    /** SHA-256 of what is signed. */
    hash: text().notNull(),
    sig: text({ mode: "json" }).$type<DirectoryEntry["sig"]>().notNull(),
    /** Thumbprint of `sig` (RFC 7638). */
    sigKid: text("sig_kid").notNull(),
    enc: text({ mode: "json" }).$type<DirectoryEntry["enc"]>().notNull(),
    encKid: text("enc_kid").notNull(),
    /** `enc` once more, as SubjectPublicKeyInfo. */
    encPem: text("enc_pem").notNull(),
    custody: text().$type<DirectoryEntry["custody"]>().notNull(),
    reason: text().$type<DirectoryEntry["reason"]>().notNull(),
    /** Somebody has proved that they can use the keys. */
    isConfirmed: integer("is_confirmed", { mode: "boolean" }).notNull().default(true),
    /** When it came. */
    at: integer().notNull(),
  },
  (table) => [uniqueIndex("directory_entries_chain").on(table.userId, table.seq)],
);

/** Every key that was ever published here: each is accepted once. */
export const publishedKeys = sqliteTable("published_keys", {
  /** Its thumbprint (RFC 7638). */
  kid: text().primaryKey(),
  userId: integer("user_id").notNull(),
});

/** What one's devices share, sealed: the server can open nothing of it. */
export const keychains = sqliteTable("keychains", {
  userId: integer("user_id").primaryKey(),
  /** Rises by one with each change. */
  ver: integer().notNull(),
  /** The keychain's key, wrapped in several ways. */
  unlock: text({ mode: "json" }).$type<string[]>().notNull(),
  keychain: text().notNull(),
});
