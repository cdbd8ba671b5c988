import { Database } from "bun:sqlite";
import { drizzle } from "drizzle-orm/bun-sqlite";
import { closeSync, fsyncSync, mkdirSync, openSync } from "node:fs";

import { systemClock } from "../src/core/clock.ts";
import { toNameKey } from "../src/features/accounts/name-search.ts";
import { sessions, users } from "../src/features/accounts/tables.ts";
import { Tokens } from "../src/features/accounts/tokens.ts";
import { chats, members } from "../src/features/chats/tables.ts";
import { applyMigrations } from "../src/platform/db/migrations.ts";
import { deriveKey } from "../src/platform/secret-key.ts";

const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
const tokenSeconds = 900;
/** Rows of one statement: each has up to eleven values, and SQLite takes 32,766. */
const batch = 1000;
const now = Date.now();

/** A data directory filled by hand before a server starts on it: thousands of password hashes are minutes. */
export class Data {
  readonly #file: string;
  readonly #sql: Database;
  readonly #orm;
  readonly #tokens = new Tokens(
    {
      access: deriveKey(Buffer.from(secret), "access tokens"),
      refresh: new Uint8Array(),
      files: new Uint8Array(),
    },
    systemClock,
    tokenSeconds,
  );

  constructor(readonly directory: string) {
    mkdirSync(`${directory}/db`, { recursive: true });
    this.#file = `${directory}/db/chat.sqlite`;
    this.#sql = new Database(this.#file, { create: true });
    this.#sql.run("PRAGMA journal_mode = WAL");
    this.#sql.run("PRAGMA synchronous = OFF");
    applyMigrations(this.#sql);
    this.#orm = drizzle({ client: this.#sql });
  }

  /** What a server needs to know to serve this data. */
  get environment(): Record<string, string> {
    return {
      DATA_DIR: this.directory,
      SECRET_KEY: secret,
      ACCESS_TOKEN_SECONDS: String(tokenSeconds),
      RATE_LIMITS: "off",
    };
  }

  /** People with the ids from 1 to `count`, each with a session of the same id. */
  addPeople(count: number, passwordHash = ""): void {
    const ids = Array.from({ length: count }, (_, index) => index + 1);
    for (let at = 0; at < count; at += batch) {
      const some = ids.slice(at, at + batch);
      this.#orm
        .insert(users)
        .values(some.map((id) => person(id, passwordHash)))
        .run();
      const session = { userAgent: "bench", createdAt: now, lastUsedAt: now };
      this.#orm
        .insert(sessions)
        .values(some.map((id) => ({ id, userId: id, ...session })))
        .run();
    }
  }

  /** A group of these people, of whom the first owns it; answers its id. */
  addGroup(userIds: readonly number[]): number {
    const chat = { chatType: "group", name: "bench", createdAt: now } as const;
    const { id } = this.#orm
      .insert(chats)
      .values({ ...chat, memberCount: userIds.length })
      .returning({ id: chats.id })
      .get();
    this.#sql.run("UPDATE chats SET active_pos = id WHERE id = ?", [id]);
    const row = { chatId: id, joinedAt: now, joinedPos: 0 } as const;
    const rows = userIds.map((userId, i) => ({
      ...row,
      userId,
      role: i > 0 ? ("member" as const) : ("owner" as const),
    }));
    for (let at = 0; at < rows.length; at += batch) {
      this.#orm
        .insert(members)
        .values(rows.slice(at, at + batch))
        .run();
    }
    return id;
  }

  /** Messages of `senders` people in turn; answers the id of the first. */
  addMessages(chatId: number, count: number, senders: number): number {
    const first = this.#sql
      .query<{ id: number }, []>("SELECT ifnull(max(id), 0) + 1 AS id FROM messages")
      .get()!;
    this.#sql.run(
      `INSERT INTO messages
         (id, chat_id, seq, message_count, sender_id, client_id, content, content_type, created_at)
       WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
       SELECT ?2 + n - 1, ?3, n, n, 1 + n % ?4, 'seed-' || ?3 || '-' || n, 'message ' || n || ', ' || ?5, 'text', ?6
       FROM numbers`,
      [count, first.id, chatId, senders, "about as long as what people write".repeat(2), now],
    );
    this.#sql.run("UPDATE chats SET seq = ?1, message_count = ?1 WHERE id = ?2", [count, chatId]);
    return first.id;
  }

  /** Messages of any chats, and the event that makes the search index look at them. */
  addTexts(count: number, make: (n: number) => { chatId: number; senderId: number; content: string }): void {
    const seqs = new Map<number, number>();
    const insert = this.#sql.prepare(
      `INSERT INTO messages (id, chat_id, seq, sender_id, content, content_type, created_at)
       VALUES (?, ?, ?, ?, ?, 'text', ?)`,
    );
    this.#sql.transaction(() => {
      for (let n = 0; n < count; n++) {
        const { chatId, senderId, content } = make(n);
        const seq = (seqs.get(chatId) ?? 0) + 1;
        seqs.set(chatId, seq);
        insert.run(n + 1, chatId, seq, senderId, content, now);
      }
      for (const [chatId, seq] of seqs) this.#sql.run("UPDATE chats SET seq = ? WHERE id = ?", [seq, chatId]);
      this.#sql.run("INSERT INTO journal (audience, type, ref, at) VALUES ('chat:1', 'new_message', ?, ?)", [
        count,
        now,
      ]);
    })();
  }

  /** Access tokens of the people with these ids. */
  tokens(userIds: readonly number[]): Promise<string[]> {
    return Promise.all(userIds.map((id) => this.#tokens.access({ userId: id, sessionId: id })));
  }

  /** Leaves nothing for the disk to do, so that no flush of the server's has to wait for it. */
  close(): void {
    this.#sql.run("PRAGMA wal_checkpoint(TRUNCATE)");
    this.#sql.close();
    const descriptor = openSync(this.#file, "r");
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}

export function userName(id: number): string {
  return `person-${String(id).padStart(5, "0")}`;
}

function person(id: number, passwordHash: string): typeof users.$inferInsert {
  const username = userName(id);
  const email = `${username}@example.org`;
  return {
    username,
    usernameKey: username,
    email,
    emailKey: email,
    nameKey: toNameKey(null),
    passwordHash,
    createdAt: now,
  };
}
