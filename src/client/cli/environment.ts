/** What the terminal client takes from the variables of its process. Besides config.ts, no other file reads them. */
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

import type { Process } from "./context.ts";

type Variables = Pick<Process, "env">;

/** Where accounts are kept (XDG Base Directory Specification, which has relative paths ignored). */
export function accountsDirectory({ env }: Variables): string {
  const given = env["XDG_CONFIG_HOME"];
  return join(given && isAbsolute(given) ? given : join(homedir(), ".config"), "parley");
}

/** Whether the cursor can be moved there. */
export function isSmartTerminal(stream: { isTTY?: boolean }, { env }: Variables): boolean {
  return stream.isTTY === true && env["TERM"] !== "dumb" && env["TERM"] !== undefined;
}

/** See no-color.org. */
export function wantsColors({ env }: Variables): boolean {
  return !env["NO_COLOR"];
}
