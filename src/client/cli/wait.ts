/** What `work` resolves to, unless the signal comes first. Errors: those of `work`, the signal's reason. */
export async function within<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  signal.throwIfAborted();
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Resolves when the signal comes. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}

/** A signal, as far as it is waited for. */
interface Watched<T> {
  subscribe(heard: (value: T) => void): () => void;
}

/** The first thing that `look` finds in a signal, now or later. Errors: what `look` throws. */
export function when<T, F>(signal: Watched<T>, look: (value: T) => F | undefined): Promise<F> {
  const { promise, resolve, reject } = Promise.withResolvers<F>();
  const stop = signal.subscribe((value) => {
    try {
      const found = look(value);
      if (found !== undefined) resolve(found);
    } catch (error) {
      reject(error);
    }
  });
  return promise.finally(stop);
}
