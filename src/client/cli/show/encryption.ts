import type { Message, MessageEncryption } from "../../sdk/index.ts";
import type { Style } from "../text/style.ts";

/** In place of words that are not here; undefined where they are. */
export function wordsInstead(
  { encrypted }: Pick<Message, "encrypted">,
  encryption: MessageEncryption | undefined,
): string | undefined {
  if (!encrypted || encryption?.state === "opened") return undefined;
  if (encryption?.state === "unreadable") return "(encrypted, before you could read this chat)";
  return encryption?.state === "failed" ? "(not to be believed)" : "(encrypted, not opened)";
}

/** What is wrong with a message. Who could not read yet has no problem. */
export function problemsOf(encryption: MessageEncryption | undefined): readonly string[] {
  return encryption && encryption.state !== "unreadable" ? encryption.problems : [];
}

export function problemLines(encryption: MessageEncryption | undefined, style: Style): string[] {
  return problemsOf(encryption).map((one) => style.strong(`!! ${style.name(sentence(one))}`));
}

/** As people write one. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?)]$/.test(text) ? "" : "."}`;
}
