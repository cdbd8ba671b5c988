import type { Session } from "../sdk/index.ts";
import type { Context } from "./context.ts";
import { exitCodes, failureOf } from "./exit-codes.ts";
import { within } from "./wait.ts";

/**
 * Whether everything up to now is here; without a connection by the time of the signal it is told that it is not. Errors:
 * why the session has ended, the reason to stop.
 */
export async function isCurrent(session: Session, context: Context, signal: AbortSignal): Promise<boolean> {
  try {
    await within(signal, session.live());
    return true;
  } catch (error) {
    if (context.stop.aborted || failureOf(error)?.exitCode !== exitCodes.notNow) throw error;
    context.note("No connection: this is how it was last.");
    return false;
  }
}
