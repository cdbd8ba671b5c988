/** The rules of the house (support/rules.ts), held against every file of the server and against offences. */
import { expect, test } from "bun:test";

import { compiledIn } from "./support/compiled.ts";
import { importsOf, readTree } from "./support/imports.ts";
import { findBroken, isThere, nameRules, noCircle, rules } from "./support/rules.ts";

test("every file of the server keeps the rules", async () => {
  const tree = await readTree("src");
  expect(tree.size).toBeGreaterThan(60);
  expect(findBroken(tree)).toEqual([]);
});

test("nothing in the repository is compiled or packed, but for three fixtures of a few bytes", () => {
  const media = "test/fixtures/media";
  expect(compiledIn(".")).toEqual([`${media}/pack.zst`, `${media}/program.elf`, `${media}/program.exe`]);
});

// Each rule, broken on purpose

const people = "src/features/accounts/people.ts";
const view = "src/features/chats/view.ts";
const verb = "src/features/chats/service.ts";
const api = "src/features/chats/api.ts";
const store = "src/features/chats/store.ts";

/** Against each rule: files that break it and no other. */
const offences: Record<string, [path: string, source: string][]> = {
  "core takes nothing of ours, and of packages only zod": [
    ["src/core/log.ts", `import "../control.ts"`],
    ["src/core/log.ts", `export * from "../control.ts"`],
  ],
  "platform takes of ours only core": [
    ["src/platform/fanout/local.ts", `import type { A } from "../../events/event.ts"`],
  ],
  "events take of ours only core and ports": [
    ["src/events/resume.ts", `import { a } from "../platform/db/sqlite.ts"`],
    ["src/events/resume.ts", `import { a } from "../features/chats/view.ts"`],
  ],
  "the doors take of ours only core, events, ports and their own": [
    ["src/http/body.ts", `const a = await import("../gateway/sockets.ts")`],
    ["src/gateway/sockets.ts", `import { A } from "../features/chats/schema.ts"`],
  ],
  "a feature takes from outside only core, events, ports and features": [
    [view, `import { a } from "../../gateway/protocol.ts"`],
  ],
  "of another feature only steps and schemas are for others, and tables for a store": [
    [view, `import { a } from "../accounts/store.ts"`],
    [verb, `import type { Messages } from "../messages/service.ts"`],
    [verb, `import type { A } from "../accounts/api.ts"`],
    ["src/features/messages/service.ts", `import { viewChats } from "../chats/view.ts"`],
  ],
  "a step takes of other features only lower steps and schemas": [
    [people, `import { a } from "../chats/membership.ts"`],
    ["src/features/chats/membership.ts", `type A = import("../messages/load.ts").A`],
  ],
  "a store joins only tables of lower features": [[store, `import { a } from "../messages/tables.ts"`]],
  "in a feature nothing takes an api.ts or listeners.ts, and only those take the verbs": [
    [verb, `import type { a } from "./api.ts"`],
    [view, `import type { Chats } from "./service.ts"`],
  ],
  "what is pure names no part of the system below": [[verb, `import { readFileSync } from "node:fs"`]],
  "what is pure does not use the global Bun": [
    [verb, "const file = `${a}${Bun.file(`${b}`)}`"],
    ["src/core/json.ts", `const isBun = typeof Bun`],
  ],
  "an api.ts takes its service's type and schemas, nothing that reads or writes": [
    [api, `import { createChats } from "./service.ts"`],
    [api, `import { findChats } from "./store.ts"`],
    [api, `import type { Database } from "../../platform/db/database.ts"`],
  ],
  "a schema.ts takes only zod, core/wire.ts and other schemas": [
    ["src/features/chats/schema.ts", `import { a } from "./tables.ts"`],
  ],
  "a tables.ts takes of ours only types of schemas": [
    ["src/features/chats/tables.ts", `import { Role } from "./schema.ts"`],
  ],
  "every package is named where it belongs": [
    [verb, `import { Hono } from "hono"`],
    [verb, `import { eq } from "drizzle-orm/sql"`],
    [store, `import type { Database } from "bun:sqlite"`],
    ["src/platform/db/database.ts", `import type { Database } from "bun:sqlite"`],
    ["src/main.ts", `import leftPad from "left-pad"`],
    ["src/main.ts", `import { env } from "node:process"`],
  ],
  "only what wires knows features and doors": [
    ["src/main.ts", `import { a } from "./features/accounts/store.ts"`],
  ],
  "only main.ts takes app.ts": [["src/control.ts", `import type { App } from "./app.ts"`]],
  "settings are handed down from app.ts and main.ts": [
    ["src/control.ts", `import { loadConfig } from "./config.ts"`],
  ],
  "what a setting may be is asked by config.ts alone": [
    ["src/app.ts", `import { server } from "./settings/server.ts"`],
  ],
  "only config.ts reads the environment": [
    ["src/main.ts", `const home = process.env["HOME"]`],
    ["src/http/body.ts", `const { HOME } = Bun.env`],
  ],
  [isThere]: [["src/main.ts", `const a = await import(name)`]],
};

const each = Object.entries(offences).flatMap(([rule, all]) => all.map((one) => [rule, ...one] as const));

test.each(each)("%s: %s with %s", (rule, path, source) => {
  const named = importsOf(path, source).filter((one) => one.isOurs);
  const tree = new Map([...named.map((one) => [one.to, ""] as const), [path, source]]);
  expect(findBroken(tree).map((one) => one.split(": ")[0]!)).toEqual([rule]);
});

test("there is an offence against every rule", () => {
  const known = [...Object.keys(rules), ...Object.keys(nameRules), isThere];
  expect(Object.keys(offences).sort()).toEqual(known.sort());
});

test("an import of a file that is not there is noticed", () => {
  const tree = new Map([["src/core/log.ts", `import { a } from "./lag.ts"`]]);
  expect(findBroken(tree)).toEqual([`${isThere}: src/core/log.ts -> src/core/lag.ts`]);
});

test("a circle is noticed, also one of types", () => {
  const tree = new Map([
    ["src/core/a.ts", `import { b } from "./b.ts"`],
    ["src/core/b.ts", `export type { C } from "./c.ts"`],
    ["src/core/c.ts", `import type { A } from "./a.ts"`],
  ]);
  expect(findBroken(tree)).toEqual([
    `${noCircle}: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts`,
  ]);
});
