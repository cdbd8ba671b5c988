import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";

import type { DirectoryEntry } from "../../e2ee/directory.ts";
import type { EpochReason } from "../../e2ee/epochs.ts";
import type { HistoryPolicy, Role } from "../../e2ee/membership.ts";

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

/** Where the two chains of an encrypted chat stand: who is in it, and its epochs. */
export const encryptedChats = sqliteTable("encrypted_chats", {
  chatId: integer("chat_id").primaryKey(),
  /** The current epoch, 0 before the first one; what follows is of it. */
  n: integer().notNull().default(0),
  /** SHA-256 of what is signed of its announcement. */
  epochHash: text("epoch_hash"),
  /** Thumbprint of its key. */
  epochKid: text("epoch_kid"),
  /** When it began, at which step of the membership chain, and after how many messages of people. */
  epochAt: integer("epoch_at").notNull().default(0),
  epochM: integer("epoch_m").notNull().default(0),
  epochAfter: integer("epoch_after").notNull().default(0),
  /** Why another one has to begin before the next message; null where nothing has happened that asks for one. */
  due: text().$type<EpochReason>(),
  /** The last step of the membership chain, and SHA-256 of what is signed of it. */
  m: integer().notNull(),
  hash: text().notNull(),
  hist: text().$type<HistoryPolicy>().notNull(),
  /** Last, because it is long: sending a message reads only what stands before it. */
  members: text({ mode: "json" })
    .$type<[user: number, ikKid: string, role: Role, since: number][]>()
    .notNull(),
});

/** The membership chains. Rows are never deleted, nor changed. */
export const membershipSteps = sqliteTable(
  "membership_steps",
  {
    chatId: integer("chat_id").notNull(),
    m: integer().notNull(),
    /** As it came. */
    step: text().notNull(),
  },
  (table) => [primaryKey({ columns: [table.chatId, table.m] })],
);

/** The epochs of chats. Rows are never deleted, nor changed. */
export const chatEpochs = sqliteTable(
  "chat_epochs",
  {
    chatId: integer("chat_id").notNull(),
    n: integer().notNull(),
    /** SHA-256 of who can read it. */
    roster: text().notNull(),
    /** As it came. */
    announcement: text().notNull(),
    /** What its encrypted key has besides the recipients (RFC 7516, 7.2.1). */
    protected: text().notNull(),
    iv: text().notNull(),
    ciphertext: text().notNull(),
    tag: text().notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.chatId, table.n] }),
    index("chat_epochs_roster").on(table.chatId, table.roster, table.n),
  ],
);

/** Who can read an epoch, and its key as it is encrypted for each: in rows, so that one person's is read alone. */
export const epochRecipients = sqliteTable(
  "epoch_recipients",
  {
    chatId: integer("chat_id").notNull(),
    n: integer().notNull(),
    userId: integer("user_id").notNull(),
    ikKid: text("ik_kid").notNull(),
    ekKid: text("ek_kid").notNull(),
    encryptedKey: text("encrypted_key").notNull(),
  },
  (table) => [primaryKey({ columns: [table.chatId, table.n, table.userId] })],
);

/** Keys of earlier epochs that members have handed to others: of each pair the last ones. */
export const epochGrants = sqliteTable(
  "epoch_grants",
  {
    id: integer().primaryKey({ autoIncrement: true }),
    chatId: integer("chat_id").notNull(),
    toUserId: integer("to_user_id").notNull(),
    byUserId: integer("by_user_id").notNull(),
    jwe: text().notNull(),
    createdAt: integer("created_at").notNull(),
  },
  (table) => [uniqueIndex("epoch_grants_pair").on(table.chatId, table.toUserId, table.byUserId)],
);
