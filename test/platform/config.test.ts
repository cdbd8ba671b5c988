import { expect, test } from "bun:test";
import { resolve } from "node:path";

import { ConfigError } from "../../src/config-error.ts";
import { findMisspelt, loadConfig, loadSettings, settings } from "../../src/config.ts";
import type { Setting } from "../../src/settings/kinds.ts";
import { usualVariables } from "../support/usual-variables.ts";

type Name = keyof typeof settings;

/** A value that is taken and one that is not, for every setting that can be wrong. */
const examples: Partial<Record<Name, { good: string[]; bad: string[] }>> = {
  PORT: { good: ["0", "8000", "65535"], bad: ["-1", "65536", "http", "80.5", "1e3", "0x50", "8000;"] },
  PUBLIC_URL: {
    good: ["https://chat.example.org", "http://192.0.2.1:8080/"],
    bad: ["chat.example.org", "ftp://chat.example.org", "//chat.example.org", "javascript:alert(1)"],
  },
  REGISTRATION: { good: ["open", "closed"], bad: ["Open", "yes", "invite"] },
  CORS_ORIGINS: {
    good: ["https://a.example.org", "https://a.example.org, http://localhost:3000"],
    bad: ["*", "null", "https://a.example.org/", "https://a.example.org,b.example.org", "ws://a.example.org"],
  },
  TRUSTED_PROXIES: {
    good: ["127.0.0.1", "10.0.0.0/8, ::1", "fd00::/8"],
    bad: ["proxy", "10.0.0", "10.0.0.0/33", "10.0.0.0/8/8", "::1/129", "10.0.0.0/", "127.0.0.1:80", "*"],
  },
  PUSH_ALLOWED_HOSTS: {
    good: ["ntfy.lan", "NTFY.lan, 192.168.1.5", "fd00::5", "[fd00::5]"],
    bad: ["https://ntfy.lan", "ntfy.lan:8443", "ntfy.lan/", "a b", "me@ntfy.lan", "ntfy.lan?a", "fd00::5/64"],
  },
  LOG_LEVEL: { good: ["debug", "info", "warn", "error"], bad: ["verbose", "INFO"] },
  RATE_LIMITS: { good: ["on", "off"], bad: ["no", "0"] },
  // OWASP's least; below it a stolen table is cracked too soon.
  PASSWORD_MEMORY_KIB: { good: ["19456", "65536"], bad: ["19455", "0", "lots"] },
  PASSWORD_ITERATIONS: { good: ["2", "3"], bad: ["1", "21"] },
};

const all = Object.entries<Setting>(settings) as [Name, Setting][];
const freeText: Name[] = [
  "SECRET_KEY",
  "HOST",
  "DATA_DIR",
  "REDIS_URL",
  "FIREBASE_CREDENTIALS_PATH",
  "FIREBASE_CREDENTIALS_JSON",
  "PUSH_CONTACT",
];

test("without any variable there are the defaults", () => {
  const config = loadConfig({});
  expect(config).toMatchObject({ port: 8000, host: "0.0.0.0", registration: "open", rateLimits: "on" });
  expect(config.dataDir).toBe(resolve("storage"));
  expect(config.corsOrigins).toEqual([]);
  expect(Object.keys(config)).toHaveLength(all.length);
});

test.each(all)("%s takes its default and says what it is for", (name, { fallback: usual, about }) => {
  const fallback = String(usual);
  expect(loadConfig({ [name]: fallback })).toEqual(loadConfig({}));
  expect(about).toMatch(/^[A-Z].{30,}\.$/);
});

test("an empty variable, or one of spaces, is as good as none", () => {
  for (const [name] of all) {
    for (const empty of ["", "  "]) expect(loadConfig({ [name]: empty })).toEqual(loadConfig({}));
  }
});

