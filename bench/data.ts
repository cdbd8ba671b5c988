import { Database } from "bun:sqlite";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync } from "node:fs";

import { systemClock } from "../src/core/clock.ts";
import { AccessTokens } from "../src/features/accounts/tokens/access-tokens.ts";
import { toNameKey } from "../src/features/accounts/users/name-search.ts";
import { applyMigrations } from "../src/platform/db/migrations.ts";
import { deriveKey } from "../src/platform/secret-key.ts";

const secret = Buffer.from(crypto.getRandomValues(new Uint8Array(32))).toString("hex");
const tokenSeconds = 900;
const now = Date.now();

/**
 * A data directory filled by hand before a server starts on it: thousands of password hashes are minutes. A database
 * that is there stays as it is, because another version of the server may have made it; so only columns are named
 * that every version has.
 */
export class Data {
  readonly #file: string;
  readonly #sql: Database;
  readonly #tokens = new AccessTokens(
    deriveKey(Buffer.from(secret), "access tokens"),
    systemClock,
    tokenSeconds,
  );

  constructor(readonly directory: string) {
    mkdirSync(`${directory}/db`, { recursive: true });
    this.#file = `${directory}/db/chat.sqlite`;
    const isThere = existsSync(this.#file);
    this.#sql = new Database(this.#file, { create: true });
    this.#sql.run("PRAGMA journal_mode = WAL");
    this.#sql.run("PRAGMA synchronous = OFF");
    if (!isThere) applyMigrations(this.#sql);
  }

  /** What a server needs to know to serve this data. */
  get environment(): Record<string, string> {
    return environmentOf(this.directory);
  }

  /** People with the ids from 1 to `count`, each with a session of the same id. */
  addPeople(count: number, passwordHash = ""): void {
    const user = this.#sql.prepare(
      `INSERT INTO users (id, username, username_key, email, email_key, name_key, password_hash, created_at)
       VALUES (?1, ?2, ?2, ?3, ?3, ?4, ?5, ?6)`,
    );
    const session = this.#sql.prepare(
      "INSERT INTO sessions (id, user_id, user_agent, created_at, last_used_at) VALUES (?1, ?1, 'bench', ?2, ?2)",
    );
    this.#sql.transaction(() => {
      for (let id = 1; id <= count; id++) {
        const name = userName(id);
        user.run(id, name, `${name}@example.org`, toNameKey(null), passwordHash, now);
        session.run(id, now);
      }
    })();
  }

  /** A group of these people, of whom the first owns it and `admins` more are what that says; answers its id. */
  addGroup(userIds: readonly number[], admins = 0): number {
    const { id } = this.#sql
      .query<{ id: number }, [number, number]>(
        "INSERT INTO chats (chat_type, name, created_at, member_count) VALUES ('group', 'bench', ?, ?) RETURNING id",
      )
      .get(now, userIds.length)!;
    this.#sql.run("UPDATE chats SET active_pos = id WHERE id = ?", [id]);
    const member = this.#sql.prepare(
      "INSERT INTO members (chat_id, user_id, role, joined_at, joined_pos) VALUES (?, ?, ?, ?, 0)",
    );
    this.#sql.transaction(() => {
      for (const [i, userId] of userIds.entries()) {
        member.run(id, userId, i === 0 ? "owner" : i <= admins ? "admin" : "member", now);
      }
    })();
    return id;
  }

  /** Messages of `senders` people in turn; answers the id of the first. */
  addMessages(chatId: number, count: number, senders: number): number {
    const first = this.#nextMessage();
    this.#sql.run(
      `INSERT INTO messages
         (id, chat_id, seq, message_count, sender_id, client_id, content, content_type, created_at)
       WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ?1)
       SELECT ?2 + n - 1, ?3, n, n, 1 + n % ?4, 'seed-' || ?3 || '-' || n, 'message ' || n || ', ' || ?5, 'text', ?6
       FROM numbers`,
      [count, first, chatId, senders, "about as long as what people write".repeat(2), now],
    );
    this.#sql.run("UPDATE chats SET seq = ?1, message_count = ?1 WHERE id = ?2", [count, chatId]);
    return first;
  }

  #nextMessage(): number {
    return this.#sql.query<{ id: number }, []>("SELECT ifnull(max(id), 0) + 1 AS id FROM messages").get()!.id;
  }

  /** Messages of any chats, and the event that makes the search index look at them; answers the id of the first. */
  addTexts(
    count: number,
    make: (n: number) => { chatId: number; senderId: number; content: string },
  ): number {
    const first = this.#nextMessage();
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
        insert.run(first + n, chatId, seq, senderId, content, now);
      }
      for (const [chatId, seq] of seqs) this.#sql.run("UPDATE chats SET seq = ? WHERE id = ?", [seq, chatId]);
      this.#sql.run("INSERT INTO journal (audience, type, ref, at) VALUES ('chat:1', 'new_message', ?, ?)", [
        first + count - 1,
        now,
      ]);
    })();
    return first;
  }

  /**
   * The journal tells of each message of a chat, and all who follow it know of them. The server has made the database
   * before. Answers the cursor after which all of that comes.
   */
  tellOf(chatId: number): string {
    this.#sql.run(
      `INSERT INTO journal (audience, type, ref, at)
       SELECT 'chat:' || chat_id, 'new_message', id, created_at FROM messages WHERE chat_id = ? ORDER BY id`,
      [chatId],
    );
    this.#sql.run(
      "UPDATE journal_state SET value = (SELECT max(pos) FROM journal) WHERE key LIKE 'follower %'",
    );
    const state = this.#sql.query<{ value: string }, []>(
      "SELECT value FROM journal_state WHERE key = 'epoch'",
    );
    return `${state.get()!.value}-0`;
  }

  /** Each of these people has a browser, which a push service knows by an address of its own. */
  addBrowsers(
    userIds: readonly number[],
    { origin, keys }: { origin: string; keys: { p256dh: string; auth: string } },
  ): void {
    const device = this.#sql.prepare(
      `INSERT INTO device_tokens (user_id, session_id, channel, token, p256dh, auth, created_at)
       VALUES (?1, ?1, 'web_push', ?2, ?3, ?4, ?5)`,
    );
    this.#sql.transaction(() => {
      for (const id of userIds) device.run(id, `${origin}/${id}`, keys.p256dh, keys.auth, now);
    })();
  }

  /** Access tokens of the people with these ids. */
  tokens(userIds: readonly number[]): Promise<string[]> {
    return Promise.all(userIds.map((id) => this.#tokens.sign({ userId: id, sessionId: id })));
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

/** What a server needs to know to serve the data of this directory, with no limits on rates. */
export function environmentOf(directory: string): Record<string, string> {
  return {
    DATA_DIR: directory,
    SECRET_KEY: secret,
    ACCESS_TOKEN_SECONDS: String(tokenSeconds),
    RATE_LIMITS: "off",
    E2EE_SERVER_CRYPTO: "off",
  };
}

export function userName(id: number): string {
  return `person-${String(id).padStart(5, "0")}`;
}
