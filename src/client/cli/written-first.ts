import type { Store } from "../sdk/index.ts";
import type { Lines } from "./lines.ts";
import type { Output } from "./output.ts";
import { aborted } from "./wait.ts";

/** A store that has an event only once it was written out: one that could not be is told again the next time. */
export function writtenFirst(store: Store, lines: Lines, output: Output, stop: AbortSignal): Store {
  const stopped = aborted(stop).then(() => false);
  return {
    read: () => store.read(),
    tokens: () => store.tokens(),
    keepTokens: (tokens) => store.keepTokens(tokens),
    alone: (run) => store.alone(run),
    keepFile: (id, file) => store.keepFile(id, file),
    file: (id) => store.file(id),
    dropFile: (id) => store.dropFile(id),
    secret: () => store.secret(),
    keepSecret: (text) => store.keepSecret(text),
    close: () => store.close(),
    write: async (changes, move) => {
      // Listeners hear of an event in the turn in which it was given to the store.
      await Promise.resolve();
      const isWritten = await Promise.race([lines.settled().then(() => true), stopped]);
      if (isWritten && !output.closed.aborted) await store.write(changes, move);
    },
  };
}
