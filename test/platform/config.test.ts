import { expect, test } from "bun:test";
import { resolve } from "node:path";

import { type Config, ConfigError, loadConfig, settings } from "../../src/config.ts";

/** A value that is taken and one that is not, for every setting that can be wrong. */
const examples: Partial<Record<keyof Config, { good: string[]; bad: string[] }>> = {
  port: { good: ["0", "8000", "65535"], bad: ["-1", "65536", "http", "80.5", "1e3", "0x50", "8000;"] },
  publicUrl: {
    good: ["https://chat.example.org", "http://192.0.2.1:8080/"],
    bad: ["chat.example.org", "ftp://chat.example.org", "//chat.example.org", "javascript:alert(1)"],
  },
  registration: { good: ["open", "closed"], bad: ["Open", "yes", "invite"] },
  corsOrigins: {
    good: ["https://a.example.org", "https://a.example.org, http://localhost:3000"],
    bad: ["*", "null", "https://a.example.org/", "https://a.example.org,b.example.org", "ws://a.example.org"],
  },
  trustedProxies: {
    good: ["127.0.0.1", "10.0.0.0/8, ::1", "fd00::/8"],
    bad: ["proxy", "10.0.0", "10.0.0.0/33", "10.0.0.0/8/8", "::1/129", "10.0.0.0/", "127.0.0.1:80", "*"],
  },
  logLevel: { good: ["debug", "info", "warn", "error"], bad: ["verbose", "INFO"] },
  rateLimits: { good: ["on", "off"], bad: ["no", "0"] },
  // OWASP's least; below it a stolen table is cracked too soon.
  passwordMemoryKib: { good: ["19456", "65536"], bad: ["19455", "0", "lots"] },
  passwordIterations: { good: ["2", "3"], bad: ["1", "21"] },
};

const names = Object.keys(settings) as (keyof Config)[];
const freeText: (keyof Config)[] = ["secretKey", "host", "dataDir", "redisUrl"];

test("every default is valid", () => {
  const config = loadConfig({});
  expect(config).toMatchObject({ port: 8000, host: "0.0.0.0", registration: "open", rateLimits: "on" });
  expect(config.dataDir).toBe(resolve("storage"));
  expect(config.corsOrigins).toEqual([]);
  expect(Object.keys(config).sort()).toEqual([...names].sort());
});

test("every setting has a name of its own and says why its default is what it is", () => {
  const all = Object.values(settings);
  expect(new Set(all.map((one) => one.name)).size).toBe(all.length);
  for (const one of all) {
    expect(one.name).toMatch(/^[A-Z][A-Z_]+$/);
    expect(one.reason.length).toBeGreaterThan(10);
  }
});

test("an empty variable, or one of spaces, is as good as none", () => {
  for (const key of names) {
    for (const empty of ["", "  "]) {
      expect(loadConfig({ [settings[key].name]: empty })).toEqual(loadConfig({}));
    }
  }
});

for (const key of names.filter((one) => !freeText.includes(one))) {
  const { name } = settings[key];
  test(`a bad ${name} stops the start with one sentence that names it`, () => {
    const { good, bad } = examples[key] ?? {
      good: [settings[key].fallback],
      bad: ["-1", "many", "1.5", "99999999999", "NaN", "Infinity"],
    };
    for (const value of good) expect(() => loadConfig({ [name]: value })).not.toThrow();
    for (const value of bad) {
      const complaint = complaintOf({ [name]: value });
      expect(complaint).toStartWith(`${name} must be `);
      expect(complaint).toMatch(/^[^\n]+\.$/);
    }
  });
}

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

function complaintOf(env: Record<string, string>): string {
  try {
    loadConfig(env);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error(`${JSON.stringify(env)} was taken`);
}
