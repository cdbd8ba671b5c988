import type { TokenBuckets } from "./token-bucket.ts";

/** What one verb takes from budgets. */
export class Spending {
  /** Undefined until something is taken: most verbs take nothing. */
  #taken: (() => void)[] | undefined;

  /** Takes `count` tokens; answers 0, or the seconds until there are so many, and takes none then. */
  take(buckets: TokenBuckets, key: string | number, count = 1): number {
    const retryAfter = buckets.take(key, count);
    if (retryAfter === 0) (this.#taken ??= []).push(() => buckets.giveBack(key, count));
    return retryAfter;
  }

  giveBack(): void {
    for (const one of this.#taken ?? []) one();
    this.#taken = undefined;
  }
}

/**
 * Does `verb` in a transaction. What it takes from budgets is given back when it fails, and when the transaction, which
 * may happen, is run once more.
 */
export async function spendIn<Tx, T>(
  transact: (run: (tx: Tx) => Promise<T>) => Promise<T>,
  verb: (tx: Tx, spending: Spending) => Promise<T>,
): Promise<T> {
  const spending = new Spending();
  try {
    return await transact((tx) => {
      spending.giveBack();
      return verb(tx, spending);
    });
  } catch (error) {
    spending.giveBack();
    throw error;
  }
}
