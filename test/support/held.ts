import { childrenOf } from "./processes.ts";
import type { TestServer } from "./server.ts";

/** What looks into files stands still until it is let go. */
export async function hold({ app, dataDir }: TestServer): Promise<() => void> {
  await app.warmUp();
  const [child] = childrenOf(process.pid, `${dataDir}/cache`);
  process.kill(child!, "SIGSTOP");
  return () => process.kill(child!, "SIGCONT");
}
