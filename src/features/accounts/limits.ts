import type { ChatError } from "../../core/errors.ts";
import type { Origin } from "../../core/feature.ts";
import { Spending } from "../../core/spending.ts";
import { rateOf, TokenBuckets } from "../../core/token-bucket.ts";

/** Where a call comes from, as far as it is counted. */
export type Place = Pick<Origin, "address" | "network">;

/** An attempt to sign in that has been counted. */
export interface Attempt {
  /**
   * There were too many before it: this is the answer, unless the password is right and its owner has signed in from
   * there before. Undefined where there were not.
   */
  refusal: ChatError | undefined;
  /** The right password was given: the attempt counts no more, nor do earlier ones for this name from this address. */
  succeeded(): void;
}

/** What slows down guessing and mass sign-up. Errors: `rate_limited`. */
export interface AccountLimits {
  register(from: Place): void;
  /**
   * An attempt to give the password of `name`, as it was typed: counting the account instead would tell whose
   * e-mail address it is. Counted for the name from this address, so that one address keeps nobody elsewhere
   * out; ten times as many are let through for the name from everywhere and for the address with all names, a hundred
   * times as many for the network. Beyond that nothing is thrown yet where `isKnown`, that somebody has signed in from
   * there: as the password may be the owner's it is still to be looked at, up to ten times as often for the name from
   * this address, and twenty times for the address with all names. Once the latter is used up, each name has a few
   * looks an hour more: whoever tries one name after another is slow from then on, and keeps no owner out by that.
   */
  login(name: string, from: Place, isKnown: boolean): Attempt;
  /** An attempt to give the current password, by somebody who is signed in. Counted for the session alone. */
  confirm(sessionId: number): void;
  /** It was right: earlier attempts of this session count no more. */
  confirmed(sessionId: number): void;
  /** Somebody asks for another e-mail address. The answer tells whether it is taken, so each time counts. */
  changeEmail(userId: number): void;
  /**
   * An exchange of a refresh token of this session. Undefined for a token that is none: these count for the address,
   * and keep nobody else there from exchanging theirs.
   */
  refresh(sessionId: number | undefined, address: string): void;
}

interface AccountRates {
  registrationsPerHour: number;
  loginsPerMinute: number;
  emailChangesPerDay: number;
  requestsPerMinute: number;
}

/** An address is that of an office or a family, a network that of many. */
const more = 10;
/** A program that goes on and on with one name leaves as many looks for all others at its address. */
const namesAtOnce = 2;

export function createAccountLimits(
  monotonic: () => number,
  { registrationsPerHour, loginsPerMinute, emailChangesPerDay, requestsPerMinute }: AccountRates,
): AccountLimits {
  const buckets = (most: number, seconds: number) => new TokenBuckets(rateOf(most, seconds), monotonic);
  const registrations = buckets(registrationsPerHour, 3600);
  const registrationsByNetwork = buckets(registrationsPerHour * more, 3600);
  const attempts = buckets(loginsPerMinute, 60);
  const byAddress = buckets(loginsPerMinute * more, 60);
  const byNetwork = buckets(loginsPerMinute * more * more, 60);
  const byName = buckets(loginsPerMinute * more, 60);
  const late = buckets(loginsPerMinute * more, 60);
  const lateByAddress = buckets(loginsPerMinute * more * namesAtOnce, 60);
  const last = buckets(loginsPerMinute, 3600);
  const confirmations = buckets(loginsPerMinute, 60);
  const emailChanges = buckets(emailChangesPerDay, 86_400);
  const refreshes = buckets(requestsPerMinute, 60);
  return {
    register({ address, network }) {
      spend(registrations, address);
      spend(registrationsByNetwork, network);
    },
    login(name, { address, network }, isKnown) {
      const here = `${name} ${address}`;
      const spending = new Spending();
      const take = (from: TokenBuckets, key: string) => spending.refusal(from, key);
      // First the name here, so that a program that goes on and on with one does not use up what all others there have.
      const refusal =
        take(attempts, here) ?? take(byAddress, address) ?? take(byNetwork, network) ?? take(byName, name);
      const isLookedAt = () =>
        isKnown && late.take(here) === 0 && !(take(lateByAddress, address) && take(last, here));
      if (refusal && !isLookedAt()) throw refusal;
      return {
        refusal,
        succeeded() {
          spending.giveBack();
          attempts.refill(here);
        },
      };
    },
    confirm: (sessionId) => spend(confirmations, sessionId),
    confirmed: (sessionId) => confirmations.refill(sessionId),
    changeEmail: (userId) => spend(emailChanges, userId),
    refresh: (sessionId, address) => spend(refreshes, sessionId ?? address),
  };
}

export const noAccountLimits: AccountLimits = {
  register() {},
  login: () => ({ refusal: undefined, succeeded() {} }),
  confirm() {},
  confirmed() {},
  changeEmail() {},
  refresh() {},
};

function spend(buckets: TokenBuckets, key: string | number): void {
  const refused = buckets.refusal(key);
  if (refused) throw refused;
}
