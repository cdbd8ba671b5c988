/** The vocabulary that all wire schemas share: ids, times, pages. */
import { z } from "zod";

import { type ErrorCode, catalogue } from "./errors.ts";
import { isVisible } from "./visible.ts";

/** A whole number that may go beyond 32 bits, and says so: below 2^53. */
export const int64 = z.int().meta({ format: "int64", maximum: Number.MAX_SAFE_INTEGER });

/** An id: a positive integer below 2^53. */
export const id = int64.positive();

/** A time: ISO 8601, UTC, milliseconds. */
export const time = z.iso.datetime({ precision: 3 }).meta({ examples: ["2026-11-30T12:00:00.000Z"] });

export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A number written in decimal digits, as it stands in a path or a query: text for zod, a number for everybody else. */
function decimal(min: number, max: number) {
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,15})$/, "must be a whole number in decimal digits")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ type: "integer", minimum: min, maximum: max });
}

export const idParam = decimal(1, Number.MAX_SAFE_INTEGER).meta({ format: "int64" });

/** The id of something in a path, which says of what. */
export function pathId(description: string) {
  return idParam.meta({ description, param: { example: 1 } });
}

/** Ids between commas, as they stand in a query. */
export function idList(most: number) {
  return z
    .string()
    .transform((text) => text.split(","))
    .refine((ids) => ids.length <= most, `must be at most ${most} ids`)
    .refine(
      (ids) => ids.every((one) => idParam.safeParse(one).success),
      "must be ids in decimal digits, with commas between them",
    )
    .transform((ids) => ids.map(Number))
    .meta({
      type: "array",
      items: { type: "integer", format: "int64", minimum: 1 },
      minItems: 1,
      maxItems: most,
      description: "Ids, with commas between them.",
      param: { style: "form", explode: false, example: [1, 2] },
    });
}

/** For the documents: without `field`, one of the `others` is required. Generators of clients ignore it. */
export function oneOf(field: string, ...others: object[]) {
  return { if: has(field), else: others.length === 1 ? others[0] : { anyOf: others } };
}

/** A body that has this field; null and the values in `without` count as missing. */
export function has(field: string, ...without: unknown[]) {
  return { required: [field], properties: { [field]: { not: { enum: [null, ...without] } } } };
}

/**
 * A choice to which later versions may add. In the documents it is a plain string, so that clients do not break then.
 */
export function openEnum<const V extends readonly [string, ...string[]]>(id: string, values: V) {
  const meta = {
    id,
    type: "string",
    "x-extensible-enum": values,
    description: "Later versions may have more.",
  };
  return z.enum(values).meta(meta);
}

/**
 * `schema` or null. For schemas that have a name in the documents: `.nullable()` would make them nullable wherever they
 * are named.
 */
export function orNull<S extends z.ZodType>(schema: S) {
  return z.union([schema, z.null()]);
}

export const maxCursorLength = 100;

/** The largest page of a list, and the default. */
export const largestPage = 100;
const usualPage = 50;

export const limitParam = decimal(1, largestPage)
  .default(usualPage)
  .meta({ default: usualPage, description: "The most that the answer may list." });

/** Where a page begins, in lists that are sorted by id, newest first. */
export const beforeParam = idParam
  .optional()
  .meta({ description: "Only what is older than the one with this id." });

/** Where a page begins, in lists that are sorted otherwise. */
export const cursorParam = z
  .string()
  .max(maxCursorLength)
  .optional()
  .meta({ description: "`next_cursor` of the page before." });

/** Text: well-formed Unicode (a lone surrogate, which UTF-8 cannot hold, becomes U+FFFD). */
export const text = z.string().overwrite(wellFormed);

function wellFormed(value: string): string {
  return value.toWellFormed();
}

/**
 * Lengths are checked first and abort, so that no pattern runs over a long text. White space that will be trimmed may
 * make a text so many times as long as its limit.
 */
const mostAround = 10;

