/** How long the runtime keeps the unread bytes of a closed socket, with the close frame behind them. */
const lingerMilliseconds = 10_000;

/**
 * The memory budget for lingering closes: sockets that are closed but have unread bytes. Those beyond it are terminated
 * without a close frame.
 */
export class LingerBudget {
  readonly #closed: { bytes: number; until: number }[] = [];
  #bytes = 0;

  constructor(
    private readonly most: number,
    private readonly monotonic: () => number,
  ) {}

  /** Whether a socket may be closed with so much unread. */
  take(bytes: number): boolean {
    if (bytes === 0) return true;
    const now = this.monotonic();
    this.#releaseUntil(now);
    if (this.#bytes + bytes > this.most) return false;
    this.#bytes += bytes;
    this.#closed.push({ bytes, until: now + lingerMilliseconds });
    return true;
  }

  /** The oldest come first. */
  #releaseUntil(now: number): void {
    for (let oldest = this.#closed[0]; oldest && oldest.until <= now; oldest = this.#closed[0]) {
      this.#bytes -= oldest.bytes;
      this.#closed.shift();
    }
  }
}
