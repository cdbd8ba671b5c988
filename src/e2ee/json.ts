import { BadObject } from "./bad-object.ts";

export type Json = Record<string, unknown>;

/**
 * A JSON object that is written as `JSON.stringify` writes it: so no name is there twice, and there is one text for each value.
 * Errors: BadObject.
 */
export function parseExact(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new BadObject("it is not JSON");
  }
  if (!isJson(value)) throw new BadObject("it is no JSON object");
  if (JSON.stringify(value) !== text) throw new BadObject("its JSON is not as it has to be written");
  return value;
}

/** Whether a value is of one shape. */
export type Check<T> = (value: unknown) => value is T;
export type Checks<T> = { [K in keyof T]-?: Check<T[K]> };

/** Exactly these members, each of its shape. Errors: BadObject, which names the first that is not. */
export function requireShape<T extends object>(value: Json, checks: Checks<T>): T {
  for (const name of Object.keys(value))
    if (!Object.hasOwn(checks, name)) throw new BadObject(`it must have no ${name}`);
  for (const [name, check] of Object.entries(checks) as [string, Check<unknown>][]) {
    if (!check(value[name])) throw new BadObject(`its ${name} is not what it has to be`);
  }
  return value as T;
}

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isOne =
  <T extends string | number>(...those: T[]): Check<T> =>
  (value): value is T =>
    those.includes(value as T);

/** An id, a number of steps, or seconds: a whole number that JSON keeps. */
export const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0;
export const isId = (value: unknown): value is number => isCount(value) && value > 0;

/** So many bytes in base64url. */
export const isBytes =
  (length: number): Check<string> =>
  (value): value is string =>
    typeof value === "string" && value.length === Math.ceil((length * 4) / 3) && /^[\w-]*$/.test(value);

/** SHA-256. */
export const isHash = isBytes(32);

export const isText =
  (most: number): Check<string> =>
  (value): value is string =>
    typeof value === "string" && value.length <= most;

export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value): value is T | null =>
    value === null || check(value);
