/** The session that the tabs of a page share: its refresh token is in a cookie, its access token in their memory. */
import { randomId } from "../environment.ts";
import type { Store, Tokens } from "./store.ts";
import { pause, tabTurns } from "./tab-turns.ts";
import { TabValues } from "./tab-values.ts";

/** How long another tab's tokens may take to arrive here, in milliseconds. */
const underWay = 1000;

export interface SharedStore extends Store {
  /** Other tabs are not listened to any more; the store itself stays open. */
  leave(): void;
}

/** A store whose session belongs to all tabs of the page; what else it keeps is as it was. */
export function sharedByTabs(store: Store): SharedStore {
  const values = new TabValues();
  const session = new TabSession(values);
  const leave = () => {
    session.close();
    values.close();
  };
  return {
    leave,
    read: () => store.read(),
    write: (changes, move) => store.write(changes, move),
    keepFile: (id, file) => store.keepFile(id, file),
    file: (id) => store.file(id),
    dropFile: (id) => store.dropFile(id),
    secret: () => store.secret(),
    keepSecret: (text) => store.keepSecret(text),
    tokens: () => session.newest(),
    keepTokens: (tokens) => session.keep(tokens),
    alone: tabTurns(values),
    close: async () => {
      leave();
      await store.close();
    },
  };
}

interface Renewed {
  tokens: Tokens | undefined;
  /** Which renewal they are of; `values` has which was the last of all tabs. */
  renewal: unknown;
}

class TabSession {
  #own: Renewed = { tokens: undefined, renewal: undefined };
  readonly #channel = new BroadcastChannel("parley-session");

  constructor(private readonly values: TabValues) {
    this.#channel.onmessage = ({ data }: { data: Renewed }) => (this.#own = data);
  }

  /** What another tab has renewed may still be under way to this one. */
  async newest(): Promise<Tokens | undefined> {
    const last = await this.values.change("renewal", (same) => same).catch(() => this.#own.renewal);
    const late = performance.now() + underWay;
    while (this.#own.tokens && this.#own.renewal !== last && performance.now() < late) await pause(10);
    // What has not come by now was lost with its tab.
    this.#own = { tokens: this.#own.tokens, renewal: last };
    return this.#own.tokens;
  }

  async keep(tokens: Tokens | undefined): Promise<void> {
    const renewal = randomId();
    this.#own = { tokens, renewal };
    this.#channel.postMessage(this.#own);
    await this.values.change("renewal", () => renewal).catch(() => {});
  }

  close(): void {
    this.#channel.close();
  }
}
