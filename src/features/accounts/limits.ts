import { TokenBuckets } from "../../core/token-bucket.ts";

/** What slows down guessing and mass sign-up. Errors: `rate_limited`. */
export interface AccountLimits {
  register(address: string): void;
  /**
   * An attempt to give the password of `name`, as it was typed: counting the account instead would tell whose
   * e-mail address it is. Counted for the name from this address, so that one address keeps nobody elsewhere
   * out; ten times as many are let through for the name from everywhere, and for the address with all names.
   */
  login(name: string, address: string): void;
  /**
   * The right password was given: earlier attempts for this name from this address count no more, and this one does
   * not count for the address, where many may be signing in.
   */
  loggedIn(name: string, address: string): void;
  /**
   * An exchange of a refresh token of this session. Undefined for a token that is none: these count for the address,
   * and keep nobody else there from exchanging theirs.
   */
  refresh(sessionId: number | undefined, address: string): void;
}

interface AccountRates {
  registrationsPerHour: number;
  loginsPerMinute: number;
  requestsPerMinute: number;
}

const more = 10;

export function createAccountLimits(
  monotonic: () => number,
  { registrationsPerHour, loginsPerMinute, requestsPerMinute }: AccountRates,
): AccountLimits {
  const buckets = (burst: number, perSecond: number) => new TokenBuckets({ burst, perSecond }, monotonic);
  const registrations = buckets(registrationsPerHour, registrationsPerHour / 3600);
  const attempts = buckets(loginsPerMinute, loginsPerMinute / 60);
  const byName = buckets(loginsPerMinute * more, (loginsPerMinute * more) / 60);
  const byAddress = buckets(loginsPerMinute * more, (loginsPerMinute * more) / 60);
  const refreshes = buckets(requestsPerMinute, requestsPerMinute / 60);
  return {
    register: (address) => spend(registrations, address),
    login(name, address) {
      // First, so that a program that goes on and on with one name does not use up what all others there have.
      spend(attempts, `${name.toLowerCase()} ${address}`);
      spend(byAddress, address);
      spend(byName, name.toLowerCase());
    },
    loggedIn(name, address) {
      attempts.refill(`${name.toLowerCase()} ${address}`);
      byAddress.giveBack(address);
    },
    refresh: (sessionId, address) => spend(refreshes, sessionId ?? address),
  };
}

export const noAccountLimits: AccountLimits = { register() {}, login() {}, loggedIn() {}, refresh() {} };

function spend(buckets: TokenBuckets, key: string | number): void {
  const refused = buckets.refusal(key);
  if (refused) throw refused;
}
