import type { Actor } from "../../../core/actor.ts";
import type { Kit } from "../../../kit.ts";
import type { Read } from "../../../platform/db/database.ts";
import { findSession } from "../sessions/store.ts";

/** Whether the password was given in this session, at its start or since, in the last so many milliseconds. */
export async function hasProvedPassword(
  { clock }: Kit,
  read: Read,
  { sessionId }: Actor,
  withinMilliseconds: number,
): Promise<boolean> {
  const session = await findSession(read, sessionId);
  return clock.now() - (session?.passwordAt ?? -Infinity) <= withinMilliseconds;
}
