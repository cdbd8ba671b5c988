import type { Store } from "../sdk/index.ts";
import type { Output } from "./output.ts";

/** A store that has an event only once it was written out: one that could not be is told again the next time. */
export function writtenFirst(store: Store, output: Output): Store {
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
      await output.settled();
      if (!output.closed.aborted) await store.write(changes, move);
    },
  };
}
