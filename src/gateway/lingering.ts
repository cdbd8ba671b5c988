/** How long the runtime keeps what a closed socket has not read, and the goodbye behind it. */
const lingerMilliseconds = 10_000;

/** The memory of sockets that are closed and have not read what they were sent. */
export class Lingering {
  readonly #left: { bytes: number; until: number }[] = [];
  #bytes = 0;

  constructor(
    private readonly most: number,
    private readonly monotonic: () => number,
  ) {}

  /** Whether a socket may be closed with so much unread; otherwise it is cut, without a goodbye. */
  mayLinger(bytes: number): boolean {
    if (bytes === 0) return true;
    const now = this.monotonic();
    while (this.#left[0] && this.#left[0].until <= now) this.#bytes -= this.#left.shift()!.bytes;
    if (this.#bytes + bytes > this.most) return false;
    this.#bytes += bytes;
    this.#left.push({ bytes, until: now + lingerMilliseconds });
    return true;
  }
}
