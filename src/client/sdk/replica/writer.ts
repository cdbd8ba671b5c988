import { ParleyError } from "../errors.ts";
import { type Move, type Store, StoreMoved } from "../store/store.ts";
import type { Change } from "./rows.ts";

interface Batch {
  changes: Change[];
  move: Move | undefined;
  stored: Promise<void>;
  /** `stored` settles as this does. */
  settle(storing: Promise<void>): void;
}

/** Stores changes in their order, one transaction at a time; what comes meanwhile shares the next one. */
export class Writer {
  #next: Batch | undefined;
  #running: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  constructor(
    private readonly store: Store,
    private readonly lost: (error: unknown) => void,
  ) {}

  /**
   * Resolves when it is stored; also where the store has failed, and all goes on in memory. Error: `store_moved` where it is another
   * program's by now.
   */
  async write(changes: readonly Change[], move?: Move): Promise<void> {
    if (this.#failure) return requireOwn(this.#failure.error);
    if (changes.length === 0 && !move) return;
    this.#next ??= newBatch();
    this.#next.changes.push(...changes);
    if (move) this.#next.move = { from: (this.#next.move ?? move).from, to: move.to };
    const { stored } = this.#next;
    this.#running ??= this.#run();
    await stored;
  }

  async settled(): Promise<void> {
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let batch = this.#take(); batch; batch = this.#take()) {
      batch.settle(this.#store(batch));
      await batch.stored.catch(() => {});
    }
    this.#running = undefined;
  }

  async #store({ changes, move }: Batch): Promise<void> {
    // What came while a write failed has nothing to go on from.
    if (this.#failure) return requireOwn(this.#failure.error);
    try {
      await this.store.write(changes, move);
    } catch (error) {
      this.#failure = { error };
      this.lost(error);
      requireOwn(error);
    }
  }

  #take(): Batch | undefined {
    const batch = this.#next;
    this.#next = undefined;
    return batch;
  }
}

function newBatch(): Batch {
  let settle: Batch["settle"] = () => {};
  const stored = new Promise<void>((resolve) => (settle = resolve));
  return { changes: [], move: undefined, stored, settle };
}

function requireOwn(error: unknown): void {
  if (error instanceof StoreMoved) throw storeMoved();
}

export function storeMoved(): ParleyError {
  return new ParleyError("store_moved", "Another program goes on with what is kept here.");
}
