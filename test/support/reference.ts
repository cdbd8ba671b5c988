/** The tables in the documents that come from the code. `bun test/support/reference.ts` writes them anew. */
import { join, resolve } from "node:path";

import { ConfigError, settings } from "../../src/config.ts";
import { catalogue } from "../../src/core/errors.ts";
import { rules } from "../../src/features/chats/membership.ts";

export const root = resolve(import.meta.dir, "../..");

type Row = readonly string[];

/** By the name in a table's mark: the file that it stands in, and its rows, the head first. */
export const tables: Record<string, { file: string; table: Row[] }> = {
  rules: {
    file: "README.md",
    table: [
      ["In a group", "member", "admin", "owner"],
      ...Object.values(rules).map(({ what, may }) => [
        what,
        ...(["member", "admin", "owner"] as const).map((role) =>
          (may as readonly string[]).includes(role) ? "yes" : "no",
        ),
      ]),
    ],
  },
  settings: {
    file: "README.md",
    table: [
      ["Variable", "Default", "Value", "Why"],
      ...Object.values(settings).map((one) => [
        `\`${one.name}\``,
        one.fallback && `\`${one.fallback}\``,
        wanted(one.parse),
        one.reason,
      ]),
    ],
  },
  errors: {
    file: "README.md",
    table: [
      ["Code", "HTTP", "Again", "Meaning"],
      ...Object.entries(catalogue).map(([code, [status, again, title]]) => [
        `\`${code}\``,
        String(status),
        again ? "yes" : "no",
        title,
      ]),
    ],
  },
};

/** What a setting takes, in the words in which it refuses anything else; empty where it takes any text. */
function wanted(parse: (given: string) => unknown): string {
  try {
    parse("\0");
    return "";
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return /must be (.*), but is/.exec(error.message)![1]!;
  }
}

/** The rows that stand in a document between the two marks of a table. */
export function rowsIn(text: string, name: string): Row[] {
  const [, lines = ""] = new RegExp(`<!-- ${name}:[^]*? -->\n([^]*?)<!-- end -->`).exec(text) ?? [];
  return lines
    .split("\n")
    .filter((line) => line.startsWith("|") && !/^\|[ :|-]+\|$/.test(line))
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

/** The blocks of shell commands under a heading of a document. */
export function commandsUnder(text: string, heading: string): string[] {
  const [, section = ""] = new RegExp(`\n##+ ${heading}\n([^]*?)\n##+ `).exec(text) ?? [];
  const blocks = [...section.matchAll(/```sh\n([^]*?)```/g)].map((one) => one[1]!);
  if (blocks.length === 0) throw new Error(`there are no commands under ${heading}`);
  return blocks;
}

if (import.meta.main) {
  for (const [name, { file, table }] of Object.entries(tables)) {
    const [head = [], ...rows] = table;
    const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`);
    const path = join(root, file);
    const text = (await Bun.file(path).text()).replace(
      new RegExp(`(<!-- ${name}:[^]*? -->\n)[^]*?(<!-- end -->)`),
      (_, from, to) => [from, "\n", ...lines, "\n", to].join(""),
    );
    await Bun.write(path, text);
  }
}
