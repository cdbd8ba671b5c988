import { ChatError } from "../../../core/errors.ts";
import type { Spending } from "../../../core/spending.ts";
import { rateOf, TokenBuckets } from "../../../core/token-bucket.ts";

export interface CallLimits {
  mentionsAllPerHour: number;
  /** In chats with no more members nothing is counted. */
  mentionsAllFreeMembers: number;
}

/** How often all members of a chat may be called: each time is a notification for everybody there. */
export class CallBudget {
  readonly #buckets: TokenBuckets;

  constructor(
    private readonly limits: CallLimits,
    monotonic: () => number,
  ) {
    this.#buckets = new TokenBuckets(rateOf(limits.mentionsAllPerHour, 3600), monotonic);
  }

  /** A chat of so many members is called. To be called last, when nothing else can refuse. Errors: `rate_limited`. */
  take(spending: Spending, chatId: number, members: number): void {
    if (members <= this.limits.mentionsAllFreeMembers) return;
    const retryAfter = spending.take(this.#buckets, chatId);
    if (retryAfter > 0) throw refusal(this.limits.mentionsAllPerHour, retryAfter);
  }
}

/** It names the content, because other messages may go on. */
function refusal(perHour: number, retryAfter: number): ChatError {
  const message = `mentions everybody, which was done ${perHour} times within an hour here`;
  const detail = `@all was used ${perHour} times in this chat within an hour. Leave it out, or wait for ${waiting(retryAfter)}.`;
  return new ChatError("rate_limited", detail, { retryAfter, errors: [{ path: "content", message }] });
}

function waiting(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}

/** For load tests. */
export const noCallBudget: Pick<CallBudget, "take"> = { take() {} };
