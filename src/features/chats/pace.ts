/** How fast a large chat is told of things: one message into it is a frame for each of its members. */
import type { Clock } from "../../core/clock.ts";
import { ChatError } from "../../core/errors.ts";
import { FairBudget, type Waiting } from "../../core/fair-budget.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import { sizeOf } from "./markers.ts";
import { type Standing, standingIn } from "./membership.ts";

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

/** What somebody is about to do in a chat. */
export interface Step {
  /** How many things the chat is told by it; one, unless said otherwise. */
  events?: number;
  /** Whether it comes to anything: what tells nobody anything waits for nothing. Errors are left to the verb. */
  isDue?(read: Read, standing: Standing): Promise<boolean> | boolean;
}

export interface Pace {
  /**
   * Waits until a large chat may be told of what somebody is about to do there. Where several people wait, each has one
   * turn after another. Undefined where nobody waits, which is said without a turn of anything: each message comes by
   * here. Errors: `rate_limited` for whoever has too much waiting there, `stopping`.
   */
  wait(chatId: number, userId: number, step?: Step): Promise<void> | undefined;
  /** Nobody waits any more. */
  close(): void;
}

export const unlimitedPace: Pace = { wait: () => undefined, close() {} };

/** What is unused adds up to so many seconds' worth. */
const burstSeconds = 5;
/** A chat that is small is not looked at again for so long; it grows only so fast. */
const smallMilliseconds = 10_000;
const mostRemembered = 100_000;
const retryAfter = 1;

export function createPace({ db, clock, largeChat, deliveriesPerSecond, waitingPerPerson }: PaceDeps): Pace {
  const burst = deliveriesPerSecond * burstSeconds;
  const budget = new FairBudget({ burst, perSecond: deliveriesPerSecond }, clock);
  /** Until when a chat counts as small. */
  const small = new Map<number, number>();
  const queues = new Map<string, Queue>();

  /** How many frames a step costs: none in a small chat, nor where the verb will refuse it. */
  async function costOf(chatId: number, userId: number, { events = 1, isDue }: Step): Promise<number> {
    const members = await db.read(async (read) => {
      const standing = await standingIn(read, chatId, userId);
      if (!standing) return 0;
      const { memberCount } = await sizeOf(read, chatId);
      if (memberCount <= largeChat) return undefined;
      return (await (isDue?.(read, standing) ?? true)) ? memberCount : 0;
    });
    if (members !== undefined) return Math.min(burst, members * events);
    if (small.size >= mostRemembered) small.clear();
    small.set(chatId, clock.monotonic() + smallMilliseconds);
    return 0;
  }

  async function wait(chatId: number, userId: number, step: Step): Promise<void> {
    const cost = await costOf(chatId, userId, step);
    if (cost === 0) return;
    const key = `${chatId} ${userId}`;
    const queue = queues.get(key) ?? new Queue(budget, chatId, () => queues.delete(key));
    queues.set(key, queue);
    if (queue.length >= waitingPerPerson) {
      const detail = "This chat is large, and takes only so much at once.";
      throw new ChatError("rate_limited", detail, { retryAfter });
    }
    await queue.wait(cost);
  }

  return {
    wait(chatId, userId, step = {}) {
      const isSmall = clock.monotonic() < (small.get(chatId) ?? 0);
      return isSmall ? undefined : wait(chatId, userId, step);
    },
    close() {
      for (const one of queues.values()) one.close();
    },
  };
}

interface Turn {
  cost: number;
  goOn(): void;
  giveUp(error: ChatError): void;
}

/** What one person has waiting for one chat. */
class Queue implements Waiting {
  #waiting: Turn[] = [];

  constructor(
    private readonly budget: FairBudget,
    private readonly chatId: number,
    private readonly ended: () => void,
  ) {}

  get length(): number {
    return this.#waiting.length;
  }

  async wait(cost: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting.push({ cost, goOn: resolve, giveUp: reject });
    if (this.#waiting.length === 1) this.#serve();
    await promise;
  }

  goOn(): void {
    this.#waiting.shift()!.goOn();
    this.#serve();
  }

  close(): void {
    this.budget.leave(this.chatId, this);
    const error = new ChatError("stopping", undefined, { retryAfter });
    for (const one of this.#waiting.splice(0)) one.giveUp(error);
  }

  #serve(): void {
    for (let next; (next = this.#waiting[0]) && this.budget.take(this.chatId, this, next.cost);) {
      this.#waiting.shift()!.goOn();
    }
    if (this.#waiting.length === 0) this.ended();
  }
}
