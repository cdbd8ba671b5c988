import { z } from "zod";

import { ChatError, type FieldError } from "./errors.ts";

/**
 * What `schema` makes of `value`. Errors: `validation`, naming every bad field below `prefix`. No field may contain
 * NUL, because many programs take it for the end of a text. (Paths are not looked at: what they name exists or does
 * not.)
 */
export function validate<S extends z.ZodType>(schema: S, value: unknown, prefix = ""): z.output<S> {
  const result = schema.safeParse(value);
  const withNul = prefix === "path" ? [] : fieldsWithNul(schema, value);
  if (result.success && withNul.length === 0) return result.data;
  const issues = [
    ...(result.error?.issues ?? []).flatMap(innermost),
    ...withNul.map((field) => ({ path: [field], message: "must not contain NUL" })),
  ];
  throw new ChatError("validation", undefined, { errors: issues.map((one) => fieldError(one, prefix)) });
}

/**
 * Where an object or null is taken (a union), what is wrong inside of the object: the union itself says only that the
 * value is neither.
 */
function innermost(issue: z.core.$ZodIssue): Pick<z.core.$ZodIssue, "path" | "message">[] {
  const union = issue.code === "invalid_union" ? issue.errors : [];
  const inside = union.find((some) => some.some((one) => one.path.length > 0));
  return inside?.map((one) => ({ ...one, path: [...issue.path, ...one.path] })) ?? [issue];
}

/**
 * Looks at the fields of the schema, which has no free text deeper than that. A plain loop, because it runs for every
 * frame.
 */
function fieldsWithNul(schema: z.ZodType, value: unknown): string[] {
  const found: string[] = [];
  if (typeof value !== "object" || value === null) return found;
  const object = schema instanceof z.ZodOptional ? schema.unwrap() : schema;
  for (const field in value) {
    const given = (value as Record<string, unknown>)[field];
    if (typeof given !== "string" || !given.includes("\0")) continue;
    if (object instanceof z.ZodObject && Object.hasOwn(object.shape, field)) found.push(field);
  }
  return found;
}

function fieldError(
  { path, message }: Pick<z.core.$ZodIssue, "path" | "message">,
  prefix: string,
): FieldError {
  return { path: [prefix, ...path.map(String)].filter(Boolean).join("."), message };
}