function shortText(max: number) {
  return z.string().max(max, { abort: true }).overwrite(wellFormed);
}

/** Characters that turn the direction of all text behind them: a name could rearrange the line in which it is shown. */
const directions = /[\u202a-\u202e\u2066-\u2069]/g;
/** Line breaks of all kinds (Unicode, 5.8) and other control characters. */
const breaks = /[\p{Cc}\u2028\u2029]/u;

/** What people and groups are called: one line that shows something, without white space around it. */
export function nameText(max: number) {
  return shortText(max * mostAround)
    .overwrite(toName)
    .min(1, { abort: true })
    .max(max, { abort: true })
    .refine(isOneLine, "must be one line without control characters")
    .refine(isVisible, "must show something");
}

/** The same where a name is optional; null or "" for none, because some clients cannot send null. */
export function optionalName(max: number) {
  return shortText(max * mostAround)
    .refine((value) => value === "" || isVisible(value), { error: "must show something", abort: true })
    .overwrite(toName)
    .max(max, { abort: true })
    .refine(isOneLine, "must be one line without control characters")
    .nullish()
    .overwrite((value) => (value === "" ? null : value));
}

function toName(value: string): string {
  return value.replace(directions, "").trim();
}

function isOneLine(value: string): boolean {
  return !breaks.test(value);
}

/** What people write about themselves or a group, on any number of lines; null or "" for nothing. */
export function descriptionText(max: number) {
  return shortText(max)
    .refine((value) => value === "" || isVisible(value), "must show something")
    .nullish()
    .overwrite((value) => (value === "" ? null : value));
}

/** What somebody looks for. */
export function searchText(max: number) {
  return shortText(max * mostAround)
    .overwrite((value) => value.trim())
    .min(1, { abort: true })
    .max(max, { abort: true })
    .refine(isVisible, "must not be blank");
}

/** The longest URL as it is stored, in characters. */
const maxUrlLength = 2048;

/** A host as the URL standard serialises it, without the signs that it lets through and no host name has. */
const hostName = /^(?:(?:[a-z0-9_-]+\.)*[a-z0-9_-]+\.?|\[[0-9a-f:.]+\])$/;

/**
 * The address of a picture as the URL standard (WHATWG) serialises it: http or https without credentials, or one of
 * a picture here. Undefined where it is neither, or too long.
 */
function toPictureUrl(given: string): string | undefined {
  if (/^\/api\/avatars\/[1-9]\d{0,15}$/.test(given)) return given;
  if (/\p{Cc}/u.test(given) || !URL.canParse(given)) return undefined;
  const { protocol, username, password, hostname, href } = new URL(given);
  const isPlain = /^https?:$/.test(protocol) && username === "" && password === "" && hostName.test(hostname);
  return isPlain && href.length <= maxUrlLength ? href : undefined;
}

/** An address of a picture (`toPictureUrl`); an empty one is none. */
export const pictureUrl = z
  .string()
  .max(maxUrlLength * 2, { abort: true })
  .transform((given, context) => {
    if (given === "") return null;
    const url = toPictureUrl(given);
    if (url !== undefined) return url;
    context.addIssue("must be an http or https address without credentials, or one of a picture here");
    return z.NEVER;
  })
  .meta({
    description:
      "An http or https address without credentials, kept as the URL standard serialises it (at most " +
      `${maxUrlLength} characters), or one of a picture here that you may see; null or "" clears.`,
  });

/** A position in the journal, opaque to clients. */
export const cursor = z
  .string()
  .max(maxCursorLength)
  .meta({ examples: ["vA3Zt0QmS1c.1042"] });

/** What refusals say, over both doors. */
export const errorCode = openEnum("ErrorCode", Object.keys(catalogue) as [ErrorCode, ...ErrorCode[]]);
export const fieldErrors = z
  .array(z.object({ path: z.string(), message: z.string() }).meta({ id: "FieldError" }))
  .meta({ description: "Every bad field." });
