import { ChatError } from "./errors.ts";
import { describeError, type Log } from "./log.ts";

/**
 * What a caller is told of an error, at whatever door: a refusal as it is. Anything else nobody expected: the log gets
 * it, with what is known of the `call`, and the caller learns no more than that (`internal`).
 */
export function toRefusal(error: unknown, log: Log, call: string, known: Record<string, unknown>): ChatError {
  if (error instanceof ChatError) return error;
  log.error(`${call} failed`, { ...known, ...describeError(error) });
  return new ChatError("internal");
}
