import type { Environment } from "./environment.ts";

const first = 5000;
const shortest = 500;
const longest = 30_000;

/**
 * How long to wait before attempt number `attempt` (from 0), in milliseconds: at random, so that not everybody comes back at
 * once, from 0.5 to 5 s first, then twice as long each time, up to 30 s.
 */
export function backoff({ random }: Environment, attempt: number): number {
  const most = Math.min(longest, first * 2 ** Math.min(attempt, 10));
  return shortest + random() * (most - shortest);
}

/** Waits so many milliseconds, or until it is aborted. */
export function pause(
  { setTimeout, clearTimeout }: Environment,
  milliseconds: number,
  signal?: AbortSignal,
): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const over = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", over);
      resolve();
    };
    const timer = setTimeout(over, milliseconds);
    signal?.addEventListener("abort", over);
  });
}
