/** The rules of dependency-cruiser.config.ts and .oxlintrc.json, each broken on purpose in a small made-up tree. */
import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { compiledIn } from "./support/compiled.ts";
import { root } from "./support/reference.ts";

test("nothing in the repository is compiled or packed, but for three fixtures of a few bytes", () => {
  const media = "test/fixtures/media";
  expect(compiledIn(".")).toEqual([`${media}/pack.zst`, `${media}/program.elf`, `${media}/program.exe`]);
});

/** Files that keep all rules. */
const kept: Record<string, string> = {
  "src/main.ts": `import { app } from "./app.ts"; app; await import("./main-alone.ts"); await import("./client/cli/open.ts")`,
  "src/main-alone.ts": "",
  "src/app.ts": `import type { Server } from "bun"; import { features } from "./features.ts"; export const app: [Server, unknown] = features`,
  "src/features.ts": `import { apes } from "./features/apes/index.ts"; import { zebras } from "./features/zebras/index.ts"; export const features = [zebras, apes]`,
  "src/operator.ts": `import "./features/zebras/index.ts"`,
  "src/secret.ts": `import "./features/zebras/index.ts"`,
  "src/config.ts": `import "./settings/files.ts"; export const home = process.env["HOME"]`,
  "src/client/cli/environment.ts": `export const home = process.env["HOME"]`,
  "src/settings/files.ts": `import "./kinds.ts"`,
  "src/settings/kinds.ts": `import { z } from "zod"; export const whole = z`,
  "src/kit.ts": `import type { A } from "./events/event.ts"; export type B = A`,
  "src/feature.ts": `import type { B } from "./kit.ts"; export type C = B`,
  // A circle is reported once, where it begins: in a.ts, below.
  "src/circle/b.ts": `export type { C as B } from "./c.ts"`,
  "src/circle/c.ts": `import type { A } from "./a.ts"; export type C = A`,
  "src/core/log.ts": `import { z } from "zod"; export const log = z`,
  "src/events/event.ts": `import "../core/log.ts"; import type { D } from "../platform/db/database.ts"; export type A = D`,
  "src/events/journal.ts": `import "drizzle-orm"`,
  "src/platform/db/database.ts": `import "drizzle-orm"; export type D = 1`,
  "src/platform/db/sqlite.ts": `import "bun:sqlite"; import "node:fs"; import "../../core/log.ts"; import "../owner.ts"`,
  "src/platform/owner.ts": "",
  "src/http/server.ts": `import "hono/cors"; import type { B } from "../kit.ts"; import "../feature.ts"; import "./body.ts"; export type E = B`,
  "src/http/body.ts": `import "../platform/db/database.ts"`,
  "src/http/routes.ts": `export const env = (context: { env: 1 }) => context.env`,
  "src/e2ee/keys.ts": `import "jose"; import "./bytes.ts"`,
  "src/e2ee/bytes.ts": "",
  "src/gateway/sockets.ts": `import "../events/event.ts"; import "./inbox.ts"`,
  "src/gateway/inbox.ts": "",
  "src/features/zebras/index.ts": `export * from "./store.ts"; import "./tables.ts"; export const zebras = 1`,
  "src/features/zebras/store.ts": `import { eq } from "drizzle-orm"; eq; import "../../kit.ts"`,
  "src/features/zebras/names-store.ts": `import "drizzle-orm"`,
  "src/features/zebras/tables.ts": `import "drizzle-orm/sqlite-core"; import type { S } from "./schema.ts"; export type T = S`,
  "src/features/zebras/schema.ts": `export type S = 1`,
  "src/features/zebras/api.ts": "",
  "src/features/zebras/stripes/api.ts": "",
  "src/features/zebras/feature.ts": `import "./api.ts"; import "./stripes/api.ts"`,
  "src/features/apes/index.ts": `import type { Z } from "../zebras/index.ts"; import "../../feature.ts"; import "../../e2ee/bytes.ts"; export const apes = 1`,
  "src/client/sdk/index.ts": `import { signal } from "@preact/signals-core"; signal; import "./wire.ts"; import "../../e2ee/bytes.ts"`,
  "src/client/sdk/wire.ts": "",
  "src/client/sdk/store/sqlite.ts": `import "node:fs"; import "./sqlite/rows.ts"`,
  "src/client/sdk/store/sqlite/rows.ts": `import type { DatabaseSync } from "node:sqlite"; import "../../wire.ts"; export type D = DatabaseSync`,
  "src/client/cli/open.ts": `import "../sdk/index.ts"; import "../sdk/store/sqlite.ts"; import "./line.ts"`,
  "src/client/cli/line.ts": "",
  "src/features/accounts/tokens/hashes.ts": `export const hash = Bun.hash`,
};

