/** Those who wait for a file that is just being looked at. */
import { Bell } from "../../core/bell.ts";
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";

/** Who waits, and for what. */
export interface Waiting {
  userId: number;
  sessionId: number;
  messageId: number;
}

export interface WaitLimits {
  /** How long a request waits at most; with 0 nobody does. */
  milliseconds: number;
  /** Requests of one person that may wait at a time. */
  perUser: number;
}

/** In this time most files have been looked at. */
const retrySeconds = 1;

export function notReady(detail?: string): ChatError {
  return new ChatError("media_not_ready", detail, { retryAfter: retrySeconds });
}

function tooMany(perUser: number): ChatError {
  return notReady(`You are waiting for ${perUser === 1 ? "1 file" : `${perUser} files`} already.`);
}

interface Waiter {
  about: Waiting;
  bell: Bell;
  /** Does not go on after the next look. */
  isOver: boolean;
}

/** Requests that wait until something has happened to what they ask for, in this process. */
export class Waits {
  readonly #all = new Set<Waiter>();
  #isClosed = false;

  constructor(
    private readonly clock: Clock,
    private readonly limits: WaitLimits,
  ) {}

  /**
   * What `look` finds once `isReady` says so, looking again each time that something has happened; or what it finds when
   * the time is up, `gone` is aborted or the server stops. Errors: those of `look`, and `media_not_ready` for somebody
   * who waits for enough already.
   */
  async until<T>(
    about: Waiting,
    gone: AbortSignal,
    look: () => Promise<T>,
    isReady: (found: T) => boolean,
  ): Promise<T> {
    const { milliseconds, perUser } = this.limits;
    if (this.#isClosed || milliseconds === 0) return look();
    if (this.#of(about.userId) >= perUser) throw tooMany(perUser);
    const waiter = { about, bell: new Bell(), isOver: gone.aborted };
    this.#all.add(waiter);
    const end = () => endWaiting(waiter);
    const cancel = this.clock.after(milliseconds, end);
    gone.addEventListener("abort", end);
    try {
      for (;;) {
        // Before looking, so that none is missed.
        const news = waiter.bell.next();
        const found = await look();
        if (isReady(found) || waiter.isOver) return found;
        await news;
      }
    } finally {
      gone.removeEventListener("abort", end);
      cancel();
      this.#all.delete(waiter);
    }
  }

  #of(userId: number): number {
    let count = 0;
    for (const { about } of this.#all) if (about.userId === userId) count += 1;
    return count;
  }

  /** Something has happened to all that this is about: a message has changed, or what somebody may see. */
  happened(to: Partial<Waiting>): void {
    const facts = Object.entries(to) as [keyof Waiting, number][];
    for (const { about, bell } of this.#all) {
      if (facts.every(([key, id]) => about[key] === id)) bell.ring();
    }
  }

  /** From here on nobody waits. */
  close(): void {
    this.#isClosed = true;
    for (const waiter of this.#all) endWaiting(waiter);
  }
}

function endWaiting(waiter: Waiter): void {
  waiter.isOver = true;
  waiter.bell.ring();
}
