import { z } from "zod";

import { searchText } from "../../core/wire.ts";
import { Message } from "../chat/index.ts";

/** What somebody looks for: see docs/text.md for what finds what. */
export const SearchWords = searchText(200);

const SearchResult = z
  .object({
    message: Message,
    snippet: z.string().meta({
      description:
        "Some 120 characters around the first word found, of the text or of the names of its files (behind the text), as " +
        "plain text on one line.",
    }),
  })
  .meta({ id: "SearchResult" });

export const SearchResults = z
  .object({
    results: z
      .array(SearchResult)
      .meta({ description: "Newest first. Perhaps fewer than asked for, or none, though there is more." }),
    next_cursor: z.string().nullable().meta({ description: "Null when there is no more." }),
    encrypted_chats_skipped: z.int().nonnegative().meta({
      description:
        "How many of the chats that were to be searched are encrypted: the server cannot read them, devices search them. What was written there before in plain text is found.",
    }),
  })
  .meta({ id: "SearchResults" });
export type SearchResults = z.infer<typeof SearchResults>;
