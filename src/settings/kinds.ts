/** Kinds of settings: what is taken, with the default. `describe` adds what a setting is for. */
import { resolve } from "node:path";
import { z } from "zod";

export class Setting<T = unknown> {
  /** What it is for, and why its default is what it is. */
  about = "";

  constructor(
    readonly fallback: T,
    /** What is taken, in the words in which anything else is refused. */
    readonly taken: string,
    /** Made when a value has to be read. Most are not set, and to make all would be a tenth of a start. */
    readonly schema: () => z.ZodType<T, string>,
    /** The default as documents have it. */
    readonly shown = String(fallback),
  ) {}

  describe(about: string): this {
    this.about = about;
    return this;
  }
}

export function text(fallback: string) {
  return new Setting(fallback, "any text", () => z.string());
}

export function directory(fallback: string) {
  const absolute = () => z.string().transform((given) => resolve(given));
  return new Setting(resolve(fallback), "any text", absolute, fallback);
}

export function integer(fallback: number, { from, to }: { from: number; to: number }) {
  return new Setting(fallback, `a whole number from ${from} to ${to}`, () =>
    z.string().regex(/^\d+$/).transform(Number).pipe(z.int().min(from).max(to)),
  );
}

export function oneOf<const T extends readonly string[]>(values: T, fallback: T[number]) {
  return new Setting<T[number]>(fallback, `one of ${values.join(", ")}`, () =>
    z.string().pipe(z.enum(values)),
  );
}

const web = () => z.url({ protocol: /^https?$/ });

export function webAddress() {
  return new Setting("", "an http or https address", () =>
    web().transform((given) => given.replace(/\/+$/, "")),
  );
}

export function origins() {
  return new Setting<string[]>([], "a list of origins such as https://chat.example.org", () =>
    listOf(web().refine((one) => URL.parse(one)?.origin === one)),
  );
}

export function networks() {
  return new Setting<string[]>([], "a list of addresses and networks such as 127.0.0.1 or 10.0.0.0/8", () =>
    listOf(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])),
  );
}

/** As an address has them, without a port: names, IPv4 and IPv6 addresses. */
export function hosts() {
  return new Setting<string[]>([], "a list of hosts such as ntfy.lan or 192.168.1.5", () =>
    listOf(z.string().refine((one) => hostOf(one) !== undefined)).transform((all) =>
      all.map((one) => hostOf(one) ?? one),
    ),
  );
}

/** As the URL standard writes it: names in lower case, IPv6 addresses in brackets. Undefined for what is none. */
function hostOf(given: string): string | undefined {
  const isBareIpv6 = given.includes(":") && !given.startsWith("[");
  const url = URL.parse(`https://${isBareIpv6 ? `[${given}]` : given}`);
  return url && url.pathname === "/" && url.port === "" && !/[@/?#]/.test(given) ? url.hostname : undefined;
}

/** Between commas, with or without spaces. */
function listOf<T extends z.ZodType<string, string>>(one: T) {
  const split = (given: string) => given.split(",").map((each) => each.trim());
  return z
    .string()
    .transform((given) => split(given).filter(Boolean))
    .pipe(z.array(one));
}