test.each(all.filter(([name]) => !freeText.includes(name)))(
  "a bad %s stops the start with one sentence that names it",
  (name, { fallback }) => {
    const { good, bad } = examples[name] ?? {
      good: [String(fallback)],
      bad: ["-1", "many", "1.5", "99999999999", "NaN", "Infinity"],
    };
    for (const value of good) expect(() => loadConfig({ [name]: value })).not.toThrow();
    for (const value of bad) {
      const complaint = complaintOf({ [name]: value });
      expect(complaint).toStartWith(`${name} must be `);
      expect(complaint).toMatch(/^[^\n]+\.$/);
    }
  },
);

test.each([
  ["PORT", "x", 'a whole number from 0 to 65535, but is "x"'],
  ["PORT", " 70000 ", 'a whole number from 0 to 65535, but is "70000"'],
  ["RATE_LIMITS", "no", 'one of on, off, but is "no"'],
  ["PUBLIC_URL", "chat", 'an http or https address, but is "chat"'],
  [
    "CORS_ORIGINS",
    "https://a.example.org, *",
    'a list of origins such as https://chat.example.org, but is "*"',
  ],
  [
    "TRUSTED_PROXIES",
    "::1, proxy",
    'a list of addresses and networks such as 127.0.0.1 or 10.0.0.0/8, but is "proxy"',
  ],
])("with %s=%s the sentence says what is taken and what is wrong", (name, given, rest) => {
  expect(complaintOf({ [name]: given })).toBe(`${name} must be ${rest}.`);
});

test("of several bad ones each is named, but none that is not asked for", () => {
  const env = { PORT: "x", HOST: "::1", LOG_LEVEL: "all", JSON_DEPTH: "1" };
  expect(complaintOf(env).split("\n")).toEqual([
    'PORT must be a whole number from 0 to 65535, but is "x".',
    'LOG_LEVEL must be one of debug, info, warn, error, but is "all".',
    'JSON_DEPTH must be a whole number from 8 to 1000, but is "1".',
  ]);
  expect(loadSettings(["HOST"], env)).toEqual({ host: "::1" });
});

test("spaces around a value do not matter", () => {
  const config = loadConfig({ PORT: " 9000 ", TRUSTED_PROXIES: " 192.0.2.1 ,, 192.0.2.2," });
  expect(config.port).toBe(9000);
  expect(config.trustedProxies).toEqual(["192.0.2.1", "192.0.2.2"]);
});

test("the public address has no slash at its end, and the data directory is absolute", () => {
  const config = loadConfig({ PUBLIC_URL: "https://chat.example.org//", DATA_DIR: "elsewhere" });
  expect(config.publicUrl).toBe("https://chat.example.org");
  expect(config.dataDir).toBe(resolve("elsewhere"));
});

test.each([
  ["REGISTRATON", "REGISTRATION"],
  ["MAX_BODY_BYTE", "MAX_BODY_BYTES"],
  ["RATE_LIMIT", "RATE_LIMITS"],
  ["PUBLICURL", "PUBLIC_URL"],
  ["TRUSTED_PROXYS", "TRUSTED_PROXIES"],
  ["registration", "REGISTRATION"],
  ["port", "PORT"],
])("%s is a misspelt %s", (variable, nearest) => {
  expect(findMisspelt({ [variable]: "a secret" })).toEqual([{ variable, nearest }]);
});

test("a setting whose name lacks a letter, or has two swapped, is noticed", () => {
  for (const [name] of all.filter(([one]) => one.length >= 6)) {
    for (let i = 0; i < name.length - 1; i += 1) {
      const [before, letter, next, after] = [name.slice(0, i), name[i]!, name[i + 1]!, name.slice(i + 2)];
      const lacking = before + next + after;
      const swapped = before + next + letter + after;
      for (const variable of [lacking, swapped].filter((one) => one !== name)) {
        expect(findMisspelt({ [variable]: "" })).toEqual([{ variable, nearest: name }]);
      }
    }
  }
});

test("settings as they are, and what else usually is in an environment, are no misspelt ones", () => {
  const names = [...Object.keys(settings), ...usualVariables];
  expect(usualVariables.length).toBeGreaterThan(300);
  expect(findMisspelt(Object.fromEntries(names.map((name) => [name, ""])))).toEqual([]);
});

function complaintOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(env)} was taken`);
}
