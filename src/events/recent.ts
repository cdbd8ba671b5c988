/** At least so many events are kept, once there have been as many. */
const kept = 1000;

/** The newest events of the journal, in memory: who follows closely asks no database for them. */
export class Recent<Row extends { pos: number; type: string }> {
  readonly #rows: Row[] = [];

  /** All events after the position `start` are given to `add`, in order. */
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

  /** Those of `types` after `after`, in order, at most `limit`; undefined when it does not reach so far back. */
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
