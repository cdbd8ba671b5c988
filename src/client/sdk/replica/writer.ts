import { type Move, type Store } from "../store/store.ts";
import type { Change } from "./rows.ts";

interface Batch {
  changes: Change[];
  move: Move | undefined;
  stored: Promise<void>;
  done(): void;
}

/** Stores changes in their order, one transaction at a time; what comes meanwhile shares the next one. */
export class Writer {
  #next: Batch | undefined;
  #running: Promise<void> | undefined;
  #isLost = false;

  constructor(
    private readonly store: Store,
    private readonly lost: (error: unknown) => void,
  ) {}

  /** Resolves when it is stored; also where the store has failed, and all goes on in memory. */
  write(changes: readonly Change[], move?: Move): Promise<void> {
    if (this.#isLost || (changes.length === 0 && !move)) return Promise.resolve();
    this.#next ??= newBatch();
    this.#next.changes.push(...changes);
    if (move) this.#next.move = { from: (this.#next.move ?? move).from, to: move.to };
    const { stored } = this.#next;
    this.#running ??= this.#run();
    return stored;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let batch = this.#take(); batch; batch = this.#take()) {
      // What came while a write failed has nothing to go on from.
      if (!this.#isLost) await this.#store(batch);
      batch.done();
    }
    this.#running = undefined;
  }

  async #store({ changes, move }: Batch): Promise<void> {
    try {
      await this.store.write(changes, move);
    } catch (error) {
      this.#isLost = true;
      this.lost(error);
    }
  }

  #take(): Batch | undefined {
    const batch = this.#next;
    this.#next = undefined;
    return batch;
  }
}

function newBatch(): Batch {
  let done = () => {};
  const stored = new Promise<void>((resolve) => (done = resolve));
  return { changes: [], move: undefined, stored, done };
}
