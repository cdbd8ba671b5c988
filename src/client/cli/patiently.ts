import { maySucceedLater, type ParleyError, type Session } from "../sdk/index.ts";
import { type Context, deadline } from "./context.ts";
import { within } from "./wait.ts";

const attempts = 10;
/** In milliseconds; each is twice as long as the one before. */
const firstPause = 100;

/** The answer to a call that only asks, also over a line that breaks and a server that wants a pause. Errors: as of the call. */
export async function patiently<T>(session: Session, context: Context, call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await within(context.stop, call());
    } catch (error) {
      if (!maySucceedLater(error) || attempt === attempts) throw error;
      const { retryAfter } = error as ParleyError;
      const pause = retryAfter === undefined ? firstPause * 2 ** attempt : retryAfter * 1000;
      await within(context.stop, Bun.sleep(pause));
      await within(deadline(context), session.live());
    }
  }
}
