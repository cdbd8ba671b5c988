/**
 * A driver of drizzle's that runs nothing: preparing a query with it gives what drivers are handed. That is the text
 * and parameters of `toSQL()`, and the selected fields, which drizzle's types show of `returning()` nowhere else.
 */
import type { Query } from "drizzle-orm";
import {
  BaseSQLiteDatabase,
  SQLiteAsyncDialect,
  type SQLiteExecuteMethod,
  SQLitePreparedQuery,
  SQLiteSession,
  type SelectedFieldsOrdered,
} from "drizzle-orm/sqlite-core";

import type { WriteOrm } from "./database.ts";

type None = Record<string, never>;
type Results = Record<"run" | "all" | "get" | "values" | "execute", unknown> & { type: "async" };

export class Recorded extends SQLitePreparedQuery<Results> {
  constructor(
    query: Query,
    readonly fields: SelectedFieldsOrdered,
    method: SQLiteExecuteMethod,
  ) {
    super("async", method, query);
  }

  run = refuse;
  all = refuse;
  get = refuse;
  values = refuse;
}

class Recorder extends SQLiteSession<"async", unknown, None, None> {
  transaction = refuse;

  prepareQuery(query: Query, fields: SelectedFieldsOrdered = [], method: SQLiteExecuteMethod): Recorded {
    return new Recorded(query, fields, method);
  }
}

function refuse(): never {
  throw new Error("a query that is compiled was run");
}

const dialect = new SQLiteAsyncDialect();

export const recorder: WriteOrm = new BaseSQLiteDatabase("async", dialect, new Recorder(dialect), undefined);
