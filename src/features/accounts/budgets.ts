import { rateOf, TokenBuckets } from "../../core/token-bucket.ts";
import type { Kit } from "../../kit.ts";

/** Rate limits against guessing and mass sign-up. */
export interface Budgets {
  registrations: { byAddress: TokenBuckets; byNetwork: TokenBuckets };
  /** Attempts to sign in. */
  logins: {
    /** For a name from an address. */
    byBoth: TokenBuckets;
    byAddress: TokenBuckets;
    byNetwork: TokenBuckets;
    byName: TokenBuckets;
  };
  /** Attempts beyond these, from where somebody has signed in before. */
  lateLogins: {
    byBoth: TokenBuckets;
    byAddress: TokenBuckets;
    /** For a name from an address, once the budget of this address is used up. */
    last: TokenBuckets;
  };
  confirmations: TokenBuckets;
  emailChanges: TokenBuckets;
  refreshes: TokenBuckets;
}

/** An address is that of an office or a family, a network that of many. */
const more = 10;
/** A program that goes on and on with one name leaves as many looks for all others at its address. */
const namesAtOnce = 2;

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

export function openBudgets({ clock, settings }: Kit): Budgets {
  const { registrationsPerHour, loginsPerMinute, emailChangesPerDay, requestsPerMinute } = settings;
  const budget = (most: number, seconds: number) =>
    new TokenBuckets(rateOf(most, seconds), () => clock.monotonic());
  return {
    registrations: {
      byAddress: budget(registrationsPerHour, hour),
      byNetwork: budget(registrationsPerHour * more, hour),
    },
    logins: {
      byBoth: budget(loginsPerMinute, minute),
      byAddress: budget(loginsPerMinute * more, minute),
      byNetwork: budget(loginsPerMinute * more * more, minute),
      byName: budget(loginsPerMinute * more, minute),
    },
    lateLogins: {
      byBoth: budget(loginsPerMinute * more, minute),
      byAddress: budget(loginsPerMinute * more * namesAtOnce, minute),
      last: budget(loginsPerMinute, hour),
    },
    confirmations: budget(loginsPerMinute, minute),
    emailChanges: budget(emailChangesPerDay, day),
    refreshes: budget(requestsPerMinute, minute),
  };
}
