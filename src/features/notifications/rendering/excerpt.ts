/** What notifications show of a message. */
import type { MessageRow } from "../../chat/index.ts";

type Shown = Pick<MessageRow, "content" | "contentType" | "mediaCount">;

/** About so many characters fit on a locked phone. */
const bodyLength = 120;

/** What stands for a message that has a file and no text. */
const withoutText: Record<string, string> = { image: "Photo", video: "Video", audio: "Audio" };

/** The beginning of a message, on one line. */
export function excerptOf(message: Shown): string {
  return shorten(textOf(message));
}

export function textOf({ content, contentType, mediaCount }: Shown): string {
  if (content !== "" || mediaCount === 0) return content;
  return withoutText[contentType] ?? "File";
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
