import type { Clock } from "./clock.ts";

const hourMilliseconds = 3_600_000;

/** Does its step again and again, until one has found less than `batch`, or all is to stop. */
export type InBatches = (batch: number, step: () => Promise<number>) => Promise<void>;

/**
 * Does `work` now and each hour. It goes through what there is in batches, each in a transaction of its own. Returns how
 * to stop, which waits for nothing.
 */
export function hourly(
  clock: Clock,
  work: (inBatches: InBatches) => Promise<void>,
  failed: (error: unknown) => void,
): () => void {
  let isStopped = false;
  const inBatches: InBatches = async (batch, step) => {
    for (let found = batch; found >= batch && !isStopped;) found = await step();
  };
  const start = () => void work(inBatches).catch(failed);
  start();
  const stop = clock.every(hourMilliseconds, start);
  return () => {
    isStopped = true;
    stop();
  };
}
