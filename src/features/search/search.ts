import type { z } from "zod";

import type { Actor } from "../../core/actor.ts";
import { invalid } from "../../core/errors.ts";
import { parseWords, type Word } from "../../core/search-words.ts";
import type { Kit } from "../../kit.ts";
import type { Read } from "../../platform/db/database.ts";
import type { Found } from "../../platform/search/search-index.ts";
import { requireActor } from "../accounts/index.ts";
import {
  chatIdsOf,
  type ContentType,
  countEncrypted,
  loadMessages,
  type Message,
  requireMember,
} from "../chat/index.ts";
import { kindOf, searchedText } from "./entry.ts";
import type { SearchResults } from "./schema.ts";
import { searchSlots } from "./state.ts";

export interface SearchInput {
  q: string;
  chat_id?: number | undefined;
  sender_id?: number | undefined;
  content_type?: Exclude<ContentType, "system"> | undefined;
  /** Ids of messages, neither of them found itself. */
  after?: number | undefined;
  before?: number | undefined;
  limit: number;
  cursor?: string | undefined;
}

/** One that was found, as it is now. */
interface Seen {
  id: number;
  message: z.infer<typeof Message>;
  text: string;
}

/** One that was found and is not there (any more) to be seen has no message. */
type Looked = Seen | { id: number; message?: undefined; text: "" };

/** What is shown, and where the next page begins. */
type Page = [results: SearchResults["results"], next: number | null];

/** A page ends early once it has so much text. */
const mostPageCharacters = 65_536;

/**
 * The newest messages, in chats that the caller is in now, that have all words of `q`. The index says where to
 * look; what is shown, and whether it may be, is what the tables say afterwards. Errors: `not_found`, `validation`, those
 * of `FairSlots` and of the index.
 */
export function searchMessages(
  kit: Kit,
  actor: Actor,
  input: SearchInput,
  gone?: AbortSignal,
): Promise<SearchResults> {
  const cursor = parseCursor(input.cursor);
  return searchSlots(kit).run(actor.userId, () => searchFrom(kit, actor, input, cursor), gone);
}

async function searchFrom(
  kit: Kit,
  actor: Actor,
  input: SearchInput,
  cursor: number,
): Promise<SearchResults> {
  const words = parseWords(input.q);
  const { chats, skipped } = await kit.db.read(async (read) => {
    const chats = await searchedChats(read, actor, input.chat_id);
    return { chats, skipped: await countEncrypted(read, chats) };
  });
  if (words.length === 0 || chats.length === 0) return toPage([[], null], skipped);
  const found = await kit.searchIndex.find({
    words,
    chats,
    sender: input.sender_id,
    kind: input.content_type && kindOf(input.content_type),
    after: input.after ?? 0,
    before: Math.min(cursor, input.before ?? cursor),
    limit: input.limit + 1,
  });
  const looked = await kit.db.read(async (read) => {
    const now = new Set(await searchedChats(read, actor, input.chat_id));
    return lookAt(read, found.ids.slice(0, input.limit), now);
  });
  return toPage(await withSnippets(kit, words, found, looked), skipped);
}

/** However many were left out, the next page neither skips nor repeats: it begins behind the last one looked at. */
async function withSnippets(kit: Kit, words: Word[], found: Found, looked: Looked[]): Promise<Page> {
  const seen = looked.filter((one) => one.message !== undefined);
  const texts = seen.map((one) => one.text);
  const snippets = seen.length > 0 ? await kit.searchIndex.excerpts(texts, words) : [];
  const results = seen.flatMap(({ message }, i) => {
    const snippet = snippets[i];
    return snippet === undefined ? [] : { message, snippet };
  });
  const isCut = snippets.length < seen.length;
  if (isCut || looked.length < found.ids.length) {
    const last = isCut ? seen[snippets.length - 1] : looked.at(-1);
    return [results, last?.id ?? found.next];
  }
  return [results, found.next];
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
    const one: Looked =
      message && chats.has(message.chat_id) && !message.encrypted
        ? { id, message, text: searchedText(message.content, message.media) }
        : { id, text: "" };
    characters += one.text.length;
    looked.push(one);
  }
  return looked;
}

function toPage([results, next]: Page, encrypted_chats_skipped: number): SearchResults {
  return { results, next_cursor: next === null ? null : String(next), encrypted_chats_skipped };
}

function parseCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const id = /^\d{1,16}$/.test(cursor) ? Number(cursor) : 0;
  if (!Number.isSafeInteger(id) || id < 1)
    throw invalid("query.cursor", "is not a next_cursor of this search");
  return id;
}
