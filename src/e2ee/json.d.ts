export type Json = Record<string, unknown>;
/**
 * A JSON object that is written as `JSON.stringify` writes it: so no name is there twice, and there is one text for each value.
 * Errors: BadObject.
 */
export declare function parseExact(text: string): Json;
/** Whether a value is of one shape. */
export type Check<T> = (value: unknown) => value is T;
export type Checks<T> = {
  [K in keyof T]-?: Check<T[K]>;
};
/** Exactly these members, each of its shape. Errors: BadObject, which names the first that is not. */
export declare function requireShape<T extends object>(value: Json, checks: Checks<T>): T;
export declare const isJson: (value: unknown) => value is Json;
export declare const isOne: <T extends string | number>(...those: T[]) => Check<T>;
/** An id, a number of steps, or seconds: a whole number that JSON keeps. */
export declare const isCount: (value: unknown) => value is number;
export declare const isId: (value: unknown) => value is number;
/** So many bytes in base64url. */
export declare const isBytes: (length: number) => Check<string>;
/** SHA-256. */
export declare const isHash: Check<string>;
export declare const isText: (most: number) => Check<string>;
export declare const orNull: <T>(check: Check<T>) => Check<T | null>;
