import { openBeside } from "./written.ts";

/**
 * Puts so many people who never say a word into a chat, all of whom have read what is there: a thousand
 * registrations would take minutes. The server must be idle.
 */
export function crowdInto(dataDir: string, chatId: number, count: number): void {
  using db = openBeside(dataDir);
  db.transaction(() => {
    db.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
       INSERT INTO users (username, username_key, email, email_key, name_key, password_hash, created_at)
       SELECT name, name, name || '@example.org', name || '@example.org', '', '', 0
       FROM (SELECT 'crowd-' || ?2 || '-' || i AS name FROM n)`,
      [count, chatId],
    );
    db.run(
      `INSERT INTO members (chat_id, user_id, role, joined_at, joined_pos, joined_after_id,
                            last_read_id, last_delivered_id, read_count)
       SELECT ?1, users.id, 'member', 0, 0, last, last, last, chats.message_count
       FROM users, chats,
            (SELECT coalesce(max(id), 0) AS last FROM messages WHERE chat_id = ?1)
       WHERE chats.id = ?1 AND users.username LIKE 'crowd-' || ?1 || '-%'`,
      [chatId],
    );
    db.run("UPDATE chats SET member_count = member_count + ? WHERE id = ?", [count, chatId]);
  })();
}
