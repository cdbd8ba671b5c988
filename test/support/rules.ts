/** Which file may take what from which. */
import { basename, dirname } from "node:path";

import { type Import, importsOf, namesIn, type Tree } from "./imports.ts";

// The house

/** What transactions of other features may use. Each takes from other features only those before it. */
const steps = [
  "src/features/accounts/people.ts",
  "src/features/chats/membership.ts",
  "src/features/chats/markers.ts",
  "src/features/media/attachments.ts",
  "src/features/messages/load.ts",
  "src/features/messages/mentions.ts",
  "src/features/messages/unread.ts",
  "src/features/messages/timeline.ts",
  "src/features/messages/access.ts",
  "src/features/messages/changes.ts",
  "src/features/chats/changes.ts",
];
/** A query may join the tables of features before its own. */
const features = ["accounts", "chats", "media", "messages", "presence", "notifications", "system"];
const ports = [
  "src/platform/blobs/blobs.ts",
  "src/platform/db/database.ts",
  "src/platform/fanout/fanout.ts",
  "src/platform/inspector/inspector.ts",
  "src/platform/presence/presence.ts",
  "src/platform/search/search-index.ts",
];
const pages = "src/http/documents/pages.ts";
/** What puts the parts together: of the server, of a command without one, and what they begin with. */
const wiring = ["src/app.ts", "src/operator.ts", "src/data.ts", "src/secret.ts"];

/** Where each package may be named. One that is not here may be named nowhere. */
const packages: Record<string, (from: string) => boolean> = {
  zod: () => true,
  bun: (from) => /^src\/(app\.ts|control\.ts|http\/|gateway\/)/.test(from),
  hono: (from) => from.startsWith("src/http/"),
  "@hono/zod-openapi": (from) => from.startsWith("src/http/"),
  "@hono/swagger-ui": (from) => from === pages,
  "@fastify/busboy": (from) => from === "src/http/multipart.ts",
  "bun:ffi": (from) => from === "src/platform/inspector/guard.ts",
  "bun:sqlite": (from) => /^src\/platform\/(db|search)\//.test(from) && !ports.includes(from),
  "drizzle-orm": (from) =>
    is(from, "tables.ts") ||
    isStore(from) ||
    from === "src/events/journal.ts" ||
    from.startsWith("src/platform/db/"),
  mediabunny: (from) => from === "src/platform/inspector/film.ts",
  jose: (from) => from === "src/features/accounts/tokens.ts",
  sharp: (from) => from === "src/platform/inspector/image/sharp.ts",
  redoc: (from) => from === pages,
  "swagger-ui-dist": (from) => from === pages,
  "@zxcvbn-ts/language-common": (from) => from === "src/features/accounts/common-passwords.ts",
};

const isCore = (path: string) => path.startsWith("src/core/");
const isPort = (path: string) => ports.includes(path);
const isNode = (name: string) => name.startsWith("node:");
const is = (path: string, name: string) => basename(path) === name;
/** `store.ts`, and `words-store.ts` where a feature has queries about several subjects. */
const isStore = (path: string) => /^([a-z]+-)?store\.ts$/.test(basename(path));
const sameFolder = (one: Import) => dirname(one.from) === dirname(one.to);
/** `chats` in `src/features/chats/store.ts`. */
const featureOf = (path: string) => /^src\/features\/([^/]+)\//.exec(path)?.[1];
/** `http` in `src/http/documents/pages.ts`. */
const doorOf = (path: string) => /^src\/(http|gateway)\//.exec(path)?.[1];
const isVerb = (path: string) => is(path, "service.ts");
/** What calls verbs. */
const isDoor = (path: string) => is(path, "api.ts") || is(path, "listeners.ts");
/** Of a feature, what speaks to the system below; the rest decides and words, and could run anywhere. */
const impure = ["accounts/passwords.ts", "accounts/tokens.ts"];
const isPure = (path: string) =>
  isCore(path) || (featureOf(path) !== undefined && !impure.some((one) => path.endsWith(`/${one}`)));

// The rules: each says what is so, and finds an import that breaks it

