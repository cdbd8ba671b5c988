import type { ChatError } from "./errors.ts";
import type { TokenBuckets } from "./token-bucket.ts";

/** What one verb has taken from budgets, so that it can be given back. */
export class Spending {
  /** Undefined until something is taken: most verbs take nothing. */
  #taken: (() => void)[] | undefined;

  /**
   * Takes `count` tokens and returns 0; where there are fewer it takes none and returns the seconds until there are
   * enough.
   */
  take(buckets: TokenBuckets, key: string | number, count = 1): number {
    const retryAfter = buckets.take(key, count);
    if (retryAfter === 0) this.#took(buckets, key, count);
    return retryAfter;
  }

  /** Takes one token; where there is none, returns the refusal (`rate_limited`). */
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
 * Runs `verb` in a transaction. What it took from budgets is given back when it fails, and before the transaction is
 * run again, which may happen.
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
