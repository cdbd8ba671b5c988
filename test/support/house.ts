/** `bun run house` draws the features as they import each other, and prints figures about the sources. */
import { cruise, type ICruiseResult, type IFolder } from "dependency-cruiser";

import { type Figures, measure } from "./figures.ts";

interface Edge {
  from: string;
  to: string;
}

console.log(await draw());
console.log(describe(await measure("src"), await measure("{test,bench}")));

/** A Mermaid graph; at each line stands of how many imports it is made. */
async function draw(): Promise<string> {
  const options = { includeOnly: "^src/features/", tsPreCompilationDeps: true, metrics: true };
  const { modules, folders = [] } = (await cruise(["src/features"], options)).output as ICruiseResult;
  const imports = modules
    .flatMap(({ source, dependencies }) => dependencies.map((one) => ({ source, target: one.resolved })))
    .map(({ source, target }) => ({ from: featureOf(source), to: featureOf(target), target }))
    .filter(({ from, to }) => from !== to);
  const circles = new Set(findCircles(folders).map(nameOf));
  const inCircles = imports.filter((one) => circles.has(nameOf(one)));
  const skipping = imports.filter((one) => !one.target.endsWith(`/${one.to}/index.ts`));
  const lines = [...Map.groupBy(imports, nameOf)].map(([name, all]) =>
    name.replace(" ", circles.has(name) ? ` ==>|${all.length}| ` : ` -->|${all.length}| `),
  );
  return `\`\`\`mermaid
flowchart TD
  ${lines.toSorted().join("\n  ")}
\`\`\`

- imports of a feature by another: ${imports.length}
- of these in a circle (thick lines): ${inCircles.length}
- of these of another file than index.ts: ${skipping.length}`;
}

function findCircles(folders: IFolder[]): Edge[] {
  return folders.flatMap(({ name, dependencies = [] }) =>
    dependencies
      .filter((one) => one.circular)
      .map((one) => ({ from: featureOf(name), to: featureOf(one.name) })),
  );
}

function describe(src: Figures[], others: Figures[]): string {
  const files = src.toSorted((a, b) => b.lines - a.lines);
  const long = src
    .flatMap(({ path, functions }) => functions.map((one) => ({ path, ...one })))
    .filter(({ lines }) => lines > 40)
    .toSorted((a, b) => b.lines - a.lines);
  return `- lines of src: ${sum(src, "lines")}
- lines of test and bench: ${sum(others, "lines")}
- files of src: ${files.length}; median ${files[files.length >> 1]?.lines} lines, largest ${files[0]?.lines} (${files[0]?.path})
- \`!\` in src: ${sum(src, "assertions")}
- \`as unknown as\` in src: ${sum(src, "casts")}
- functions of more than 40 lines in src: ${long.length}
${long.map(({ path, name, lines }) => `  - ${lines} ${path} ${name}`).join("\n")}`;
}

function featureOf(path: string): string {
  return path.split("/")[2] ?? "";
}

function nameOf({ from, to }: Edge): string {
  return `${from} ${to}`;
}

function sum(all: Figures[], key: "lines" | "assertions" | "casts"): number {
  return all.reduce((total, one) => total + one[key], 0);
}
