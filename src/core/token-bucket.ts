import { ChatError } from "./errors.ts";
import { keepNewest } from "./newest.ts";

interface Bucket {
  tokens: number;
  at: number;
}

/** How often something may be done: `burst` at once, then `perSecond`. */
export interface Rate {
  burst: number;
  perSecond: number;
}

/** So many within so many seconds, also all at once. */
export function rateOf(most: number, seconds: number): Rate {
  return { burst: most, perSecond: most / seconds };
}

/**
 * Token buckets: a budget per key (an address, a user), in memory. At most `maxKeys` are kept; beyond that the least
 * recently used one is dropped, so a flood of new keys costs bounded memory.
 */
export class TokenBuckets {
  readonly #buckets = new Map<string | number, Bucket>();

  constructor(
    private readonly rate: Rate,
    private readonly monotonic: () => number,
    private readonly maxKeys = 100_000,
  ) {}

  /**
   * Takes `count` tokens and returns 0; where there are fewer it takes none and returns the seconds until there are
   * enough.
   */
  take(key: string | number, count = 1): number {
    return Math.ceil(this.takeOrWait(key, count) / 1000);
  }

  /** The same in milliseconds, rounded up. */
  takeOrWait(key: string | number, count = 1): number {
    const bucket = this.#use(key);
    if (bucket.tokens < count) return this.#until(count - bucket.tokens);
    bucket.tokens -= count;
    return 0;
  }

  /** Takes `count` tokens even if there are fewer. Returns the milliseconds until none is owed. */
  owe(key: string | number, count: number): number {
    const bucket = this.#use(key);
    bucket.tokens -= count;
    return this.#until(-bucket.tokens);
  }

  #until(tokens: number): number {
    return Math.max(0, Math.ceil((tokens / this.rate.perSecond) * 1000));
  }

  /** The bucket, filled up to now and marked as the most recently used one. */
  #use(key: string | number): Bucket {
    const now = this.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: this.rate.burst, at: now };
    bucket.tokens = this.#tokensIn(bucket, now);
    bucket.at = now;
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    keepNewest(this.#buckets, this.maxKeys);
    return bucket;
  }

  /** Takes one token; where there is none, returns the refusal (`rate_limited`). */
  refusal(key: string | number): ChatError | undefined {
    const retryAfter = this.take(key);
    return retryAfter > 0 ? new ChatError("rate_limited", undefined, { retryAfter }) : undefined;
  }

  /** Whether there is no token to take now. */
  isEmpty(key: string | number): boolean {
    const bucket = this.#buckets.get(key);
    return bucket !== undefined && this.#tokensIn(bucket, this.monotonic()) < 1;
  }

  #tokensIn({ tokens, at }: Bucket, now: number): number {
    return Math.min(this.rate.burst, tokens + ((now - at) / 1000) * this.rate.perSecond);
  }

  /** Gives back what `take` took. */
  giveBack(key: string | number, count = 1): void {
    const bucket = this.#buckets.get(key);
    if (bucket) bucket.tokens = Math.min(this.rate.burst, bucket.tokens + count);
  }

  /** Gives a key its full budget back. */
  refill(key: string | number): void {
    this.#buckets.delete(key);
  }
}
