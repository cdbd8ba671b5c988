import { until } from "../until.ts";
import { openBeside } from "../written.ts";

/** Longer than a message that did not arrive is waited for. */
const patience = 30_000;

/** Settles when what was last said was looked at ten seconds later, and so everything has led to what it leads to. */
export async function quiet(dataDir: string): Promise<void> {
  using db = openBeside(dataDir);
  const isQuiet = db.query<{ so: number }, []>(
    `SELECT (SELECT CAST(value AS INTEGER) FROM journal_state WHERE key = 'follower undelivered') >=
            (SELECT max(pos) FROM journal WHERE type IN ('new_message', 'message_filled'))
       AND NOT EXISTS (SELECT 1 FROM files WHERE state = 'pending')
       AND NOT EXISTS (SELECT 1 FROM stray_blobs) AS so`,
  );
  await until(() => isQuiet.get()!.so === 1, patience);
}
