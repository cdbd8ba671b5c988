import { systemClock } from "../../src/core/clock.ts";

/** Lets a part of a second pass, for those who come at a moment that nobody expects. */
export function moment(milliseconds: number): Promise<void> {
  return new Promise((resolve) => systemClock.after(milliseconds, resolve));
}
