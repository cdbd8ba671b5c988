/** Which file of src may import which. test/architecture.test.ts breaks each rule once. */
import type { IForbiddenRuleType } from "dependency-cruiser";
import ts from "typescript";

/** The list in src/features.ts, by the names of their folders: a feature may import those before it. */
const features = await readList("src/features.ts");

const core = "^src/core/";
const events = "^src/events/";
const platform = "^src/platform/";
const ports =
  "^src/platform/(blobs/blobs|db/(among|database|update)|fanout/fanout|inspector/inspector|presence/presence|push/push|search/search-index|slow-crypto/slow-crypto)\\.ts$";
const shared = [core, events, ports, "^src/(kit|feature)\\.ts$"];
const index = "^src/features/[^/]+/index\\.ts$";
/** What both sides of encryption have to agree on. */
const e2ee = "^src/e2ee/";
const library = "^src/client/sdk/";
const sqliteStore = "^src/client/sdk/store/sqlite(/|\\.ts$)";

/** Where a package may be imported. Those that are not here may be nowhere. */
const places: Record<string, string> = {
  bun: "^src/((app|control|doors)\\.ts$|http/|gateway/)",
  "bun:ffi": "^src/platform/inspector/guard\\.ts$",
  "bun:sqlite": "^src/platform/(db|search)/(?!database\\.ts$|search-index\\.ts$)",
  hono: "^src/http/",
  "@hono/zod-openapi": "^src/http/",
  "@preact/signals-core": "^src/client/sdk/",
  "@hono/swagger-ui": "^src/http/documents/pages\\.ts$",
  "swagger-ui-dist": "^src/http/documents/pages\\.ts$",
  commander: "^src/client/cli/",
  redoc: "^src/http/documents/pages\\.ts$",
  "@fastify/busboy": "^src/http/multipart\\.ts$",
  "drizzle-orm": "(/tables|[/-]store)\\.ts$|^src/events/journal\\.ts$|^src/platform/db/",
  "hash-wasm": "^src/client/sdk/crypto/",
  jose: "^src/(client/sdk/crypto|e2ee|features/accounts/tokens|platform/push)/",
  "@zxcvbn-ts/language-common": "^src/features/accounts/passwords/common-passwords\\.ts$",
  "firebase-admin": "^src/platform/push/fcm/",
  http_ece: "^src/platform/push/encrypt\\.ts$",
  "ipaddr.js": "^src/platform/push/web-push/",
  mediabunny: "^src/platform/inspector/film\\.ts$",
  sharp: "^src/platform/inspector/image/sharp\\.ts$",
  zod: "^src/((control|feature)\\.ts$|(core|events|features|gateway|http|settings)/|platform/inspector/reply\\.ts$)",
};
const named = (name: string) => `(^|node_modules/)(${name})(/|$)`;

