/**
 * A table is queried for one range of ids at a time, because SQLite cannot be interrupted while it finds no candidate.
 * A message that has some of the tokens, but not all, takes 0.1 µs a token; each query takes a millisecond or two. So
 * most indexes are one range, and ranges get smaller where the first took long.
 */
const firstIds = 1_048_576;
const mostIds = 4_194_304;
/** With more of them the ranges are smaller. */
const fewTokens = 4;
/** How long the table may take until it finds something. */
const silentMilliseconds = 8;
/** What each chat adds to the start of a query. */
const millisecondsPerChat = 0.15;
const mostChange = 16;

/** The size of these ranges, which adapts to how long the last one took. */
export class Window {
  readonly #most: number;
  readonly #silence: number;
  #ids: number;

  /** `tokens` have all to be there, of the chats one. */
  constructor(tokens: number, chats = 0) {
    const share = Math.min(1, fewTokens / tokens);
    this.#most = mostIds * share;
    this.#ids = firstIds * share;
    this.#silence = silentMilliseconds + chats * millisecondsPerChat;
  }

  get ids(): number {
    return Math.ceil(this.#ids);
  }

  /** After so long, in which so many rows were found. */
  adapt(milliseconds: number, rows: number): void {
    const change = (this.#silence * (rows + 1)) / milliseconds;
    this.#ids *= Math.min(mostChange, Math.max(1 / mostChange, change));
    this.#ids = Math.min(this.#ids, this.#most);
  }
}
