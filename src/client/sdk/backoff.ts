import type { Environment } from "./environment.ts";
import { ParleyError } from "./errors.ts";

const first = 5000;
const shortest = 500;
const longest = 30_000;
/** Of what a server asks for: it may not know better itself. */
const longestAsked = 3_600_000;

/**
 * How long to wait before attempt number `attempt` (from 0), in milliseconds: at random, so that not everybody comes back at
 * once, from 0.5 to 5 s first, then twice as long each time, up to 30 s.
 */
export function backoff({ random }: Environment, attempt: number): number {
  const most = Math.min(longest, first * 2 ** Math.min(attempt, 10));
  return shortest + random() * (most - shortest);
}

/** The same after an error: what the server has asked for (RFC 9110, 10.2.3: `Retry-After`), up to an hour. */
export function waitAfter(environment: Environment, error: unknown, attempt: number): number {
  const seconds = error instanceof ParleyError ? error.retryAfter : undefined;
  return seconds === undefined ? backoff(environment, attempt) : Math.min(seconds * 1000, longestAsked);
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