const above = "a feature imports of ours only what all share, and features above it in features.ts";
const face = "of another feature only index.ts is imported";
const outerFace = "of a feature only index.ts is imported";
const knowing = "only what puts the server together knows features";
const core = "core imports nothing of ours";
const platform = "platform imports of ours only core";
const events = "events import of ours only core and ports";
const http = "http imports of ours only what all share";
const gateway = "the gateway imports of ours only what all share";
const e2ee = "objects of encryption import of ours only each other";
const library = "the client library imports of ours only itself and objects of encryption";
const libraryFace = "of the client library only index.ts and store/sqlite.ts are imported";
const libraryApart = "what the client library loads for encryption shares no code with it";
const libraryPure = "of the client library only its SQLite store imports modules of Node";
const libraryStore = "of the client library nothing else imports its SQLite store";
const client = "the client imports nothing of the server";
const server = "of the server only main.ts imports the client";
const circle = "no file imports itself by way of others";
const there = "what is imported is there";
const listed = "a package is a dependency in package.json";
const pure = "core and features import no module of Node or Bun";
const placed = "every package has its place";
const api = "only feature.ts imports an api.ts of its feature";
const types = "a tables.ts imports of ours only types";
const settings = "only config.ts imports settings";
const place = (name: string) => `${name} is imported only in its place`;
const properties = "eslint(no-restricted-properties)";
const namedImports = "eslint(no-restricted-imports)";
const globals = "eslint(no-restricted-globals)";
const computed = "import(no-dynamic-require)";

const packages =
  "bun bun:ffi hono @hono/zod-openapi @preact/signals-core @hono/swagger-ui swagger-ui-dist commander redoc @fastify/busboy jose sharp mediabunny zod @zxcvbn-ts/language-common firebase-admin http_ece ipaddr.js hash-wasm";

/** Files that break rules, and which. */
const broken: (readonly [path: string, source: string, ...rules: string[]])[] = [
  ["src/features/zebras/up.ts", `import { a } from "../apes/index.ts"; a`, above],
  ["src/features/zebras/type.ts", `import type { A } from "../apes/index.ts"; export type B = A`, above],
  ["src/features/apes/inside.ts", `import { z } from "../zebras/store.ts"; z`, face],
  ["src/features/apes/again.ts", `export { z } from "../zebras/tables.ts"`, face],
  ["src/features/apes/late.ts", `export const z = await import("../zebras/tables.ts")`, face],
  ["src/features/apes/typed.ts", `export type Z = import("../zebras/tables.ts").Z`, face],
  ["src/features/apes/door.ts", `import "../../gateway/inbox.ts"`, above],
  ["src/features/apes/below.ts", `import "../../platform/db/sqlite.ts"`, above],
  ["src/features/wolves/index.ts", `import "../../core/log.ts"`, "every feature is in features.ts"],
  ["src/core/outer.ts", `import "../kit.ts"`, core],
  ["src/core/version.ts", `import "../../package.json"`, core],
  ["src/platform/outer.ts", `import type { A } from "../events/event.ts"; export type B = A`, platform],
  ["src/events/outer.ts", `import "../platform/db/sqlite.ts"`, events],
  ["src/events/kit.ts", `import type { B } from "../kit.ts"; export type C = B`, events],
  ["src/events/up.ts", `import "../features/zebras/index.ts"`, events, knowing],
  ["src/e2ee/log.ts", `import "../core/log.ts"`, e2ee],
  ["src/http/keys.ts", `import "../e2ee/bytes.ts"`, http],
  ["src/http/across.ts", `import "../gateway/inbox.ts"`, http],
  ["src/http/up.ts", `import "../features/zebras/index.ts"`, http, knowing],
  ["src/gateway/across.ts", `import "../http/body.ts"`, gateway],
  ["src/gateway/below.ts", `import "../platform/owner.ts"`, gateway],
  ["src/client/sdk/socket.ts", `import type { A } from "../../events/event.ts"; export type B = A`, library],
  ["src/client/sdk/across.ts", `import "../cli/line.ts"`, library],
  ["src/client/cli/log.ts", `import "../../core/log.ts"`, client],
  ["src/client/cli/inside.ts", `import "../sdk/wire.ts"`, libraryFace],
  ["src/client/cli/rows.ts", `import "../sdk/store/sqlite/rows.ts"`, libraryFace],
  ["src/client/sdk/encryption/part.ts", `import "../wire.ts"`, libraryApart],
  ["src/client/sdk/files.ts", `await import("node:fs")`, libraryPure],
  ["src/client/sdk/store.ts", `await import("./store/sqlite.ts")`, libraryStore],
  ["src/gateway/client.ts", `import "../client/cli/line.ts"`, gateway, server],
  ["src/sdk.ts", `import "./client/sdk/index.ts"`, server],
  ["src/control.ts", `import "./features/zebras/index.ts"`, knowing],
  ["src/platform.ts", `import "./features/zebras/store.ts"`, knowing, outerFace],
  [
    "src/doors.ts",
    `import type { app } from "./app.ts"; export type A = typeof app`,
    "only main.ts imports app.ts",
  ],
  ["src/features/zebras/stripes/again.ts", `import "./api.ts"`, api],
  ["src/features/zebras/stripes/index.ts", `export type A = typeof import("../api.ts")`, api],
  ["src/features/apes/tables.ts", `import { z } from "./again.ts"; z`, types],
  ["src/platform/limits.ts", `import "../settings/files.ts"`, settings, platform],
  ["src/kit/limits.ts", `import "../settings/files.ts"`, settings],
  ["src/circle/a.ts", `import type { B } from "./b.ts"; export type A = B`, circle],
  ["src/other/gone.ts", `import "./nowhere.ts"`, there],
  ["src/other/absent.ts", `import "left-pad"`, there],
  ["src/other/unlisted.ts", `import "react"`, listed, placed],
  ["src/other/development.ts", `import "ajv"`, listed, placed],
  ["src/other/builtin.ts", `import "bun:jsc"`, placed],
  ["src/other/ws.ts", `import "ws"`, placed],
  ["src/other/undici.ts", `import "undici"`, placed],
  ["src/core/hono.ts", `import "hono"`, place("hono")],
  ["src/features/zebras/restore.ts", `import "drizzle-orm"`, place("drizzle-orm")],
  ["src/other/drizzle.ts", `import { eq } from "drizzle-orm/sql"; eq`, place("drizzle-orm")],
  [
    "src/other/sqlite.ts",
    `import type { Database } from "bun:sqlite"; export type A = Database`,
    place("bun:sqlite"),
  ],
  ...packages.split(" ").map((name) => [`src/other/${name}.ts`, `import "${name}"`, place(name)] as const),
  ["src/platform/search/search-index.ts", `import "bun:sqlite"`, place("bun:sqlite")],
  ["src/core/file.ts", `import { readFileSync } from "node:fs"; readFileSync`, pure],
  ["src/features/apes/file.ts", `export type A = typeof import("node:fs")`, pure],
  ["src/features/apes/bun.ts", `export const file = \`\${\`\${Bun.file("a")}\`}\``, globals],
  ["src/core/bun.ts", `export const isBun = typeof Bun`, globals],
  ["src/other/env.ts", `export const home = process.env["HOME"]`, properties],
  ["src/other/taken.ts", `export const { env } = process`, properties],
  ["src/other/meta.ts", `export const { HOME } = import.meta.env`, properties],
  ["src/other/process.ts", `import { env } from "node:process"; env`, namedImports],
  ["src/other/bare-process.ts", `import { env } from "process"; env`, namedImports],
  ["src/http/context.ts", `export const env = (context: { env: 1 }) => context.env`, properties],
  ["src/http/env.ts", `import { env } from "bun"; env`, namedImports],
  ["src/other/computed.ts", `export const a = (name: string) => import(name)`, computed],
];

