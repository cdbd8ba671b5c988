import type { RsaKey } from "./slow-crypto.ts";

/**
 * Keys that are made ahead, in memory alone, so that not everybody waits for theirs. None is made until the first one is asked for: a
 * server whose people make their own never needs any.
 */
export class RsaPool {
  readonly #ready: RsaKey[] = [];
  #isFilling = false;
  #isClosed = false;

  constructor(
    private readonly make: () => Promise<RsaKey>,
    /** How many are kept ready. */
    private readonly size: number,
  ) {}

  /** One that is ready, else one that is made now. */
  async take(): Promise<RsaKey> {
    const key = this.#ready.shift() ?? (await this.make());
    void this.#fill();
    return key;
  }

  /** One that is being made is not waited for. */
  close(): void {
    this.#isClosed = true;
    this.#ready.length = 0;
  }

  /** One at a time: they need a processor, which those who wait for something have first. */
  async #fill(): Promise<void> {
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      while (!this.#isClosed && this.#ready.length < this.size) {
        const key = await this.make();
        if (!this.#isClosed) this.#ready.push(key);
      }
    } catch {
      // Whoever asks next makes theirs, and hears why that fails.
    } finally {
      this.#isFilling = false;
    }
  }
}
