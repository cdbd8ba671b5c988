import { Column, is, noopEncoder, Param, Placeholder } from "drizzle-orm";
import { SQLiteSelectBase } from "drizzle-orm/sqlite-core";

import { Code } from "./code.ts";
import type { WriteOrm } from "./database.ts";
import { type Recorded, recorder } from "./recorder.ts";
import { rowCode } from "./row-code.ts";

export type Values = Record<string, unknown>;
/** Values that databases take. */
export type Bound = null | string | number | bigint | boolean | Uint8Array;

/** A compiled statement, which any driver can run: its text, the values to bind in order, and how to read its rows. */
export interface Compiled {
  sql: string;
  bind(values: Values): Bound[];
  decode(row: unknown[]): unknown;
  decodeAll(rows: unknown[][]): unknown[];
}

/**
 * Compiles a query: finds out once where each parameter comes from and where each column goes, and generates functions
 * that do just that. Code shared by all statements is slow, because no two have the same rows.
 */
export function compile(build: (orm: WriteOrm) => { prepare(): unknown }): Compiled {
  const query = build(recorder);
  const recorded = query.prepare() as Recorded;
  const { sql, params } = recorded.getQuery();
  const joins = is(query, SQLiteSelectBase) ? (query._.config.joins ?? []) : [];
  const code = new Code();
  const row = rowCode(recorded.fields, joins, code);
  return {
    sql,
    bind: code.toFunction(`(values) => [${params.map((param) => bound(param, code)).join()}]`),
    decode: code.toFunction(`(row) => ${row}`),
    decodeAll: code.toFunction(`(rows) => rows.map((row) => ${row})`),
  };
}

/** The code for one bound value. */
function bound(param: unknown, code: Code): string {
  if (is(param, Placeholder)) return named(param.name, code);
  if (!is(param, Param) || !is(param.value, Placeholder)) return code.name(param);
  const value = named(param.value.name, code);
  const { encoder } = param;
  if (encoder === noopEncoder || encoder.mapToDriverValue === Column.prototype.mapToDriverValue) return value;
  return `${code.name(encode)}(${value}, ${code.name(encoder)})`;
}

function named(name: string, code: Code): string {
  return `${code.name(required)}(values[${JSON.stringify(name)}], ${JSON.stringify(name)})`;
}

function required(value: unknown, name: string): unknown {
  if (value === undefined) throw new Error(`no value for placeholder "${name}"`);
  return value;
}

function encode(value: unknown, encoder: Param["encoder"]): unknown {
  return value === null ? null : encoder.mapToDriverValue(value);
}
