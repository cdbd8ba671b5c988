import type { Change } from "../replica/rows.ts";
import {
  holdsAtMost,
  type Kept,
  type KeptRow,
  type Move,
  type Store,
  StoreMoved,
  type Tokens,
} from "./store.ts";

/**
 * A store that keeps everything as long as the program runs. `close` empties nothing: the next `connect` goes on with it.
 *
 * @example
 * const store = memoryStore();
 * const other = await connect(server, { username: "alice", password }, { store });
 * await other.close();
 */
export function memoryStore(): Store {
  return new MemoryStore();
}

export class MemoryStore implements Store {
  #cursor: string | undefined;
  readonly #rows = new Map<string, KeptRow>();
  readonly #files = new Map<string, Blob>();
  #tokens: Tokens | undefined;
  #secret: string | undefined;
  #turn: Promise<void> = Promise.resolve();

  /** Who does not give up its turn is passed over after `patience` milliseconds. */
  constructor(private readonly patience: number = holdsAtMost) {}

  async read(): Promise<Kept> {
    return { cursor: this.#cursor, rows: [...this.#rows.values()] };
  }

  async write(changes: readonly Change[], move?: Move): Promise<void> {
    if (move && move.from !== this.#cursor) throw new StoreMoved();
    for (const { kind, at, value } of changes) {
      const key = `${kind} ${at.join(" ")}`;
      if (value === undefined) this.#rows.delete(key);
      else this.#rows.set(key, { kind, at, value });
    }
    if (move) this.#cursor = move.to;
  }

  async tokens(): Promise<Tokens | undefined> {
    return this.#tokens;
  }

  async keepTokens(tokens: Tokens | undefined): Promise<void> {
    this.#tokens = tokens;
  }

  async secret(): Promise<string | undefined> {
    return this.#secret;
  }

  async keepSecret(text: string | undefined): Promise<void> {
    this.#secret = text;
  }

  async alone<T>(run: () => Promise<T>): Promise<T> {
    const before = this.#turn;
    let over = () => {};
    this.#turn = new Promise((resolve) => (over = resolve));
    await before;
    const late = setTimeout(over, this.patience);
    try {
      return await run();
    } finally {
      clearTimeout(late);
      over();
    }
  }

  async keepFile(id: string, file: Blob): Promise<void> {
    this.#files.set(id, file);
  }

  async file(id: string): Promise<Blob | undefined> {
    return this.#files.get(id);
  }

  async dropFile(id: string): Promise<void> {
    this.#files.delete(id);
  }

  async close(): Promise<void> {}
}
