/** What notifications show of a message. */
import type { MessageRow } from "../../chat/index.ts";

type Shown = Pick<MessageRow, "content" | "contentType" | "encrypted" | "mediaCount">;

/** About so many characters fit on a locked phone. */
const bodyLength = 120;

/** What stands for what the server cannot read. */
export const ofEncrypted = "Encrypted message";

/** What stands for a message that has a file and no text. */
const withoutText: Record<string, string> = { image: "Photo", video: "Video", audio: "Audio" };

/** The beginning of a message, on one line. */
export function excerptOf(message: Shown): string {
  return shorten(textOf(message));
}

export function textOf({ content, contentType, encrypted, mediaCount }: Shown): string {
  if (encrypted) return ofEncrypted;
  if (content !== "" || mediaCount === 0) return content;
  return withoutText[contentType] ?? "File";
}

/** In the data of a notification: that its words say nothing of the message, which a device may open. */
export function markOf({ encrypted }: Pick<MessageRow, "encrypted">): { encrypted?: boolean } {
  return encrypted ? { encrypted } : {};
}

/** On one line, and not too long. */
export function shorten(text: string): string {
  // A text may be long: what is far behind the end is not looked at.
  const line = text
    .slice(0, bodyLength * 20)
    .replace(/\s+/gu, " ")
    .trim();
  const characters = [...line];
  return characters.length > bodyLength ? `${characters.slice(0, bodyLength - 1).join("")}…` : line;
}
