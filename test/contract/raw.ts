import { Recorded } from "../../src/platform/db/recorder.ts";

/** A statement of SQLite's own, which the query builder does not make. */
export const raw = (sql: string) => () => ({ prepare: () => new Recorded({ sql, params: [] }, [], "run") });
