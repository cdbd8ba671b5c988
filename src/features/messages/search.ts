import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { invalid } from "../../core/errors.ts";
import type { Places } from "../../core/places.ts";
import { parseWords } from "../../core/search-words.ts";
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
  /** Where the index is asked. */
  places: Places;
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

/** One that was found, if it is still there to be seen. */
interface Looked {
  id: number;
  message?: Results["results"][number]["message"];
  text: string;
}

export type Search = ReturnType<typeof createSearch>;

/** A page ends early once it has so much text. */
const mostPageCharacters = 65_536;

/** The verb that looks for messages. */
export function createSearch({ db, index, places }: SearchDeps) {
  /**
   * The newest messages, in chats that the caller is in now, that have all words of `q`. The index says where to
   * look; what is shown, and whether it may be, is what the tables say afterwards. Errors: those of `Places` and of the
   * index.
   */
  function search(actor: Actor, input: SearchInput, gone?: AbortSignal): Promise<Results> {
    const cursor = parseCursor(input.cursor);
    return places.run(actor.userId, () => searchFrom(actor, input, cursor), gone);
  }

  async function searchFrom(actor: Actor, input: SearchInput, cursor: number): Promise<Results> {
    const words = parseWords(input.q);
    const chats = await db.read((read) => searchedChats(read, actor, input.chat_id));
    if (words.length === 0 || chats.length === 0) return page([], null);
    const { ids, next } = await index.find({
      words,
      chats,
      sender: input.sender_id,
      kind: input.content_type && kindOf(input.content_type),
      after: input.after ?? 0,
      before: Math.min(cursor, input.before ?? cursor),
      limit: input.limit + 1,
    });
    const looked = await db.read(async (read) => {
      const now = new Set(await searchedChats(read, actor, input.chat_id));
      return lookAt(read, ids.slice(0, input.limit), now);
    });
    const seen = looked.filter((one) => one.message);
    const texts = seen.map((one) => one.text);
    const snippets = seen.length > 0 ? await index.excerpts(texts, words) : [];
    const results = snippets.flatMap((snippet, i) => {
      const { message } = seen[i]!;
      return message && snippet !== undefined ? { message, snippet } : [];
    });
    // The last one looked at: however many were left out, the next page neither skips nor repeats.
    const isCut = snippets.length < seen.length;
    const last = isCut ? seen[snippets.length - 1]! : looked.at(-1);
    const hasMore = isCut || looked.length < ids.length;
    const goOn = hasMore ? last!.id : next;
    return page(results, goOn === null ? null : String(goOn));
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

/** Those that were found, as they are now, as far as a page has room for their text. */
async function lookAt(read: Read, ids: number[], chats: ReadonlySet<number>): Promise<Looked[]> {
  const messages = await loadMessages(read, ids);
  const looked: Looked[] = [];
  let characters = 0;
  for (const id of ids) {
    if (characters >= mostPageCharacters) break;
    const message = messages.get(id);
    const isSeen = message && chats.has(message.chat_id);
    const one = isSeen
      ? { id, message, text: searchedText(message.content, message.media) }
      : { id, text: "" };
    characters += one.text.length;
    looked.push(one);
  }
  return looked;
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
