import type { Kit } from "../../../kit.ts";

const day = 86_400_000;

/** How long a session lives that nobody uses, in milliseconds. */
export function sessionLifetime({ settings }: Kit): number {
  return settings.refreshTokenDays * day;
}

/** The time since which a session must have been used: one unused for longer is as good as ended. */
export function unusedSince(kit: Kit): number {
  return kit.clock.now() - sessionLifetime(kit);
}
