/** The picture in the README: what two people saw who really talked. `bun test/support/picture.ts` makes it anew. */
import { join } from "node:path";

import { commands, type Line, talk } from "./conversation.ts";
import { Home } from "./executable.ts";
import { root } from "./reference.ts";

export const picture = join(root, "docs/conversation.svg");

const window = { width: 420, bar: 32, gap: 20 };
const line = { height: 24, left: 16 };
const style = `
  text { font: 14px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #24292f; white-space: pre }
  .window { fill: #f6f8fa; stroke: #d0d7de } .bar { stroke: #d0d7de } .title { fill: #57606a; text-anchor: middle }
  .prompt { fill: #57606a } .told { fill: #0550ae }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 } .window { fill: #161b22; stroke: #30363d } .bar { stroke: #30363d }
    .title, .prompt { fill: #8b949e } .told { fill: #79c0ff }
  }`;

/** Both terminals beside each other: what one types and what the other is told stand at the same height. */
export function draw(lines: Line[]): string {
  const height = window.bar + (lines.filter((one) => one.typed).length + 3) * line.height;
  const width = 2 * window.width + window.gap;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="-1 -1 ${width + 2} ${height + 2}" role="img">
<title>Two terminals in which Alice and Bob talk</title>
<style>${style}
</style>
${terminal("alice", 0, height, lines)}
${terminal("bob", window.width + window.gap, height, lines)}
</svg>
`;
}

function terminal(name: Line["terminal"], left: number, height: number, lines: Line[]): string {
  let row = 2;
  const texts = lines.flatMap(({ terminal, typed, text }) => {
    if (typed) row += 1;
    return terminal === name ? [at(row, typed ? "typed" : "told", text)] : [];
  });
  return `<g transform="translate(${left} 0)">
<rect class="window" width="${window.width}" height="${height}" rx="8"/>
<path class="bar" d="M0 ${window.bar}h${window.width}"/>
<text class="title" x="${window.width / 2}" y="21">${name}</text>
${[at(1, "prompt", `$ ${commands[name]}`), ...texts].join("\n")}
</g>`;
}

function at(row: number, kind: string, text: string): string {
  const y = window.bar + row * line.height + 4;
  return `<text class="${kind}" x="${line.left}" y="${y}">${Bun.escapeHTML(text)}</text>`;
}

if (import.meta.main) {
  await using home = new Home();
  await Bun.write(picture, draw(await talk(await home.start())));
}
