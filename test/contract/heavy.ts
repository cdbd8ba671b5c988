import { sql } from "drizzle-orm";

import type { Read, ReadOrm } from "../../src/platform/db/database.ts";
import { meta } from "../../src/platform/db/tables.ts";

/** Keeps a thread busy: 100,000 steps take it some ten milliseconds. */
export async function countTo(steps: number, read: Read): Promise<number> {
  return (await read.prepared(counting).get({ steps }))!.last;
}

const counting = (orm: ReadOrm) => {
  const last = sql<number>`(
    WITH RECURSIVE steps(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM steps WHERE n < ${sql.placeholder("steps")})
    SELECT max(n) FROM steps
  )`;
  return orm.select({ last }).from(meta).limit(1);
};
