/** How many people somebody may put into chats: each hears of it, and nobody has asked them. */
import { ChatError } from "../../core/errors.ts";
import { TokenBuckets } from "../../core/token-bucket.ts";

/** Errors: `rate_limited`. Called last of all that may refuse: what is counted happens. */
export interface MembershipLimits {
  /** Somebody puts so many others into a chat. */
  join(by: number, others: number): void;
  /** Somebody is put into a group, whoever does it. */
  joinAgain(chatId: number, userId: number): void;
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
  const buckets = (burst: number, seconds: number) =>
    new TokenBuckets({ burst, perSecond: burst / seconds }, monotonic);
  const memberships = buckets(membershipsPerHour, hour);
  const same = buckets(sameMembershipPerDay, day);
  return {
    join(by, others) {
      const retryAfter = memberships.take(by, others);
      if (retryAfter === 0) return;
      const detail = `You may put ${membershipsPerHour} people into chats each hour.`;
      throw new ChatError("rate_limited", detail, { retryAfter: Math.min(retryAfter, hour) });
    },
    joinAgain(chatId, userId) {
      const retryAfter = same.take(`${chatId} ${userId}`);
      if (retryAfter === 0) return;
      const detail = `The same person is put into a chat at most ${sameMembershipPerDay} times a day.`;
      throw new ChatError("rate_limited", detail, { retryAfter });
    },
  };
}

export const noMembershipLimits: MembershipLimits = { join() {}, joinAgain() {} };
