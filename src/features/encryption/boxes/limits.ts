import { rateOf, TokenBuckets } from "../../../core/token-bucket.ts";
import { type Kit, perKit } from "../../../kit.ts";

const unlocks = perKit(
  ({ settings, clock }: Kit) =>
    new TokenBuckets(rateOf(settings.unlocksPerMinute, 60), () => clock.monotonic()),
);

/** Whoever is signed in as somebody else could try one passphrase after another. Errors: `rate_limited`. */
export function countUnlock(kit: Kit, userId: number): void {
  if (kit.settings.rateLimits === "off") return;
  const refusal = unlocks(kit).refusal(userId);
  if (refusal) throw refusal;
}
