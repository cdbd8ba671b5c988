import type { Session } from "../sdk/index.ts";
import { when } from "./wait.ts";

/** Rejects when the session ends, with why; else goes on for ever. */
export function endOf({ ended }: Session): Promise<unknown> {
  return when(ended, (error): undefined => {
    if (error) throw error;
  });
}
