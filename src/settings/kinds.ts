/** Kinds of settings: what is taken, with the default. `describe` adds what a setting is for. */
import { resolve } from "node:path";
import { z } from "zod";

/** The description within is what is taken: a refusal and docs/settings.md say it in these words. */
export type Setting = z.ZodDefault<z.ZodType> | z.ZodPrefault<z.ZodType>;

export function text(fallback: string) {
  return z.string().default(fallback);
}

export function directory(fallback: string) {
  return z
    .string()
    .transform((given) => resolve(given))
    .prefault(fallback);
}

const digits = z.string().regex(/^\d+$/).transform(Number);

export function integer(fallback: number, { from, to }: { from: number; to: number }) {
  return digits
    .pipe(z.int().min(from).max(to))
    .describe(`a whole number from ${from} to ${to}`)
    .default(fallback);
}

export function oneOf<const T extends readonly string[]>(values: T, fallback: T[number]) {
  return z
    .enum(values)
    .describe(`one of ${values.join(", ")}`)
    .default(fallback);
}

const web = z.url({ protocol: /^https?$/ });

export const webAddress = web
  .transform((given) => given.replace(/\/+$/, ""))
  .describe("an http or https address")
  .default("");

export const origins = listOf(web.refine((one) => URL.parse(one)?.origin === one))
  .describe("a list of origins such as https://chat.example.org")
  .default([]);

export const networks = listOf(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
  .describe("a list of addresses and networks such as 127.0.0.1 or 10.0.0.0/8")
  .default([]);

/** Between commas, with or without spaces. */
function listOf<T extends z.ZodType<string, string>>(one: T) {
  const split = (given: string) => given.split(",").map((each) => each.trim());
  return z
    .string()
    .transform((given) => split(given).filter(Boolean))
    .pipe(z.array(one));
}
