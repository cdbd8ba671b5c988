/**
 * A table is asked for the messages of a range of ids at a time: while it finds none that may match, it cannot be
 * stopped. For each message that has some of the tokens, but not all, that takes 0.1 µs a token; to begin anew takes a
 * millisecond or two. So there is one range in most indexes, and smaller ones where the first took long.
 */
const firstIds = 1_048_576;
const mostIds = 4_194_304;
/** With more of them the ranges are smaller. */
const fewTokens = 4;
/** What the table may take until it finds something. */
const silentMilliseconds = 8;
/** What it takes to begin, for each chat that it is asked for. */
const millisecondsPerChat = 0.15;
const mostChange = 16;

/** How many ids a table is asked for at a time. */
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
