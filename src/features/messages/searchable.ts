import type { Entry } from "../../platform/search/search-index.ts";
import { type ContentType, SentType } from "./schema.ts";
import type { MessageRow } from "./store.ts";

/** What the search index is told of a message: a tombstone, what the chat says itself and silence are not found. */
export function toEntry({ id, chatId, senderId, contentType, content, deletedBy }: MessageRow): Entry {
  const isFound = deletedBy === null && contentType !== "system" && content !== "";
  return {
    id,
    chat: chatId,
    sender: senderId,
    kind: kindOf(contentType),
    text: isFound ? content : null,
  };
}

/** The number that stands for a type of message in the index. */
export function kindOf(type: ContentType): number {
  return (SentType.options as readonly ContentType[]).indexOf(type);
}
