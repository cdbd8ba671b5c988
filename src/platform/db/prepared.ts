/**
 * Drizzle's prepared statements without its work per call: which parameter comes from where, and which column
 * goes where, is found out once, and written as a function of its own for each. On the message path a statement
 * then costs less than half: code that all statements share is slow, because no two have the same rows.
 */
import { Column, is, Param, Placeholder, SQL } from "drizzle-orm";

type Values = Record<string, unknown>;

interface Decoder {
  mapFromDriverValue(value: unknown): unknown;
}

/** What drizzle keeps inside a prepared query; the contract suite notices when a new version keeps it otherwise. */
interface Prepared {
  stmt: { run(...params: unknown[]): unknown; values(...params: unknown[]): unknown[][] };
  query: { params: unknown[] };
  fields: { path: string[]; field: unknown }[] | undefined;
  run(values?: Values): unknown;
  get(values?: Values): unknown;
  all(values?: Values): unknown[];
}

/** Replaces `run`, `get` and `all` of a prepared query where its rows are flat; leaves others as they are. */
export function speedUp<P>(query: P): P {
  const prepared = query as unknown as Prepared;
  const { stmt } = prepared;
  const code = new Code();
  const bound = prepared.query.params.map((param) => boundBy(param, code)).join(", ");
  prepared.run = code.toFunction(`(values = {}) => ${code.name(stmt)}.run(${bound})`);
  const { fields } = prepared;
  if (!fields?.every(({ path, field }) => path.length === 1 && (is(field, Column) || is(field, SQL))))
    return query;
  const toRow = code.name(
    code.toFunction(`(row) => ({ ${fields.map((one, i) => columnOf(one, i, code)).join(", ")} })`),
  );
  const values = `${code.name(stmt)}.values(${bound})`;
  prepared.get = code.toFunction(
    `(values = {}) => { const row = ${values}[0]; return row && ${toRow}(row); }`,
  );
  prepared.all = code.toFunction(`(values = {}) => ${values}.map(${toRow})`);
  return query;
}

/** A value that is bound, out of the named `values`. */
function boundBy(param: unknown, code: Code): string {
  if (is(param, Placeholder)) return named(param.name, code);
  if (!is(param, Param) || !is(param.value, Placeholder)) return code.name(param);
  const value = named(param.value.name, code);
  return param.encoder.mapToDriverValue === Column.prototype.mapToDriverValue
    ? value
    : `${code.name(param.encoder)}.mapToDriverValue(${value})`;
}

function named(name: string, code: Code): string {
  return `${code.name(required)}(values[${JSON.stringify(name)}], ${JSON.stringify(name)})`;
}

function required(value: unknown, name: string): unknown {
  if (value === undefined) throw new Error(`no value for placeholder "${name}"`);
  return value;
}

/** One field of a row's object. */
function columnOf({ path, field }: { path: string[]; field: unknown }, i: number, code: Code): string {
  const decoder = decoderOf(field);
  const value = decoder
    ? `row[${i}] === null ? null : ${code.name(decoder)}.mapFromDriverValue(row[${i}])`
    : `row[${i}]`;
  return `${JSON.stringify(path[0])}: ${value}`;
}

/** Undefined where the driver's value is taken as it is. */
function decoderOf(field: unknown): Decoder | undefined {
  const decoder = is(field, Column) ? field : (field as { decoder: Decoder }).decoder;
  return decoder.mapFromDriverValue === Column.prototype.mapFromDriverValue ? undefined : decoder;
}

/** Makes functions of text, which knows values by names given here. Nothing in it comes from outside this program. */
class Code {
  readonly #names = new Map<unknown, string>();

  name(value: unknown): string {
    const known = this.#names.get(value) ?? `v${this.#names.size}`;
    this.#names.set(value, known);
    return known;
  }

  toFunction<F>(text: string): F {
    return new Function(...this.#names.values(), `return ${text}`)(...this.#names.keys()) as F;
  }
}
