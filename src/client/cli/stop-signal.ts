import type { Process } from "./context.ts";
import { Failure } from "./exit-codes.ts";

/** What shells add the number of a signal to (POSIX, Shell Command Language, 2.8.2). */
const killed = 128;
const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

/** Aborted by the first signal that asks to end, and when the output cannot be written; the second signal ends the process at once. */
export function stopSignal(process: Process, closed: AbortSignal): AbortSignal {
  const stopping = new AbortController();
  for (const name of Object.keys(signals) as (keyof typeof signals)[]) {
    process.once(name, () => stopping.abort(stoppedBy(name)));
  }
  closed.addEventListener("abort", () => stopping.abort(closed.reason));
  return stopping.signal;
}

export function stoppedBy(name: keyof typeof signals): Failure {
  return new Failure(killed + signals[name], "");
}
