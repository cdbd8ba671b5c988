import { sql } from "drizzle-orm";

import type { Read } from "../../src/platform/db/database.ts";
import { meta } from "../../src/platform/db/tables.ts";

/** Keeps a thread busy: 100,000 steps take it some ten milliseconds. */
export function countTo(steps: number, read: Read): Promise<unknown> {
  const last = sql<number>`(
    WITH RECURSIVE steps(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM steps WHERE n < ${steps})
    SELECT max(n) FROM steps
  )`;
  return read.orm.select({ last }).from(meta).limit(1) as unknown as Promise<unknown>;
}
