import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { invalid } from "../../core/errors.ts";
import { excerpt, parseWords, type Word } from "../../core/search-words.ts";
import type { Database, Read } from "../../platform/db/database.ts";
import type { SearchIndex } from "../../platform/search/search-index.ts";
import { requireActor } from "../accounts/people.ts";
import { chatIdsOf, requireMember } from "../chats/membership.ts";
import { loadMessages } from "./load.ts";
import type * as wire from "./schema.ts";
import { kindOf, searchedText } from "./searchable.ts";

export interface SearchDeps {
  db: Database;
  index: SearchIndex;
}

export interface SearchInput {
  q: string;
  chat_id?: number | undefined;
  sender_id?: number | undefined;
  content_type?: z.output<typeof wire.SentType> | undefined;
  /** Ids of messages, neither of them found itself. */
  after?: number | undefined;
  before?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

type Results = z.infer<typeof wire.SearchResults>;

export type Search = ReturnType<typeof createSearch>;

/** A page ends early once it has so much text: finding the words in it once more is the event loop's work. */
const mostPageCharacters = 65_536;

/** The verb that looks for messages. */
export function createSearch({ db, index }: SearchDeps) {
  /**
   * The newest messages, in chats that the caller is in now, that have all words of `q`. The index says where to
   * look; what is shown, and whether it may be, is what the tables say afterwards.
   */
  async function search(actor: Actor, input: SearchInput): Promise<Results> {
    const words = parseWords(input.q);
    const cursor = parseCursor(input.cursor);
    const chats = await db.read((read) => searchedChats(read, actor, input.chat_id));
    if (words.length === 0 || chats.length === 0) return page([], null);
    const ids = await index.find({
      words,
      chats,
      sender: input.sender_id,
      kind: input.content_type && kindOf(input.content_type),
      after: input.after ?? 0,
      before: Math.min(cursor, input.before ?? cursor),
      limit: input.limit + 1,
    });
    return db.read(async (read) => {
      const now = new Set(await searchedChats(read, actor, input.chat_id));
      return show(read, ids, input.limit, now, words);
    });
  }

  return { search };
}

/** Errors: `not_found` when the caller is not in the one that is asked for. */
async function searchedChats(read: Read, actor: Actor, chatId: number | undefined): Promise<number[]> {
  const { id } = await requireActor(read, actor);
  if (chatId === undefined) return chatIdsOf(read, id);
  await requireMember(read, chatId, id);
  return [chatId];
}

/** Of the messages that were found, those that are still there to be seen and still have the words. */
async function show(
  read: Read,
  ids: number[],
  limit: number,
  chats: ReadonlySet<number>,
  words: Word[],
): Promise<Results> {
  const messages = await loadMessages(read, ids.slice(0, limit));
  const results: Results["results"] = [];
  let looked = 0;
  for (
    let characters = 0;
    looked < limit && looked < ids.length && characters < mostPageCharacters;
    looked++
  ) {
    const message = messages.get(ids[looked]!);
    if (!message || !chats.has(message.chat_id)) continue;
    const text = searchedText(message.content, message.media);
    characters += text.length;
    const snippet = excerpt(text, words);
    if (snippet !== undefined) results.push({ message, snippet });
  }
  // The last one looked at: however many were left out, the next page neither skips nor repeats.
  return page(results, looked < ids.length ? String(ids[looked - 1]!) : null);
}

function page(results: Results["results"], next_cursor: string | null): Results {
  return { results, next_cursor, encrypted_chats_skipped: 0 };
}

function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const id = /^\d{1,16}$/.test(cursor) ? Number(cursor) : 0;
  if (!Number.isSafeInteger(id) || id < 1)
    throw invalid("query.cursor", "is not a next_cursor of this search");
  return id;
}
