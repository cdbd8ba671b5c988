/** sharp inside an executable, away from node_modules. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { embedSharp } from "../../../src/platform/inspector/native/embed.ts";
import { height, picture, width } from "../../support/pictures.ts";

setDefaultTimeout(30_000);

const root = resolve(import.meta.dir, "../../..");
const directory = mkdtempSync(join(tmpdir(), "parley-addon-"));
const program = join(directory, "look");
const photo = join(directory, "photo.jpg");

beforeAll(async () => {
  await picture().jpeg().toFile(photo);
  await Bun.build({
    entrypoints: [join(root, "test/support/look.ts")],
    minify: true,
    format: "esm",
    compile: { outfile: program },
    plugins: [embedSharp(join(root, "node_modules"))],
  });
});
afterAll(() => rmSync(directory, { recursive: true }));

let last = 0;

async function look(cache: string): Promise<Record<string, unknown>> {
  const to = join(directory, `${++last}.webp`);
  const child = Bun.spawn([program, cache, photo, to], { cwd: directory, stderr: "inherit" });
  return (await child.stdout.json()) as Record<string, unknown>;
}

/** Every file below, with its size. */
function filesBelow(folder: string): Record<string, number> {
  const files = [...new Bun.Glob("**/*").scanSync({ cwd: folder })].sort();
  return Object.fromEntries(files.map((one) => [one, statSync(join(folder, one)).size]));
}

const bySharp = { codec: "sharp", size: { width: 48, height: 32 }, early: false, late: true };

test("the executable holds sharp, and loads it when it is asked for", async () => {
  expect([width, height]).toEqual([96, 64]);
  expect(await look(join(directory, "not/yet/there"))).toEqual(bySharp);
});

test("starts at the same time and after damage find the whole addon", async () => {
  const cache = join(directory, "shared");
  const all = await Promise.all(Array.from({ length: 5 }, () => look(cache)));
  expect(all).toEqual(Array(5).fill(bySharp));
  const files = filesBelow(cache);
  expect(Object.keys(files)).toHaveLength(2);
  for (const one of Object.keys(files)) {
    expect(statSync(join(cache, one)).mode & 0o777).toBe(0o500);
    truncateSync(join(cache, one), 1000);
  }
  expect(await look(cache)).toEqual(bySharp);
  expect(filesBelow(cache)).toEqual(files);
});

test("what an earlier version unpacked is removed, and nothing else", async () => {
  const cache = join(directory, "older");
  for (const name of ["sharp-0123456789abcdef", "somebody-else"]) {
    mkdirSync(join(cache, name), { recursive: true });
    writeFileSync(join(cache, name, "file"), "");
  }
  expect(await look(cache)).toEqual(bySharp);
  const names = readdirSync(cache);
  expect(names).toHaveLength(2);
  expect(names).toContain("somebody-else");
  expect(names).not.toContain("sharp-0123456789abcdef");
});

test("where nothing can be unpacked, Bun's codec stands in and says why", async () => {
  const file = join(directory, "a file");
  writeFileSync(file, "");
  const { codec, reason, size } = await look(file);
  expect({ codec, size }).toEqual({ codec: "bun", size: { width: 48, height: 32 } });
  expect(reason).toMatch(/ENOTDIR|EEXIST/);
});
