/** docs/terminal.md says what there is. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { slashCommands } from "../../src/client/cli/room/slash-commands.ts";
import { exitCodes } from "../../src/client/cli/exit-codes.ts";
import { stoppedBy } from "../../src/client/cli/stop-signal.ts";
import { programWith } from "../../src/client/cli/program.ts";
import { root } from "../support/reference.ts";

const page = readFileSync(join(root, "docs/terminal.md"), "utf8");

test("every command and every option is in the document", () => {
  const program = programWith(process, async () => {});
  for (const command of program.commands) expect(page).toContain(`parley chat ${command.name()}`);
  const below = program.commands.flatMap((one) => one.commands);
  for (const command of below) expect(page).toContain(`\`${command.parent?.name()} ${command.name()}\``);
  const options = [program, ...program.commands, ...below].flatMap((one) =>
    one.options.map((option) => option.long ?? ""),
  );
  for (const one of options) expect(page).toContain(one);
});

test("what can be typed in an open chat is in the document, as /help shows it", () => {
  const rows = page.matchAll(/^\| (.*?) \|/gm);
  const inPage = [...rows].flatMap(([, first = ""]) =>
    [...first.matchAll(/`(\/[^`]+)`/g)].map((one) => one[1]),
  );
  const usages = Object.entries(slashCommands).map(([name, { usage }]) => `/${name} ${usage}`.trim());
  expect(inPage.toSorted()).toEqual(usages.toSorted());
});

test("every variable is in the document", () => {
  const source = readFileSync(join(root, "src/client/cli/environment.ts"), "utf8");
  const variables = [...source.matchAll(/env\["(\w+)"\]/g)].map((one) => one[1] ?? "");
  expect(variables.length).toBeGreaterThan(2);
  for (const one of variables) expect(page).toContain(`\`${one}\``);
});

test("every exit code is in the document", () => {
  const rows = page.matchAll(/^\| (\d[\d, ]*?) +\|/gm);
  const inPage = [...rows].flatMap(([, codes = ""]) => codes.split(", ").map(Number));
  const ofSignals = (["SIGHUP", "SIGINT", "SIGTERM"] as const).map((one) => stoppedBy(one).exitCode);
  expect(inPage).toEqual([...Object.values(exitCodes), ...ofSignals]);
});
