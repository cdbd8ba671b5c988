import { rateOf, TokenBuckets } from "../../../core/token-bucket.ts";
import { type Kit, perKit } from "../../../kit.ts";

/** Each new device may hold a lane of the pusher for ten seconds. Errors: `rate_limited`. */
export const takeRegistration = hourly("pushRegistrationsPerHour");
/** Each test calls the push services of all one's devices. Errors: `rate_limited`. */
export const takeTest = hourly("pushTestsPerHour");

function hourly(most: "pushRegistrationsPerHour" | "pushTestsPerHour") {
  const budget = perKit(
    ({ settings, clock }: Kit) => new TokenBuckets(rateOf(settings[most], 3600), () => clock.monotonic()),
  );
  return (kit: Kit, userId: number): void => {
    if (kit.settings.rateLimits === "off") return;
    const refusal = budget(kit).refusal(userId);
    if (refusal) throw refusal;
  };
}
