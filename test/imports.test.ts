/** Whether the reader of imports, which the rules of the house stand on, overlooks anything. */
import { expect, test } from "bun:test";

import { importsOf, readTree } from "./support/imports.ts";

test("every way to import is read", () => {
  const source = `
    import a from "./a.ts"; import b, { c as d, type E } from "./b.ts"; import * as f from "./c.ts"
    import "./d.ts"
    import type { G } from "./e.ts"; import type H from './f.ts'; import type from "./g.ts"
    import json from "../i.json" with { type: "json" };
    export * from "./j.ts"; export * as k from "./k.ts"; export { l } from "./l.ts"; export type { M } from "./m.ts"
    const n = /"/.test(o) ? await import("./n.ts") : 1 / 2; type O = import("./o.ts").O; const p = require("./p.ts")`;
  expect(importsOf("src/x.ts", source).map((one) => `${one.to}${one.typeOnly ? " as a type" : ""}`)).toEqual([
    "src/a.ts",
    "src/b.ts",
    "src/c.ts",
    "src/d.ts",
    "src/e.ts as a type",
    "src/f.ts as a type",
    "src/g.ts",
    "i.json",
    "src/j.ts",
    "src/k.ts",
    "src/l.ts",
    "src/m.ts as a type",
    "src/n.ts",
    "src/o.ts",
    "src/p.ts",
  ]);
});

test("what only looks like an import is none", () => {
  const source = `
    // import "./a.ts"
    /* import "./b.ts" */ const c = 'import "./c.ts"', d = \`import "./d.ts" \${"import './e.ts'"}\`, f = /import ".\\/f.ts"/
    export { c, d }; export const from = "./g.ts"; export type H = { import: "./h.ts" }; i.import("./i.ts"); import.meta.url
    class J { export = 1; from = "./j.ts" }`;
  expect(importsOf("src/x.ts", source)).toEqual([]);
});

test("nothing that the runtime's own scan finds is overlooked", async () => {
  const transpiler = new Bun.Transpiler({ loader: "ts" });
  for (const [path, source] of await readTree("src")) {
    const found = importsOf(path, source).length;
    expect(found).toBeGreaterThanOrEqual(transpiler.scanImports(source).length);
  }
});
