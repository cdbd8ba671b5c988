import type { Conversation, Shown } from "../../sdk/index.ts";
import { exitCodes, Failure } from "../exit-codes.ts";

/** The message that a number means, or `^`: the newest that fits. Errors: Failure. */
export function messageOf(
  { timeline }: Conversation,
  word: string,
  fits: (one: Shown) => boolean = isSaid,
): Shown {
  const shown = timeline.peek().filter((one) => one.kind === "message");
  const found =
    word === "^"
      ? shown.findLast((one) => !one.message.is_deleted && fits(one))
      : shown.find(({ message }) => message.seq > 0 && String(message.seq) === word);
  if (found) return found;
  throw new Failure(exitCodes.refused, missing(word));
}

function missing(word: string): string {
  if (word === "^") return "There is none yet.";
  if (/^\d+$/.test(word)) return `Message ${word} is not here. /more shows earlier ones.`;
  return "Which message? Say its number, or ^ for the newest.";
}

function isSaid({ message }: Shown): boolean {
  return message.id > 0 && message.content_type !== "system";
}

/** By which the library finds it: its id, or its key while it is being sent. */
export function targetOf({ message, key }: Shown): number | string {
  return message.id > 0 ? message.id : key;
}