const forbidden: IForbiddenRuleType[] = [
  only("core imports nothing of ours", core, [core]),
  only("platform imports of ours only core", platform, [core, platform]),
  only("events import of ours only core and ports", events, [core, events, ports]),
  only("objects of encryption import of ours only each other", e2ee, [e2ee]),
  only("http imports of ours only what all share", "^src/http/", [...shared, "^src/http/"]),
  only("the gateway imports of ours only what all share", "^src/gateway/", [...shared, "^src/gateway/"]),
  only("the client library imports of ours only itself and objects of encryption", library, [library, e2ee]),
  only("the client imports nothing of the server", "^src/client/(?!sdk/)", ["^src/client/"]),
  rule(
    "of the client library only index.ts and store/sqlite.ts are imported",
    { pathNot: library },
    { path: library, pathNot: "^src/client/sdk/(index|store/sqlite)\\.ts$" },
  ),
  rule(
    "of the server only main.ts imports the client",
    { pathNot: "^src/(main\\.ts$|client/)" },
    { path: "^src/client/" },
  ),

  ...features.map((name, i) =>
    only(
      "a feature imports of ours only what all share, and features above it in features.ts",
      `^src/features/${name}/`,
      [...shared, e2ee, `^src/features/(${features.slice(0, i + 1).join("|")})/`],
    ),
  ),
  only("every feature is in features.ts", `^src/features/(?!(${features.join("|")})/)`, []),
  rule(
    "of another feature only index.ts is imported",
    { path: "^src/features/([^/]+)/" },
    { path: "^src/features/", pathNot: ["^src/features/$1/", index] },
  ),
  rule(
    "of a feature only index.ts is imported",
    { pathNot: "^src/features/" },
    { path: "^src/features/", pathNot: index },
  ),
  rule(
    "only what puts the server together knows features",
    { pathNot: "^src/(features/|(app|doors|features|operator|secret)\\.ts$)" },
    { path: "^src/features/" },
  ),
  rule(
    "only feature.ts imports an api.ts of its feature",
    { path: "^src/features/", pathNot: "^src/features/[^/]+/feature\\.ts$" },
    { path: "^src/features/.*/api\\.ts$" },
  ),
  rule(
    "a tables.ts imports of ours only types",
    { path: "/tables\\.ts$" },
    { dependencyTypes: ["local"], dependencyTypesNot: ["type-only"] },
  ),
  rule(
    "only config.ts imports settings",
    { pathNot: "^src/(config\\.ts$|settings/)" },
    { path: "^src/settings/" },
  ),
  rule("only main.ts imports app.ts", { pathNot: "^src/main\\.ts$" }, { path: "^src/app\\.ts$" }),
  rule("no file imports itself by way of others", {}, { circular: true }),

  rule("what is imported is there", {}, { couldNotResolve: true }),
  rule(
    "a package is a dependency in package.json",
    {},
    { dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown"] },
  ),
  ...Object.entries(places).map(([name, place]) =>
    rule(`${name} is imported only in its place`, { pathNot: place }, { path: named(name) }),
  ),
  rule(
    "every package has its place",
    {},
    // Bun has ws and undici built in.
    { path: "node_modules/|^(bun|ws$|undici$)", pathNot: named(Object.keys(places).join("|")) },
  ),
  rule(
    "of the client library only its SQLite store imports modules of Node",
    { path: library, pathNot: sqliteStore },
    { dependencyTypes: ["core"] },
  ),
  rule(
    "what the client library loads for encryption shares no code with it",
    { path: "^src/client/sdk/(crypto|encryption)/" },
    { path: "^src/client/sdk/(?!crypto/|encryption/)", dependencyTypesNot: ["type-only"] },
  ),
  rule(
    "of the client library nothing else imports its SQLite store",
    { path: library, pathNot: sqliteStore },
    { path: sqliteStore },
  ),
  rule(
    "core and features import no module of Node or Bun",
    { path: "^src/(core|features)/" },
    { dependencyTypes: ["core"] },
  ),
];

async function readList(path: string): Promise<string[]> {
  const file = ts.createSourceFile(path, await Bun.file(path).text(), ts.ScriptTarget.Latest);
  const findList = (node: ts.Node): ts.ArrayLiteralExpression | undefined =>
    ts.isArrayLiteralExpression(node) ? node : ts.forEachChild(node, findList);
  return findList(file)?.elements.map((one) => one.getText(file)) ?? [];
}

/** Of ours, these files import only those. */
function only(name: string, path: string, those: string[]): IForbiddenRuleType {
  return rule(name, { path }, { dependencyTypes: ["local"], pathNot: those });
}

function rule(name: string, from: IForbiddenRuleType["from"], to: object): IForbiddenRuleType {
  return { name, severity: "error", from, to };
}

export default {
  forbidden,
  options: {
    // Without this, imports of types are not seen.
    tsPreCompilationDeps: true,
    detectProcessBuiltinModuleCalls: true,
    builtInModules: { add: ["bun", "bun:ffi", "bun:sqlite"] },
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "default"] },
  },
};
