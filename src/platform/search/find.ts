import type { Database } from "bun:sqlite";

import { hasWords, longWord } from "../../core/search-words.ts";
import type { Question } from "./search-index.ts";
import { expression, labelToken, shortToken, trigrams } from "./tokens.ts";

interface Candidate {
  id: number;
  chat: number;
  sender: number;
  kind: number;
}

interface Driver {
  table: "parts" | "shorts";
  tokens: string[];
}

/** Asking for a chat by its token costs about as much as looking at so many candidates. */
const candidatesPerChat = 60;
/** Beyond this a table is not asked for chats any more: looking at all candidates is cheaper. */
const mostChatTokens = 500;
const firstPage = 200;
const largestPage = 10_000;

/**
 * The newest messages that match. Common words are found at once among the newest candidates, rare ones because
 * there are few; so first those that have the words are looked at, whatever their chat. Only where that does not
 * lead to enough, because the word is common and the chats are small, the tables are asked for chats as well.
 */
export function find(db: Database, question: Question): number[] {
  const search = new Search(db, question);
  const driver = search.driver();
  const { chats, sender, kind } = question;
  const choices = [
    ...(chats.length <= mostChatTokens ? [chats.map((id) => labelToken("chat", id))] : []),
    ...(sender === undefined ? [] : [[labelToken("sender", sender)]]),
    ...(kind === undefined ? [] : [[labelToken("kind", kind)]]),
  ];
  const enough = firstPage + candidatesPerChat * Math.min(chats.length, mostChatTokens);
  if (!search.look(driver, [], enough)) search.look(driver, choices, Number.MAX_SAFE_INTEGER);
  return search.found;
}

class Search {
  readonly found: number[] = [];
  readonly #chats: Set<number>;
  #before: number;

  constructor(
    private readonly db: Database,
    private readonly question: Question,
  ) {
    this.#chats = new Set(question.chats);
    this.#before = question.before;
  }

  /** The table that has the fewer candidates, as far as its newest ones tell. */
  driver(): Driver {
    const texts = this.question.words.map((word) => word.text);
    const long = texts.filter((text) => [...text].length >= longWord);
    const short = texts.filter((text) => !long.includes(text));
    const parts: Driver = { table: "parts", tokens: long.flatMap(trigrams) };
    const shorts: Driver = { table: "shorts", tokens: short.map(shortToken) };
    if (short.length === 0) return parts;
    if (long.length === 0) return shorts;
    const [a, b] = [parts, shorts].map((one) => this.#candidates(one, [], firstPage));
    const reach = (page: Candidate[]) => (page.length < firstPage ? 0 : page.at(-1)!.id);
    return reach(a!) < reach(b!) ? parts : shorts;
  }

  /** Goes on from where the last look ended. True when enough was found, or there is no more. */
  look(driver: Driver, choices: string[][], most: number): boolean {
    const { limit } = this.question;
    let looked = 0;
    for (let size = firstPage; looked < most; size = Math.min(size * 4, largestPage)) {
      const page = this.#candidates(driver, choices, Math.min(size, most - looked));
      for (const one of page) {
        if (this.#fits(one)) this.found.push(one.id);
        if (this.found.length === limit) return true;
      }
      if (page.length < Math.min(size, most - looked)) return true;
      looked += page.length;
      this.#before = page.at(-1)!.id;
    }
    return false;
  }

  #candidates({ table, tokens }: Driver, choices: string[][], limit: number): Candidate[] {
    return this.db
      .query<Candidate, [string, number, number, number]>(
        `SELECT labels.id, chat, sender, kind
         FROM (SELECT rowid AS id FROM ${table} WHERE ${table} MATCH ? AND rowid > ? AND rowid < ?
               ORDER BY rowid DESC LIMIT ?) AS newest
         CROSS JOIN labels ON labels.id = newest.id
         ORDER BY labels.id DESC`,
      )
      .all(expression(tokens, choices), this.question.after, this.#before, limit);
  }

  #fits(one: Candidate): boolean {
    const { sender, kind, words } = this.question;
    if (!this.#chats.has(one.chat)) return false;
    if (sender !== undefined && one.sender !== sender) return false;
    if (kind !== undefined && one.kind !== kind) return false;
    const { text } = this.db
      .query<{ text: string }, [number]>("SELECT text FROM texts WHERE id = ?")
      .get(one.id)!;
    return hasWords(text, words);
  }
}