const tree = mkdtempSync(join(tmpdir(), "parley-architecture-"));
afterAll(() => rmSync(tree, { recursive: true }));
makeTree();
const imports = (await depcruise()).summary;
const violations = Map.groupBy([...imports.violations, ...(await oxlint())], (one) => one.from);

test.each(broken)("%s with %s is refused", (path, _, ...rules) => {
  const names = violations.get(path)?.map((one) => one.rule.name);
  expect(names?.toSorted()).toEqual(rules.toSorted());
});

test("what keeps the rules is not refused", () => {
  expect([...violations.keys()].toSorted()).toEqual(broken.map(([path]) => path).toSorted());
});

test("each rule is broken once", () => {
  const names = imports.ruleSetUsed.forbidden.map((one) => one.name);
  expect(names.filter((name) => !broken.some(([, , ...rules]) => rules.includes(name)))).toEqual([]);
});

function makeTree() {
  for (const name of ["package.json", "dependency-cruiser.config.ts", ".oxlintrc.json"]) {
    cpSync(join(root, name), join(tree, name));
  }
  symlinkSync(join(root, "node_modules"), join(tree, "node_modules"));
  for (const [path, source] of [...Object.entries(kept), ...broken]) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), source);
  }
}

interface Broken {
  from: string;
  rule: { name: string };
}

async function depcruise() {
  const result = await run("depcruise", "src", "-c", "dependency-cruiser.config.ts", "-T", "json");
  return result as { summary: { violations: Broken[]; ruleSetUsed: { forbidden: { name: string }[] } } };
}

async function oxlint(): Promise<Broken[]> {
  const { diagnostics } = (await run("oxlint", "src", "--quiet", "--format", "json")) as {
    diagnostics: { filename: string; code: string }[];
  };
  return diagnostics.map(({ filename, code }) => ({ from: filename, rule: { name: code } }));
}

function run(program: string, ...args: string[]): Promise<unknown> {
  const command = [process.execPath, "--bun", join(root, "node_modules/.bin", program), ...args];
  return Bun.spawn(command, { cwd: tree, stderr: "inherit" }).stdout.json();
}
