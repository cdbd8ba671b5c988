/** How fast a large chat is told of things: one message into it is a frame for each of its members. */
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { FairBudget, type Waiting } from "../../core/fair-budget.ts";
import type { Database } from "../../platform/db/database.ts";
import { sizeOf } from "./markers.ts";
import { isMember } from "./membership.ts";

export interface PaceDeps {
  db: Database;
  clock: Clock;
  /** A chat with no more members than this waits for nothing. */
  largeChat: number;
  /** Of one chat: what it is told, times its members. */
  deliveriesPerSecond: number;
  /** What one person may have waiting for one chat. */
  waitingPerPerson: number;
}

/**
 * Waits until a chat may be told of as many more things as somebody is about to do there. Where several people wait,
 * each has one turn after another. Errors: `rate_limited` for whoever has too much waiting there.
 */
export type Pace = (chatId: number, userId: number, events?: number) => Promise<void>;

export const unlimitedPace: Pace = async () => {};

/** What is unused adds up to so many seconds' worth. */
const burstSeconds = 5;
/** A chat that is small is not looked at again for so long; it grows only so fast. */
const smallMilliseconds = 10_000;
const mostRemembered = 100_000;

export function createPace({ db, clock, largeChat, deliveriesPerSecond, waitingPerPerson }: PaceDeps): Pace {
  const burst = deliveriesPerSecond * burstSeconds;
  const budget = new FairBudget({ burst, perSecond: deliveriesPerSecond }, clock);
  /** Until when a chat counts as small. */
  const small = new Map<number, number>();
  const lines = new Map<string, Line>();

  /** How many members a large chat has; 0 for others, and for those that the user is not in. */
  async function membersOf(chatId: number, userId: number): Promise<number> {
    const now = clock.monotonic();
    if (now < (small.get(chatId) ?? 0)) return 0;
    const memberCount = await db.read(async (read) =>
      (await isMember(read, chatId, userId)) ? (await sizeOf(read, chatId)).memberCount : undefined,
    );
    if (memberCount === undefined) return 0;
    if (memberCount > largeChat) return memberCount;
    if (small.size >= mostRemembered) small.clear();
    small.set(chatId, now + smallMilliseconds);
    return 0;
  }

  return async (chatId, userId, events = 1) => {
    const members = await membersOf(chatId, userId);
    if (members === 0) return;
    const key = `${chatId} ${userId}`;
    const line = lines.get(key) ?? new Line(budget, chatId, () => lines.delete(key));
    lines.set(key, line);
    if (line.length >= waitingPerPerson) {
      throw new ChatError("rate_limited", "This chat is large; it takes only so much at once.", {
        retryAfter: 1,
      });
    }
    await line.wait(Math.min(burst, members * events));
  };
}

/** What one person has waiting for one chat. */
class Line implements Waiting {
  readonly #waiting: { cost: number; goOn: () => void }[] = [];

  constructor(
    private readonly budget: FairBudget,
    private readonly chatId: number,
    private readonly ended: () => void,
  ) {}

  get length(): number {
    return this.#waiting.length;
  }

  async wait(cost: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ cost, goOn: resolve });
    if (this.#waiting.length === 1) this.#serve();
    await promise;
  }

  goOn(): void {
    this.#waiting.shift()!.goOn();
    this.#serve();
  }

  #serve(): void {
    for (let next; (next = this.#waiting[0]) && this.budget.take(this.chatId, this, next.cost);) {
      this.#waiting.shift()!.goOn();
    }
    if (this.#waiting.length === 0) this.ended();
  }
}
