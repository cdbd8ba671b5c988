import { Column, type DriverValueDecoder, getTableName, is, noopDecoder, SQL, Subquery } from "drizzle-orm";
import type { SelectedFieldsOrdered, SQLiteSelectJoinConfig } from "drizzle-orm/sqlite-core";

import type { Code } from "./code.ts";

type Joins = SQLiteSelectJoinConfig[];
type Field = SelectedFieldsOrdered[number] & { value: string };

/** Code for the selected object: an expression of `row`, the array of a row's values. */
export function rowCode(fields: SelectedFieldsOrdered, joins: Joins, code: Code): string {
  return objectOf(
    fields.map((field, i) => ({ ...field, value: `row[${i}]` })),
    joins,
    code,
  );
}

function objectOf(fields: Field[], joins: Joins, code: Code): string {
  const properties = Map.groupBy(fields, ({ path }) => path[0]);
  const text = [...properties].map(
    ([key, group]) => `${JSON.stringify(key)}: ${propertyOf(group, joins, code)}`,
  );
  return `({ ${text.join()} })`;
}

/** One column, or the object of all fields below. */
function propertyOf(fields: Field[], joins: Joins, code: Code): string {
  const [field] = fields;
  if (field?.path.length === 1) return columnOf(field, code);
  const inner = fields.map((one) => ({ ...one, path: one.path.slice(1) }));
  return `${nullOf(inner, joins)}${objectOf(inner, joins, code)}`;
}

/** Code for a nested object that is null: all its columns are of one table, of which an outer join found no row. */
function nullOf(fields: Field[], joins: Joins): string {
  const columns = fields.filter(({ field }) => is(field, Column));
  const tables = new Set(columns.map(({ field }) => getTableName((field as Column).table)));
  const [table] = tables;
  if (tables.size !== 1 || !isOptional(table, joins)) return "";
  return `${columns.map(({ value }) => `${value} === null`).join(" && ")} ? null : `;
}

function isOptional(table: string | undefined, joins: Joins): boolean {
  // -1 for the one that is selected from. What is joined later can make a table optional, too.
  const own = joins.findIndex(({ alias }) => alias === table);
  return joins.some(({ joinType }, i) =>
    i === own ? /left|full/.test(joinType) : i > own && /right|full/.test(joinType),
  );
}

function columnOf({ field, value }: Field, code: Code): string {
  const decoder = decoderOf(field);
  const isPlain =
    decoder === noopDecoder || decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue;
  return isPlain ? value : `${value} === null ? null : ${code.name(decoder)}.mapFromDriverValue(${value})`;
}

function decoderOf(field: Field["field"]): DriverValueDecoder<unknown, unknown> {
  if (is(field, Column)) return field;
  const sql = is(field, Subquery) ? field._.sql : is(field, SQL) ? field : field.sql;
  // What mapWith() was given: the one thing that drizzle's types do not show.
  return (sql as SQL & { decoder: DriverValueDecoder<unknown, unknown> }).decoder;
}
