/**
 * The tables in the documents that come from the code. `bun test/support/reference.ts` writes them anew, and the types of
 * the client library, and the Python client among the examples.
 */
import { join, resolve } from "node:path";

import { catalogue } from "../../src/core/errors.ts";
import { rules } from "../../src/features/chat/members/rules.ts";
import { accounts } from "../../src/settings/accounts.ts";
import { chats } from "../../src/settings/chats.ts";
import { encryption } from "../../src/settings/encryption.ts";
import { files } from "../../src/settings/files.ts";
import type { Setting } from "../../src/settings/kinds.ts";
import { log } from "../../src/settings/log.ts";
import { push } from "../../src/settings/push.ts";
import { requests } from "../../src/settings/requests.ts";
import { search } from "../../src/settings/search.ts";
import { server } from "../../src/settings/server.ts";
import { sockets } from "../../src/settings/sockets.ts";
import { storage } from "../../src/settings/storage.ts";
import { type Act, epochActs, keyActs, memberActs, messageActs } from "./e2ee/malicious-table.ts";

export const root = resolve(import.meta.dir, "../..");

type Row = readonly string[];

interface Table {
  /** The document that it stands in. */
  file: string;
  /** The head first. */
  table: Row[];
}

/** Each by the name in its mark. */
export const tables: Record<string, Table> = {
  rules: {
    file: "docs/permissions.md",
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
  "server settings": settingsTable(server),
  "storage settings": settingsTable(storage),
  "log settings": settingsTable(log),
  "account settings": settingsTable(accounts),
  "request settings": settingsTable(requests),
  "socket settings": settingsTable(sockets),
  "chat settings": settingsTable(chats),
  "file settings": settingsTable(files),
  "search settings": settingsTable(search),
  "encryption settings": settingsTable(encryption),
  "push settings": settingsTable(push),
  "acts against keys": actsTable(keyActs),
  "acts against membership": actsTable(memberActs),
  "acts against epochs": actsTable(epochActs),
  "acts against messages": actsTable(messageActs),
  errors: {
    file: "docs/errors.md",
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

function actsTable(acts: Record<string, Act>): Table {
  const rows = Object.values(acts).map(({ act, says }) => [act, says]);
  return { file: "docs/encryption.md", table: [["What is tried", "What a client shows"], ...rows] };
}

function settingsTable(settings: Record<string, Setting>): Table {
  return {
    file: "docs/settings.md",
    table: [
      ["Variable", "Default", "Value", "What it is, and why"],
      ...Object.entries(settings).map(([name, setting]) => {
        const { shown, taken, about } = setting;
        return [
          `\`${name}\``,
          shown && `\`${shown}\`${sizeOf(name, shown)}`,
          withReadableNumbers(name, taken),
          about,
        ];
      }),
    ],
  };
}

function withReadableNumbers(name: string, value: string): string {
  if (!value.startsWith("a whole number")) return value;
  const readable = (number: string) => (number.length < 5 ? number : Number(number).toLocaleString("en-US"));
  return value.replace(/\d+/g, (number) => readable(number) + sizeOf(name, number));
}

/** ` (64 MB)` for the 67108864 of a setting in bytes; empty where a larger unit says no more. */
function sizeOf(name: string, value: string): string {
  const units = ["BYTES", "KIB", "MB", "GB", "TB"];
  const own = units.findIndex((one) => name.split("_").includes(one));
  let [size, unit] = [Number(value), own];
  for (; size >= 1024 && own >= 0 && unit < units.length - 1; unit += 1) size /= 1024;
  return unit > own ? ` (${size} ${units[unit]!.replace("KIB", "KB")})` : "";
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
  await Bun.$`${process.execPath} fmt docs`.cwd(root).quiet();

  // Many tests import this file for its tables: they need neither server nor compiler.
  const { libraryDocument, libraryFile } = await import("./library-document.ts");
  await Bun.write(join(root, libraryFile), await libraryDocument());
  const { TestServer } = await import("./server.ts");
  const { wireFile, wireText } = await import("./wire-types.ts");
  await using server = await TestServer.start();
  await Bun.write(join(root, wireFile), await wireText(server.api.contract));
  const { pythonClient } = await import("./guide.ts");
  await Bun.write(join(root, pythonClient.file), pythonClient.text());
}