export const rules: Record<string, (one: Import) => boolean> = {
  "core takes nothing of ours, and of packages only zod": ({ from, to }) =>
    isCore(from) && !isCore(to) && to !== "zod",

  "platform takes of ours only core": ({ from, to, isOurs }) =>
    isOurs && from.startsWith("src/platform/") && !isCore(to) && !to.startsWith("src/platform/"),

  "events take of ours only core and ports": ({ from, to, isOurs }) =>
    isOurs && from.startsWith("src/events/") && !isCore(to) && !isPort(to) && !to.startsWith("src/events/"),

  "the doors take of ours only core, events, ports and their own": (one) =>
    one.isOurs &&
    /^src\/(http|gateway)\//.test(one.from) &&
    !isCore(one.to) &&
    !isPort(one.to) &&
    !one.to.startsWith("src/events/") &&
    doorOf(one.to) !== doorOf(one.from),

  "a feature takes from outside only core, events, ports and features": ({ from, to, isOurs }) =>
    isOurs &&
    featureOf(from) !== undefined &&
    !isCore(to) &&
    !isPort(to) &&
    !to.startsWith("src/events/") &&
    featureOf(to) === undefined,

  "of another feature only steps and schemas are for others, and tables for a store": ({ from, to }) =>
    featureOf(from) !== undefined &&
    featureOf(to) !== undefined &&
    featureOf(from) !== featureOf(to) &&
    !steps.includes(to) &&
    !is(to, "schema.ts") &&
    !(isStore(from) && is(to, "tables.ts")),

  "a step takes of other features only lower steps and schemas": ({ from, to }) =>
    steps.includes(from) &&
    featureOf(to) !== undefined &&
    featureOf(from) !== featureOf(to) &&
    !is(to, "schema.ts") &&
    !(steps.includes(to) && steps.indexOf(to) < steps.indexOf(from)),

  "a store joins only tables of lower features": ({ from, to }) =>
    isStore(from) &&
    is(to, "tables.ts") &&
    features.indexOf(featureOf(to)!) > features.indexOf(featureOf(from)!),

  "in a feature nothing takes an api.ts or listeners.ts, and only those take the verbs": (one) =>
    featureOf(one.from) !== undefined &&
    sameFolder(one) &&
    (isDoor(one.to) || (isVerb(one.to) && !isDoor(one.from))),

  "what is pure names no part of the system below": ({ from, to }) => isPure(from) && isNode(to),

  "an api.ts takes its service's type and schemas, nothing that reads or writes": (one) =>
    is(one.from, "api.ts") &&
    one.isOurs &&
    !isCore(one.to) &&
    (!sameFolder(one) ||
      (isVerb(one.to) && !one.typeOnly) ||
      steps.includes(one.to) ||
      isStore(one.to) ||
      ["tables.ts", "events.ts"].includes(basename(one.to))),

  "a schema.ts takes only zod, core/wire.ts and other schemas": ({ from, to }) =>
    is(from, "schema.ts") && to !== "zod" && to !== "src/core/wire.ts" && !is(to, "schema.ts"),

  "a tables.ts takes of ours only types of schemas": ({ from, to, isOurs, typeOnly }) =>
    is(from, "tables.ts") && isOurs && !(is(to, "schema.ts") && typeOnly),

  "every package is named where it belongs": ({ from, to, isOurs }) =>
    !isOurs && to !== "" && !(isNode(to) && to !== "node:process") && !packages[to]?.(from),

  "only what wires knows features and doors": ({ from, to }) =>
    dirname(from) === "src" && !wiring.includes(from) && /^src\/(features|http|gateway|events)\//.test(to),

  "only main.ts takes app.ts": ({ from, to }) => to === "src/app.ts" && from !== "src/main.ts",

  "settings are handed down from app.ts and main.ts": ({ from, to }) =>
    to === "src/config.ts" && from !== "src/app.ts" && from !== "src/main.ts",

  "what a setting may be is asked by config.ts alone": ({ from, to }) =>
    to.startsWith("src/settings/") && from !== "src/config.ts" && !from.startsWith("src/settings/"),
};

/** The same for what a file names without importing it. */
export const nameRules: Record<string, (from: string, name: string) => boolean> = {
  "what is pure does not use the global Bun": (from, name) => isPure(from) && /^Bun\b/.test(name),

  "only config.ts reads the environment": (from, name) =>
    from !== "src/config.ts" && /^(process|Bun|import\.meta)\.env\b/.test(name),
};

export const isThere = "an import names a file that is there, in so many words";
export const noCircle = "no file takes itself, by whatever way round";

// Looking

/** What breaks a rule, as `rule: file -> what it takes`. */
export function findBroken(tree: Tree): string[] {
  const imports = [...tree].flatMap(([path, source]) => importsOf(path, source));
  const missing = imports.filter((one) => one.to === "" || (isSource(one) && !tree.has(one.to)));
  return [
    ...imports.flatMap((one) => broken(rules, one).map((rule) => `${rule}: ${one.from} -> ${one.to}`)),
    ...missing.map((one) => `${isThere}: ${one.from} -> ${one.to}`),
    ...findCircles(imports).map((circle) => `${noCircle}: ${circle.join(" -> ")}`),
    ...[...tree].flatMap(([path, source]) =>
      [...new Set(namesIn(source))].flatMap((name) =>
        broken(nameRules, path, name).map((rule) => `${rule}: ${path} names ${name}`),
      ),
    ),
  ];
}

function broken<A extends unknown[]>(all: Record<string, (...about: A) => boolean>, ...about: A): string[] {
  return Object.keys(all).filter((rule) => all[rule]!(...about));
}

const isSource = (one: Import) => one.isOurs && one.to.startsWith("src/") && !/\.(json|zst)$/.test(one.to);

/** Each way from a file back to itself. */
function findCircles(imports: Import[]): string[][] {
  const taken = Map.groupBy(imports, (one) => one.from);
  const done = new Set<string>();
  const circles: string[][] = [];
  const visit = (path: string, way: string[]) => {
    const start = way.indexOf(path);
    if (start >= 0) circles.push([...way.slice(start), path]);
    if (start >= 0 || done.has(path)) return;
    for (const one of taken.get(path) ?? []) visit(one.to, [...way, path]);
    done.add(path);
  };
  for (const path of taken.keys()) visit(path, []);
  return circles;
}
