/** High-water marks: up to and including which message, by chat. */
export type Watermarks = Map<number, number>;

interface Asked {
  /** The ping's payload. */
  payload: string;
  proves: Watermarks;
}

const everyMilliseconds = 1000;
/** RFC 6455, 5.5.3: of several pings only the last one has to be answered, and the runtime sends some, too. */
const patienceMilliseconds = 10_000;

/**
 * What one socket has been sent and has not yet proved to have received. A ping keeps its order among frames, so the
 * pong that brings back its payload proves everything that was sent before it.
 */
export class Proving {
  #sent: Watermarks = new Map();
  #asked: Asked | undefined;
  #askedAt = -Infinity;
  #pings = 0;

  sent(chatId: number, messageId: number): void {
    raise(this.#sent, chatId, messageId);
  }

  /** The payload of a ping that is due at `now`, in milliseconds: one a second at most, and the next after the pong. */
  ask(now: number): string | undefined {
    const patience = this.#asked ? patienceMilliseconds : everyMilliseconds;
    if (now - this.#askedAt < patience || (this.#sent.size === 0 && !this.#asked)) return undefined;
    for (const [chatId, messageId] of this.#asked?.proves ?? []) raise(this.#sent, chatId, messageId);
    this.#asked = { payload: String(++this.#pings), proves: this.#sent };
    this.#askedAt = now;
    this.#sent = new Map();
    return this.#asked.payload;
  }

  /** When the next ping is due, if that is not for the pong of the last one to decide. */
  get dueAt(): number | undefined {
    return this.#asked || this.#sent.size === 0 ? undefined : this.#askedAt + everyMilliseconds;
  }

  /** What a pong proves: nothing, unless it answers the last ping. */
  answered(payload: string): Watermarks | undefined {
    if (payload !== this.#asked?.payload) return undefined;
    const { proves } = this.#asked;
    this.#asked = undefined;
    return proves;
  }
}

function raise(marks: Watermarks, chatId: number, messageId: number): void {
  marks.set(chatId, Math.max(messageId, marks.get(chatId) ?? 0));
}
