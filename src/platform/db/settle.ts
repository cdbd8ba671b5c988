import { AsyncLocalStorage } from "node:async_hooks";

const inside = new AsyncLocalStorage<true>();

/** Throws when called, however deep, from a callback that holds a transaction or a snapshot. */
export function refuseNested(): void {
  if (inside.getStore()) {
    throw new Error("a transaction or snapshot was opened inside another one: pass the outer one on");
  }
}

/** Runs a callback and marks what it calls, however deep, as inside it. */
export function insideCallback<T>(fn: () => T): T {
  return inside.run(true, fn);
}

export function awaitedForeign(): Error {
  return new Error("a transaction or snapshot awaited something other than its own queries");
}

/** How to refuse each callback that has not settled yet. */
const unsettled = new Set<(error: Error) => void>();
let watching = false;

/**
 * Runs a callback that may await its own queries only. Those need no turn of the event loop, so a callback that is
 * unsettled at the next turn awaits something else, and is refused before it can hold up everybody.
 */
export function settleNow<T>(fn: () => T | Promise<T>): T | Promise<T> {
  const result = insideCallback(fn);
  if (!(result instanceof Promise)) return result;
  return new Promise<T>((resolve, reject) => {
    unsettled.add(reject);
    watch();
    result.then(
      (value) => {
        unsettled.delete(reject);
        resolve(value);
      },
      (error: unknown) => {
        unsettled.delete(reject);
        reject(error);
      },
    );
  });
}

function watch(): void {
  if (watching) return;
  watching = true;
  setImmediate(() => {
    watching = false;
    for (const refuse of unsettled) refuse(awaitedForeign());
    unsettled.clear();
  });
}
