/** Lists of any length in prepared queries: they are bound as one JSON text, and SQLite takes it apart. */
import { type SQL, sql, type SQLWrapper } from "drizzle-orm";

// The columns of json_each are named by its alias: a bare `value` is, in a subquery, that of a table that has one.

/** That `column` is one of a list, which is bound under `name` (`toList`). */
export function among(column: SQLWrapper, name: string): SQL {
  return sql`${column} in (select entry.value from ${entries(name)})`;
}

/** What `among` is bound to. */
export function toList(values: Iterable<number | string>): string {
  return JSON.stringify([...values]);
}

/** Of a pair or triple: where they are not compared but selected from, as `entries`. */
export const pairFirst = sql<number>`entry.value ->> 0`;
export const pairSecond = sql<number>`entry.value ->> 1`;
export const tripleThird = sql<number>`entry.value ->> 2`;

/** That two columns are one of a list of pairs, which is bound under `name` (`toPairs`). */
export function amongPairs(first: SQLWrapper, second: SQLWrapper, name: string): SQL {
  return sql`(${first}, ${second}) in (select ${pairFirst}, ${pairSecond} from ${entries(name)})`;
}

/** What pairs are bound as. */
export function toPairs(values: Iterable<[first: number, second: number]>): string {
  return JSON.stringify([...values]);
}

/** What triples are bound as. */
export function toTriples(values: Iterable<[first: number, second: number, third: number]>): string {
  return JSON.stringify([...values]);
}

/**
 * Rows to select from, bound under `name`: of two numbers each (`toEntries`: `entryKey` and `entryValue`), or of pairs
 * (`toPairs`: `pairFirst` and `pairSecond`), or of triples (`toTriples`: and `tripleThird`).
 */
export function entries(name: string): SQL {
  return sql`json_each(${sql.placeholder(name)}) as entry`;
}

export const entryKey = sql<number>`cast(entry.key as integer)`;
export const entryValue = sql<number>`entry.value`;

/** What `entries` is bound to. */
export function toEntries(values: Iterable<[key: number, value: number]>): string {
  return JSON.stringify(Object.fromEntries(values));
}
