/**
 * What no client brings about at will: the states in which a server is cut off between two transactions, and what an
 * earlier release has left. So it is written here by hand.
 */
import type { Database } from "bun:sqlite";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { openBeside } from "../written.ts";
import type { Called } from "./talk.ts";
import type { Sent } from "./files.ts";

export const earlierToken = "a-refresh-token-of-an-earlier-release";

interface Left extends Called, Sent {
  /** Whom the call to all has not been told yet. */
  userId: number;
}

export function leaveUnfinished(dataDir: string, left: Left): void {
  using db = openBeside(dataDir);
  db.transaction(() => {
    leaveUntold(db, left);
    // The first of two chats has been told what a file turned out to be.
    db.run("UPDATE files SET told_to = ?1 WHERE id = (SELECT file_id FROM media WHERE message_id = ?1)", [
      left.twice[0],
    ]);
    // Somebody has read on, which the chat has not been told.
    db.run("UPDATE chats SET is_status_due = 1 WHERE id = (SELECT chat_id FROM messages WHERE id = ?)", [
      left.all,
    ]);
    leaveRefreshToken(db);
  })();
  leaveBlobs(db, dataDir);
}

/** Everybody before them has been told, in an earlier transaction. */
function leaveUntold(db: Database, { all, userId }: Left): void {
  const theirs = "SELECT id FROM notifications WHERE user_id = ?1 AND message_id = ?2";
  db.run(`DELETE FROM journal WHERE type = 'mention_notification' AND ref IN (${theirs})`, [userId, all]);
  for (const table of ["notifications", "mentions"]) {
    const { changes } = db.run(`DELETE FROM ${table} WHERE user_id = ?1 AND message_id = ?2`, [userId, all]);
    if (changes !== 1) throw new Error(`there are ${changes} of these ${table}`);
  }
  db.run(
    `INSERT INTO notification_jobs (chat_id, kind, ref, last, after)
     SELECT chat_id, 'called', id, 1, ?1 - 1 FROM messages WHERE id = ?2`,
    [userId, all],
  );
}

/** Of a release that did not write down the session in its refresh tokens: it stands for Dave's newest one. */
function leaveRefreshToken(db: Database): void {
  const hash = new Bun.CryptoHasher("sha256").update(earlierToken).digest("hex");
  const newest =
    "SELECT max(sessions.id) FROM sessions JOIN users ON users.id = user_id WHERE username = 'dave'";
  db.run(`UPDATE refresh_tokens SET hash = ?, names_session = 0 WHERE session_id = (${newest})`, [hash]);
}

/** One was to be removed, the other was just being made; neither is named by anything. */
function leaveBlobs(db: Database, dataDir: string): void {
  for (const [key, isDue] of [
    ["media/00000000000000000000000000000001", 1],
    ["thumbnails/00000000000000000000000000000002", 0],
  ] as const) {
    db.run("INSERT INTO stray_blobs (key, is_due) VALUES (?, ?)", [key, isDue]);
    writeFileSync(join(dataDir, key), "left over");
  }
}
