import { renameSync, rmSync } from "node:fs";

import type { TestServer } from "./server.ts";

/**
 * The server ends without a goodbye and starts again: its data are as they were a moment ago, and whatever it
 * did when it was stopped is undone. The server must be idle. `meanwhile` happens while nothing runs.
 */
export async function crashAndRestart(server: TestServer, meanwhile = () => {}): Promise<void> {
  const copy = `${server.dataDir}-copy`;
  // By another process: closing a file would let go of the locks that this process has on it.
  Bun.spawnSync(["cp", "-r", server.dataDir, copy]);
  await server.app.stop();
  rmSync(server.dataDir, { recursive: true });
  renameSync(copy, server.dataDir);
  meanwhile();
  await server.open();
}
