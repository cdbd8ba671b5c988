import type { z } from "zod";

import { ChatError, type FieldError } from "./errors.ts";

/** What `schema` makes of `value`. Errors: `validation`, naming every bad field below `prefix`. */
export function validate<S extends z.ZodType>(schema: S, value: unknown, prefix = ""): z.output<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new ChatError("validation", undefined, { errors: fieldErrors(result.error, prefix) });
}

function fieldErrors(error: z.ZodError, prefix: string): FieldError[] {
  return error.issues.map((issue) => ({
    path: [prefix, ...issue.path.map(String)].filter(Boolean).join("."),
    message: issue.message,
  }));
}
