/** Rate limit of large chats: one message into such a chat is a frame for each of its members. */
import { ChatError } from "../../core/errors.ts";
import { FairBudget, type Waiting } from "../../core/fair-budget.ts";
import { type Kit, perKit } from "../../kit.ts";
import type { Read } from "../../platform/db/database.ts";
import { findSize } from "./groups/store.ts";
import { type Standing, standingIn } from "./members/membership.ts";

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
   * turn after another. Undefined where nobody waits, which is said without a turn of the event loop: each message
   * comes by here. Errors: `rate_limited` for whoever has too much waiting there, `stopping`.
   */
  wait(chatId: number, userId: number, step?: Step): Promise<void> | undefined;
}

const unlimited: Pace = { wait: () => undefined };

/** How fast chats are told of things on this server. */
export const pace = perKit((kit: Kit): Pace =>
  kit.settings.rateLimits === "on" ? new LargeChatPace(kit) : unlimited,
);

/** What is unused adds up to so many seconds' worth. */
const burstSeconds = 5;
/** A chat that is small is not looked at again for so long; it grows only so fast. */
const smallMilliseconds = 10_000;
const mostRemembered = 100_000;
const retryAfter = 1;

class LargeChatPace implements Pace {
  readonly #burst: number;
  readonly #budget: FairBudget;
  /** Until when a chat counts as small. */
  readonly #small = new Map<number, number>();
  readonly #queues = new Map<string, Queue>();
  /** What one person may have waiting for one chat. */
  readonly #mostWaiting: number;

  constructor(private readonly kit: Kit) {
    const { largeChatDeliveriesPerSecond: perSecond, socketsPerUser, pipelinedSends } = kit.settings;
    this.#burst = perSecond * burstSeconds;
    this.#budget = new FairBudget({ burst: this.#burst, perSecond }, kit.clock);
    this.#mostWaiting = socketsPerUser * pipelinedSends;
    kit.closing.addEventListener("abort", () => {
      for (const one of this.#queues.values()) one.close();
    });
  }

  wait(chatId: number, userId: number, step: Step = {}): Promise<void> | undefined {
    const isSmall = this.kit.clock.monotonic() < (this.#small.get(chatId) ?? 0);
    return isSmall ? undefined : this.#wait(chatId, userId, step);
  }

  async #wait(chatId: number, userId: number, step: Step): Promise<void> {
    const cost = await this.#costOf(chatId, userId, step);
    if (cost === 0) return;
    if (this.kit.closing.aborted) throw stopping();
    const key = `${chatId} ${userId}`;
    const queue = this.#queues.get(key) ?? new Queue(this.#budget, chatId, () => this.#queues.delete(key));
    this.#queues.set(key, queue);
    if (queue.length >= this.#mostWaiting) {
      const detail = "This chat is large: too many of your messages wait to be delivered there.";
      throw new ChatError("rate_limited", detail, { retryAfter });
    }
    await queue.wait(cost);
  }

  /** How many frames a step costs: none in a small chat, nor where the verb will refuse it. */
  async #costOf(chatId: number, userId: number, { events = 1, isDue }: Step): Promise<number> {
    const members = await this.kit.db.read(async (read) => {
      const standing = await standingIn(read, chatId, userId);
      if (!standing) return 0;
      const { memberCount } = await findSize(read, chatId);
      if (memberCount <= this.kit.settings.largeChatMembers) return undefined;
      return (await (isDue?.(read, standing) ?? true)) ? memberCount : 0;
    });
    if (members !== undefined) return Math.min(this.#burst, members * events);
    if (this.#small.size >= mostRemembered) this.#small.clear();
    this.#small.set(chatId, this.kit.clock.monotonic() + smallMilliseconds);
    return 0;
  }
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
    this.#waiting.shift()?.goOn();
    this.#serve();
  }

  close(): void {
    this.budget.leave(this.chatId, this);
    for (const one of this.#waiting.splice(0)) one.giveUp(stopping());
  }

  #serve(): void {
    for (let next; (next = this.#waiting[0]) && this.budget.take(this.chatId, this, next.cost);) {
      this.#waiting.shift();
      next.goOn();
    }
    if (this.#waiting.length === 0) this.ended();
  }
}

function stopping(): ChatError {
  return new ChatError("stopping", undefined, { retryAfter });
}
