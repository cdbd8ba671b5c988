import type { Entry } from "../../platform/search/search-index.ts";
import { type ContentType, type MessageRow, SentType } from "../chat/index.ts";
import type { Media } from "../files/index.ts";

/** What the search index is told of a message: a tombstone, what the chat says itself, what is encrypted and silence are not found. */
export function toEntry(row: MessageRow, media: readonly Media[]): Entry {
  const { id, chatId, senderId, contentType, deletedBy } = row;
  const text = searchedText(row.content, media);
  const isFound = !row.encrypted && deletedBy === null && contentType !== "system" && text !== "";
  return {
    id,
    chat: chatId,
    sender: senderId,
    kind: kindOf(contentType),
    text: isFound ? text : null,
  };
}

/** What a message is found by: its text and, a line each, the names of its files. Of encrypted ones not even those. */
export function searchedText(content: string, media: readonly Media[]): string {
  if (media.length === 0) return content;
  const names = media.filter((one) => !one.encrypted).map((one) => one.original_filename);
  return [content, ...names].filter((one) => one !== "").join("\n");
}

/** The number that stands for a type of message in the index. */
export function kindOf(type: ContentType): number {
  const sent: readonly ContentType[] = SentType.options;
  return sent.indexOf(type);
}
