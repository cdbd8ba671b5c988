/** At least so many events are kept, once there have been that many. */
const kept = 1000;

/** A cache of the newest events of the journal, so that followers that are up to date need no query. */
export class Recent<Row extends { pos: number; type: string }> {
  readonly #rows: Row[] = [];

  /** Every event after the position `start` has to be given to `add`, in order. */
  constructor(private start: number) {}

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#rows.length < 2 * kept) return;
    for (const { pos } of this.#rows.splice(0, kept)) this.start = pos;
  }

  remove(pos: number): void {
    const index = pos > this.start ? this.#rows.findLastIndex((row) => row.pos === pos) : -1;
    if (index >= 0) this.#rows.splice(index, 1);
  }

  /**
   * Events of `types` after `after`, in order, at most `limit`; undefined when the cache does not reach back so far.
   */
  of(types: readonly string[], after: number, limit: number): Row[] | undefined {
    if (after < this.start) return undefined;
    const first = this.#rows.findLastIndex((row) => row.pos <= after) + 1;
    const found: Row[] = [];
    for (const row of this.#rows.slice(first)) {
      if (types.includes(row.type) && found.push(row) === limit) break;
    }
    return found;
  }
}
