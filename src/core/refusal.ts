import { ChatError } from "./errors.ts";
import { describeError, type Log } from "./log.ts";

/**
 * The error that a caller gets, at either door. A refusal stays as it is. Anything else is unexpected: it is logged
 * with what is `known` of the call, and the caller gets `internal`.
 */
export function toRefusal(error: unknown, log: Log, call: string, known: Record<string, unknown>): ChatError {
  if (error instanceof ChatError) return error;
  log.error(`${call} failed`, { ...known, ...describeError(error) });
  return new ChatError("internal");
}
