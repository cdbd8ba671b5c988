/** Commands of the documents, in a shell. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

import { root } from "./reference.ts";

/** What a shell prints for these commands, line by line. Fails when one of them does. */
export async function run(commands: string, cwd = root, user?: number): Promise<string[]> {
  const directory = mkdtempSync(join(tmpdir(), "parley-shell-"));
  if (!Bun.which("curl")) {
    const curl = join(directory, "curl");
    writeFileSync(
      curl,
      `#!/bin/sh\nexec "${process.execPath}" "${join(root, "test/support/curl.ts")}" "$@"\n`,
    );
    chmodSync(curl, 0o755);
  }
  const shell = Bun.spawn(["sh", "-eu", "-c", commands], {
    cwd,
    ...(user !== undefined && { uid: user, gid: user }),
    env: { PATH: `${process.env["PATH"]}${delimiter}${directory}` },
    stderr: "inherit",
  });
  try {
    const text = await shell.stdout.text();
    if ((await shell.exited) !== 0) throw new Error(`the commands failed:\n${commands}`);
    return text.trim().split("\n");
  } finally {
    rmSync(directory, { recursive: true });
  }
}
