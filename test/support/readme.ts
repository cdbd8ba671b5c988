/** What of the README comes from the code. `bun test/support/readme.ts` writes its tables anew. */
import { ConfigError, settings } from "../../src/config.ts";
import { catalogue } from "../../src/core/errors.ts";
import { rules } from "../../src/features/chats/membership.ts";

export const file = new URL("../../README.md", import.meta.url);

type Row = readonly string[];

export const tables: Record<"rules" | "settings" | "errors", Row[]> = {
  rules: [
    ["In a group", "member", "admin", "owner"],
    ...Object.values(rules).map(({ what, may }) => [
      what,
      ...(["member", "admin", "owner"] as const).map((role) =>
        (may as readonly string[]).includes(role) ? "yes" : "no",
      ),
    ]),
  ],
  settings: [
    ["Variable", "Default", "Value", "Why"],
    ...Object.values(settings).map((one) => [
      `\`${one.name}\``,
      one.fallback && `\`${one.fallback}\``,
      wanted(one.parse),
      one.reason,
    ]),
  ],
  errors: [
    ["Code", "HTTP", "Again", "Meaning"],
    ...Object.entries(catalogue).map(([code, [status, again, title]]) => [
      `\`${code}\``,
      String(status),
      again ? "yes" : "no",
      title,
    ]),
  ],
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

/** The rows that stand in the README between the two marks of a table. */
export function rowsIn(readme: string, name: string): Row[] {
  const [, lines = ""] = new RegExp(`<!-- ${name}:[^]*? -->\n([^]*?)<!-- end -->`).exec(readme) ?? [];
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

/** The blocks of shell commands under a heading. */
export function commandsUnder(readme: string, heading: string): string[] {
  const [, section = ""] = new RegExp(`\n##+ ${heading}\n([^]*?)\n##+ `).exec(readme) ?? [];
  const blocks = [...section.matchAll(/```sh\n([^]*?)```/g)].map((one) => one[1]!);
  if (blocks.length === 0) throw new Error(`the README has no commands under ${heading}`);
  return blocks;
}

if (import.meta.main) {
  let readme = await Bun.file(file).text();
  for (const [name, [head = [], ...rows]] of Object.entries(tables)) {
    const lines = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`);
    readme = readme.replace(new RegExp(`(<!-- ${name}:[^]*? -->\n)[^]*?(<!-- end -->)`), (_, from, to) =>
      [from, "\n", ...lines, "\n", to].join(""),
    );
  }
  await Bun.write(file, readme);
}
