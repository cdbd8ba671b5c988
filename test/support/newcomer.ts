/** A server as somebody starts it who has read the README and nothing else. */
import { join } from "node:path";

import type { StartOptions } from "./executable.ts";
import { root } from "./reference.ts";

export const servers: Record<string, StartOptions> = {
  "npm start": { program: process.execPath, args: [join(root, "src/main.ts")] },
  "dist/parley": {},
};

/** The defaults of what other tests set. */
export const newcomer = {
  RATE_LIMITS: "on",
  PASSWORD_MEMORY_KIB: "65536",
  PASSWORD_ITERATIONS: "3",
  E2EE_SERVER_CRYPTO: "on",
};
