import { getTableColumns, type SQL, sql } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";

import { memoize } from "../../core/memoize.ts";
import type { Tx, WriteOrm } from "./database.ts";

/**
 * Makes the function that updates some columns of the rows that `where` names by placeholders. Each set of columns has
 * a statement, compiled when it is first needed. A change of no column does nothing.
 */
export function updateOf<T extends SQLiteTable>(table: T, where: SQL | undefined) {
  const columns = getTableColumns<SQLiteTable>(table);
  const updateFor = memoize((names: string) => {
    const values = names.split(",").map((name) => {
      const value = sql.param(sql.placeholder(toSet(name)), columns[name]);
      return [name, sql`${value}`];
    });
    return (orm: WriteOrm) => orm.update<SQLiteTable>(table).set(Object.fromEntries(values)).where(where);
  });
  return async (tx: Tx, row: Record<string, number>, change: Partial<T["$inferInsert"]>): Promise<void> => {
    const values: Record<string, unknown> = { ...row };
    for (const [name, value] of Object.entries(change)) values[toSet(name)] = value;
    const names = Object.keys(change).join();
    if (names !== "") await tx.prepared(updateFor(names)).run(values);
  };
}

/** The placeholder of a column's new value, apart from those of `where`: both may be of a column `id`. */
function toSet(name: string): string {
  return `set_${name}`;
}
