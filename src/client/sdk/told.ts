import { batch, type Signal } from "@preact/signals-core";

/**
 * Changes signals, and tells of it once. What a subscriber throws is its own affair: it is reported, and neither what is changed
 * nor what follows from it is kept from being done.
 */
export function change(run: () => void): void {
  try {
    batch(run);
  } catch (error) {
    report(error);
  }
}

/** Gives a signal another value, as `change` does. */
export function set<V>(signal: Signal<V>, value: V): void {
  change(() => (signal.value = value));
}

/** Nobody is there to catch it. */
export function report(error: unknown): void {
  console.error(error);
}
