/** What the documents say of the repository is so. */
import { expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";

import ts from "typescript";

import { scripts } from "../package.json";
import { settings } from "../src/config.ts";
import { root, rowsIn, tables } from "./support/reference.ts";

const pages = ["*.md", "docs/**/*.md", "{bench,src,test}/**/*.md"].flatMap((one) => [
  ...new Bun.Glob(one).scanSync(root),
]);
const texts = new Map(
  await Promise.all(pages.map(async (page) => [page, await Bun.file(join(root, page)).text()] as const)),
);

test.each(Object.entries(tables))("the table of %s is that of the code", (name, { file, table }) => {
  expect(rowsIn(texts.get(file)!, name)).toEqual(table);
});

test("docs/settings.md has each setting once", () => {
  const named = Object.values(tables)
    .filter(({ file }) => file === "docs/settings.md")
    .flatMap(({ table }) => table.slice(1).map(([name]) => name!.replaceAll("`", "")));
  expect(named.sort()).toEqual(Object.keys(settings).sort());
});

test.each(pages)("%s links to what is there", (page) => {
  const links = [...texts.get(page)!.matchAll(/\]\(((?!https?:)[^)]+)\)/g)].map((one) => one[1]!);
  const broken = links.filter((link) => {
    const [path = "", heading] = link.split("#");
    const target = path === "" ? page : join(dirname(page), path);
    if (!existsSync(join(root, target))) return true;
    return heading !== undefined && !headingsOf(texts.get(target) ?? "").includes(heading);
  });
  expect(broken).toEqual([]);
});

/** As hosts of repositories make anchors of them. */
function headingsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map((one) =>
    one[1]!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

test("docs/push.md shows the examples as they are", () => {
  const directory = join(root, "docs/examples/push");
  const shown = [...texts.get("docs/push.md")!.matchAll(/```js\n([^]*?)```/g)].map((one) => one[1]!);
  const files = ["service-worker.js", "page.js"].map((name) => readFileSync(join(directory, name), "utf8"));
  expect(shown).toEqual(files);
  expect(readdirSync(directory).sort()).toEqual(["page.js", "service-worker.js"]);
});

test("every document is in the index", () => {
  const index = texts.get("docs/README.md")!;
  const documents = pages.filter((page) => dirname(page) === "docs" && page !== "docs/README.md");
  expect(documents.filter((page) => !index.includes(`(${basename(page)})`))).toEqual([]);
  const decisions = texts.get("docs/adr/README.md")!;
  const records = pages.filter((page) => /adr\/\d/.test(page));
  expect(records.filter((page) => !decisions.includes(`(${basename(page)})`))).toEqual([]);
});

test("the files of the repository that they name are there", () => {
  const named = [...texts.values()].flatMap((text) =>
    [...text.matchAll(/`((?:src|test|docs|bench|drizzle)\/[\w/.-]+)`/g)].map((one) => one[1]!),
  );
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test("the files of src that the architecture names are there", () => {
  const text = texts.get("docs/architecture.md")!;
  const named = [...text.matchAll(/`([a-z-]+\/[\w/.-]*)`/g)].map((one) => one[1]!);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(root, "src", path)))).toEqual([]);
});

/** Each walk of the architecture, and the sources that it names, in order. */
const walks = texts
  .get("docs/architecture.md")!
  .split(/^## /m)
  .filter((section) => /^1\. /m.test(section))
  .map((section) => {
    const [heading = ""] = section.split("\n");
    return [heading, [...section.matchAll(/`([\w/-]+\.ts)`/g)].map((one) => one[1]!)] as const;
  });

test("the architecture has a walk for a message, an upload, a notification and a push, and one through the client", () => {
  expect(walks.map(([heading]) => heading.split(",")[0])).toEqual([
    "One message",
    "One upload",
    "One notification",
    "One push",
    "One message in the client library",
  ]);
});

test.each(walks)("%s: each file is there, and imports or is imported by one before it", (_, files) => {
  const imports = new Map(files.map((file) => [file, importsOf(file)]));
  const isLinked = (file: string, i: number) =>
    files.slice(0, i).some((one) => imports.get(one)!.has(file) || imports.get(file)!.has(one));
  expect(files.slice(1).filter((file, i) => !isLinked(file, i + 1))).toEqual([]);
});

function importsOf(file: string): Set<string> {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(root, "src", file), "utf8"));
  return new Set(importedFiles.map((one) => join(dirname(file), one.fileName)));
}

test("every feature is in the tree of the architecture, and clients are told of what it offers and tells", async () => {
  const tree = texts.get("docs/architecture.md")!;
  const guide = texts.get("docs/clients.md")!;
  const { features } = await import("../src/features.ts");
  const told = features.flatMap(({ offers = [], events = [], signals = [] }) => [
    ...offers,
    ...[...events, ...signals].filter((one) => one.schema).map((one) => one.type),
  ]);
  expect(
    features
      .map((one) => one.name)
      .filter((name) => !new RegExp(`^  features/ .*\\b${name}\\b`, "m").test(tree)),
  ).toEqual([]);
  expect(told.filter((word) => !guide.includes(`\`${word}\``))).toEqual([]);
});

test("the scripts that they name are there", () => {
  const run = [...texts.values()].flatMap((text) =>
    [...text.matchAll(/(?:npm|bun) run ([\w:]+)/g)].map((one) => one[1]!),
  );
  expect(run).toContain("build");
  expect(run.filter((one) => !(one in scripts))).toEqual([]);
});
