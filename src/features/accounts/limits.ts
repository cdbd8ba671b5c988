import { ChatError } from "../../core/errors.ts";
import { TokenBuckets } from "../../core/token-bucket.ts";

/** What slows down guessing and mass sign-up. Errors: `rate_limited`. */
export interface AccountLimits {
  register(address: string): void;
  /** Counted by the name that is tried, from wherever: slower, never locked out for good. */
  login(name: string): void;
  /** The right password was given: earlier attempts count no more. */
  loggedIn(name: string): void;
}

export function createAccountLimits(
  monotonic: () => number,
  registrationsPerHour: number,
  loginsPerMinute: number,
): AccountLimits {
  const registrations = new TokenBuckets(
    { burst: registrationsPerHour, perSecond: registrationsPerHour / 3600 },
    monotonic,
  );
  const logins = new TokenBuckets({ burst: loginsPerMinute, perSecond: loginsPerMinute / 60 }, monotonic);
  return {
    register: (address) => refuse(registrations.take(address)),
    login: (name) => refuse(logins.take(name.toLowerCase())),
    loggedIn: (name) => logins.refill(name.toLowerCase()),
  };
}

export const noAccountLimits: AccountLimits = { register() {}, login() {}, loggedIn() {} };

function refuse(seconds: number): void {
  if (seconds > 0) throw new ChatError("rate_limited", undefined, { retryAfter: seconds });
}
