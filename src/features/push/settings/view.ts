import { toTime } from "../../../core/wire.ts";
import type { PushSettings } from "../schema.ts";
import type { PushSettingsRow } from "./store.ts";

/** As their owner sees them: of what is over by `now`, nothing. */
export function viewSettings(row: Omit<PushSettingsRow, "userId">, now: number): PushSettings {
  const { content, doNotDisturbUntil: until, quietFrom: from, quietTo: to, timeZone } = row;
  const isQuiet = from !== null && to !== null && timeZone !== null;
  return {
    push_content: content,
    do_not_disturb_until: until !== null && now < until ? toTime(until) : null,
    quiet_hours: isQuiet ? { from, to, time_zone: timeZone } : null,
  };
}
