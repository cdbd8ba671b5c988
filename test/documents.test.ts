/** What the documents say of the repository is so. */
import { expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";

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

test("the files that the architecture names are there", () => {
  const text = texts.get("docs/architecture.md")!;
  const named = [...text.matchAll(/`([a-z-]+\/[\w/.-]*)`/g)].map((one) => one[1]!);
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((path) => !existsSync(join(root, "src", path)))).toEqual([]);
});

test("the scripts that they name are there", () => {
  const run = [...texts.values()].flatMap((text) =>
    [...text.matchAll(/(?:npm|bun) run ([\w:]+)/g)].map((one) => one[1]!),
  );
  expect(run).toContain("build");
  expect(run.filter((one) => !(one in scripts))).toEqual([]);
});
