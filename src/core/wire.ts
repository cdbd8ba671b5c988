/** The vocabulary that all wire schemas share: ids, times, pages. */
import { z } from "zod";

/** An id: a positive integer below 2^53. */
export const id = z.int().positive();

/** A time: ISO 8601, UTC, milliseconds. */
export const time = z.iso.datetime({ precision: 3 });

export function toTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}

/** A number written in decimal digits, as it stands in a path or a query. */
function decimal(min: number, max: number) {
  return z
    .string()
    .regex(/^(0|[1-9]\d{0,15})$/, "must be a whole number in decimal digits")
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be from ${min} to ${max}`)
    .meta({ param: { type: "integer", minimum: min, maximum: max } });
}

export const idParam = decimal(1, Number.MAX_SAFE_INTEGER);

/** Ids between commas, as they stand in a query. */
export function idList(most: number) {
  const items = { type: "integer", format: "int64", minimum: 1 };
  return z
    .string()
    .transform((text) => text.split(","))
    .refine((ids) => ids.length <= most, `must be at most ${most} ids`)
    .refine(
      (ids) => ids.every((one) => idParam.safeParse(one).success),
      "must be ids in decimal digits, with commas between them",
    )
    .transform((ids) => ids.map(Number))
    .meta({ param: { type: "array", items, minItems: 1, maxItems: most } });
}

/** The most that one page of a list has. */
export const largestPage = 100;

export const limitParam = decimal(1, largestPage).default(50);

/** Text for people: well-formed Unicode (a lone surrogate becomes U+FFFD) without NUL. */
export function plainText(min: number, max: number) {
  return z
    .string()
    .min(min)
    .max(max)
    .refine((value) => !value.includes("\0"), "must not contain NUL")
    .overwrite((value) => value.toWellFormed());
}

/** An address of a picture: https, or a path of this server. */
export const pictureUrl = z
  .string()
  .max(2048)
  .regex(
    /^(https:\/\/[^\s]+|\/api\/avatars\/\d{1,16})$/,
    "must be an https address, or one of a picture here",
  );

export const maxCursorLength = 100;

/** A place in the journal, opaque to clients. */
export const cursor = z.string().max(maxCursorLength);
