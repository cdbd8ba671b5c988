/** How many people somebody may put into chats: each hears of it, and nobody has asked them. */
import { ChatError, invalid } from "../../../core/errors.ts";
import type { Spending } from "../../../core/spending.ts";
import { rateOf, TokenBuckets } from "../../../core/token-bucket.ts";

/** Called last of all that may refuse. */
export interface MembershipLimits {
  /**
   * Somebody puts so many others into a chat; `field` names them. Errors: `rate_limited`, and `validation` where they are
   * more than may be put there at once.
   */
  join(spending: Spending, by: number, others: number, field: string): void;
  /** Somebody is put into a group, whoever does it. Errors: `rate_limited`. */
  joinAgain(spending: Spending, chatId: number, userId: number): void;
}

interface MembershipRates {
  membershipsPerHour: number;
  sameMembershipPerDay: number;
}

const hour = 3600;
const day = 24 * hour;

export function createMembershipLimits(
  monotonic: () => number,
  { membershipsPerHour, sameMembershipPerDay }: MembershipRates,
): MembershipLimits {
  const memberships = new TokenBuckets(rateOf(membershipsPerHour, hour), monotonic);
  const same = new TokenBuckets(rateOf(sameMembershipPerDay, day), monotonic);
  return {
    join(spending, by, others, field) {
      const most = `${membershipsPerHour} people to chats in an hour`;
      if (others > membershipsPerHour) throw invalid(field, `names ${others} people; you may add ${most}`);
      const retryAfter = spending.take(memberships, by, others);
      if (retryAfter > 0) throw new ChatError("rate_limited", `You may add ${most}.`, { retryAfter });
    },
    joinAgain(spending, chatId, userId) {
      const retryAfter = spending.take(same, `${chatId} ${userId}`);
      if (retryAfter === 0) return;
      const detail = `The same person can be added to a chat at most ${sameMembershipPerDay} times a day.`;
      throw new ChatError("rate_limited", detail, { retryAfter });
    },
  };
}

export const noMembershipLimits: MembershipLimits = { join() {}, joinAgain() {} };
