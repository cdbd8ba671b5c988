import { Database } from "bun:sqlite";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** What of people's files is on disk, and what the database knows of it. */
export interface Kept {
  media: string[];
  thumbnails: string[];
  /** Being received or made right now. */
  unfinished: string[];
  /** Keys that nothing names. */
  strays: string[];
}

export function kept(dataDir: string): Kept {
  const list = (folder: string) => readdirSync(join(dataDir, folder)).filter((one) => one !== ".incoming");
  return {
    media: list("media"),
    thumbnails: list("thumbnails"),
    unfinished: list("media/.incoming"),
    strays: query<{ key: string }>(dataDir, "SELECT key FROM stray_blobs").map((one) => one.key),
  };
}

/** How many rows about files there are, in which the database says the same. */
export function rows(dataDir: string): { files: number; media: number; bytes: number } {
  const [found] = query<{ files: number; media: number; bytes: number }>(
    dataDir,
    `SELECT (SELECT count(*) FROM files) AS files, (SELECT count(*) FROM media) AS media,
       (SELECT coalesce(sum(size), 0) FROM files) AS bytes`,
  );
  return found!;
}

/** How often somebody has begun to look at each of the files, in the order in which they came. */
export function tries(dataDir: string): number[] {
  return query<{ attempts: number }>(dataDir, "SELECT attempts FROM files ORDER BY id").map(
    (one) => one.attempts,
  );
}

/** What is counted: of everybody with files their number and bytes; under 0 what is kept in all. */
export function usage(dataDir: string): Record<number, { files: number; bytes: number }> {
  type Row = { user_id: number; files: number; bytes: number };
  const all = query<Row>(dataDir, "SELECT * FROM media_usage WHERE files <> 0 OR bytes <> 0");
  return Object.fromEntries(all.map(({ user_id, files, bytes }) => [user_id, { files, bytes }]));
}

/** How many tokens for files there are of sessions that have ended. */
export function deadFileTokens(dataDir: string): number {
  const sql = `SELECT count(*) AS dead FROM file_tokens WHERE session_id IN (SELECT id FROM sessions WHERE ended_at > 0)`;
  return query<{ dead: number }>(dataDir, sql)[0]!.dead;
}

function query<T>(dataDir: string, sql: string): T[] {
  const db = new Database(join(dataDir, "db/chat.sqlite"), { readonly: true });
  try {
    return db.query<T, []>(sql).all();
  } finally {
    db.close();
  }
}
