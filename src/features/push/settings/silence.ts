import type { PushSettingsRow } from "./store.ts";
import { timeOfDay } from "./time-zone.ts";

type Wanted = Pick<PushSettingsRow, "doNotDisturbUntil" | "quietFrom" | "quietTo" | "timeZone">;

/**
 * Whether somebody wants to be left alone right now. In quiet hours that is while a clock there shows a time of them,
 * so also twice in the hour that a change from summer time repeats.
 */
export function isSilent({ doNotDisturbUntil, quietFrom, quietTo, timeZone }: Wanted, now: number): boolean {
  if (doNotDisturbUntil !== null && now < doNotDisturbUntil) return true;
  if (quietFrom === null || quietTo === null || timeZone === null) return false;
  const clock = timeOfDay(timeZone, now);
  if (clock === undefined) return false;
  const isBegun = quietFrom <= clock;
  const isBeforeEnd = clock < quietTo;
  return quietFrom < quietTo ? isBegun && isBeforeEnd : isBegun || isBeforeEnd;
}
