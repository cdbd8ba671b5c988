import type { ChatError } from "./errors.ts";
import type { TokenBuckets } from "./token-bucket.ts";

/** What one verb takes from budgets. */
export class Spending {
  /** Undefined until something is taken: most verbs take nothing. */
  #taken: (() => void)[] | undefined;

  /** Takes `count` tokens; answers 0, or the seconds until there are so many, and takes none then. */
  take(buckets: TokenBuckets, key: string | number, count = 1): number {
    const retryAfter = buckets.take(key, count);
    if (retryAfter === 0) this.#took(buckets, key, count);
    return retryAfter;
  }

  /** Takes one token; what to refuse with when there was none: `rate_limited`. */
  refusal(buckets: TokenBuckets, key: string | number): ChatError | undefined {
    const refused = buckets.refusal(key);
    if (!refused) this.#took(buckets, key, 1);
    return refused;
  }

  giveBack(): void {
    for (const one of this.#taken ?? []) one();
    this.#taken = undefined;
  }

  #took(buckets: TokenBuckets, key: string | number, count: number): void {
    (this.#taken ??= []).push(() => buckets.giveBack(key, count));
  }
}

interface Transacting<Tx> {
  transact<T>(run: (tx: Tx) => Promise<T>): Promise<T>;
}

/**
 * Does `verb` in a transaction. What it takes from budgets is given back when it fails, and when the transaction, which
 * may happen, is run once more.
 */
export async function spendIn<Tx, T>(
  db: Transacting<Tx>,
  verb: (tx: Tx, spending: Spending) => Promise<T>,
): Promise<T> {
  const spending = new Spending();
  try {
    return await db.transact((tx) => {
      spending.giveBack();
      return verb(tx, spending);
    });
  } catch (error) {
    spending.giveBack();
    throw error;
  }
}
