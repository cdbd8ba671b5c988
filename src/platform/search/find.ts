import type { Database } from "bun:sqlite";

import { hasWords, longWord } from "../../core/search-words.ts";
import { Budget } from "./budget.ts";
import type { Found, Question, SearchLimits } from "./search-index.ts";
import { expression, fewTokens, labelToken, shortToken, trigrams } from "./tokens.ts";
import { Window } from "./window.ts";

/** The full-text table that a search begins with, and the tokens to match. */
interface Driver {
  table: "parts" | "shorts";
  tokens: string[];
}

interface Candidate {
  id: number;
  chat: number;
  sender: number;
  kind: number;
}

/** The sample: how many of the newest candidates are read to estimate how common a word is, here and elsewhere. */
const sampled = 500;
/** Querying for one more chat costs about as much as skipping so many candidates of other chats: 150 µs. */
const candidatesPerChat = 150;
/** With more chats than this the table is not queried for chats. */
const mostChatTokens = 500;

/**
 * Finds the newest messages that match. Common words are found at once among the newest candidates; rare words have few
 * candidates in all. What remains are words that are common elsewhere and rare in the asking person's chats: for them
 * the table is queried for words and chats together.
 */
export function find(db: Database, question: Question, limits: SearchLimits): Found {
  return new Search(db, question, new Budget(limits)).find();
}

class Search {
  readonly #chats: ReadonlySet<number>;
  readonly #found: number[] = [];
  /** Candidates are looked at from the newest down; all from here on up have been. */
  #cursor: number;
  #newest = 0;
  #rows = 0;

  constructor(
    private readonly db: Database,
    private readonly question: Question,
    private readonly budget: Budget,
  ) {
    this.#chats = new Set(question.chats);
    this.#cursor = Math.min(question.before, newestId(db) + 1);
  }

  find(): Found {
    const driver = this.#chooseDriver();
    const goesOn = this.#look(
      new Window(driver.tokens.length),
      (bottom) => this.#candidates(driver, bottom),
      sampled,
    );
    if (goesOn) {
      const choices = this.#choices();
      const window = new Window(driver.tokens.length, choices[0]?.length);
      this.#look(window, (bottom) => this.#own(driver, choices, bottom));
    }
    return { ids: this.#found, next: this.#isAtEnd ? null : this.#cursor };
  }

  get #isAtEnd(): boolean {
    return this.#cursor <= this.question.after + 1;
  }

  get #isDone(): boolean {
    return this.#isAtEnd || this.#found.length >= this.question.limit;
  }

  /** The table that has the fewer candidates, as far as its newest ones tell. */
  #chooseDriver(): Driver {
    const texts = this.question.words.map((word) => word.text);
    const long = texts.filter((text) => [...text].length >= longWord);
    const short = texts.filter((text) => !long.includes(text));
    const parts: Driver = { table: "parts", tokens: fewTokens(long.flatMap(trigrams)) };
    const shorts: Driver = { table: "shorts", tokens: fewTokens(short.map(shortToken)) };
    if (short.length === 0) return parts;
    if (long.length === 0) return shorts;
    return this.#density(parts) < this.#density(shorts) ? parts : shorts;
  }

  /** Candidates among so many ids. */
  #density(driver: Driver): number {
    let rows = 0;
    const bottom = this.#bottom(new Window(driver.tokens.length));
    for (const { id } of this.#candidates(driver, bottom)) {
      rows += 1;
      if (rows === sampled) return rows / (this.#cursor - id);
    }
    return rows / (this.#cursor - bottom);
  }

  /** True after so many candidates, when there is more to be found and more may be looked at. */
  #look(window: Window, candidates: (bottom: number) => Iterable<Candidate>, most = Infinity): boolean {
    while (!this.#isDone) {
      const [started, before] = [performance.now(), this.#rows];
      const bottom = this.#bottom(window);
      for (const one of candidates(bottom)) {
        this.#lookAt(one);
        if (this.#isDone || this.budget.isSpent()) return false;
        if (this.#rows === most) return true;
      }
      this.#cursor = bottom + 1;
      if (this.budget.isSpent()) return false;
      window.adapt(performance.now() - started, this.#rows - before);
    }
    return false;
  }

  #lookAt(one: Candidate): void {
    this.budget.tookRow();
    this.#rows += 1;
    this.#newest ||= one.id;
    this.#cursor = one.id;
    if (this.#chats.has(one.chat) && this.#fits(one)) this.#found.push(one.id);
  }

  #bottom(window: Window): number {
    return Math.max(this.question.after, this.#cursor - 1 - window.ids);
  }

  /** The newest messages below the cursor, and above `bottom`, that may have the words. */
  #candidates({ table, tokens }: Driver, bottom: number): Iterable<Candidate> {
    return this.db
      .query<Candidate, [string, number, number]>(`${candidatesOf(table)} ORDER BY ${table}.rowid DESC`)
      .iterate(expression(tokens), bottom, this.#cursor);
  }

  /** The same of one's own chats. */
  #own({ table, tokens }: Driver, choices: string[][], bottom: number): Iterable<Candidate> {
    return this.db
      .query<Candidate, [string, number, number, string]>(
        `${candidatesOf(table)} AND labels.chat IN (SELECT entry.value FROM json_each(?) AS entry)
        ORDER BY ${table}.rowid DESC`,
      )
      .iterate(expression(tokens, choices), bottom, this.#cursor, JSON.stringify(this.question.chats));
  }

  #fits(one: Candidate): boolean {
    const { sender, kind, words } = this.question;
    if ((sender ?? one.sender) !== one.sender || (kind ?? one.kind) !== one.kind) return false;
    const row = this.db.query<{ text: string }, [number]>("SELECT text FROM texts WHERE id = ?").get(one.id);
    if (!row) throw new Error(`the index has labels of message ${one.id}, but no text`);
    return hasWords(row.text, words);
  }

  /** What the table is asked for beside words from now on, if that is worth it; of each, one is to be there. */
  #choices(): string[][] {
    const { chats, sender, kind, limit, after } = this.question;
    const perId = this.#rows / (this.#newest - this.#cursor);
    const untilEnd = perId * (this.#cursor - after);
    const untilEnough = (this.#rows / this.#found.length) * (limit - this.#found.length);
    if (Math.min(untilEnd, untilEnough) <= candidatesPerChat * chats.length) return [];
    return [
      ...(chats.length <= mostChatTokens ? [chats.map((id) => labelToken("chat", id))] : []),
      ...(sender === undefined ? [] : [[labelToken("sender", sender)]]),
      ...(kind === undefined ? [] : [[labelToken("kind", kind)]]),
    ];
  }
}

function candidatesOf(table: Driver["table"]): string {
  return `SELECT labels.* FROM ${table} CROSS JOIN labels ON labels.id = ${table}.rowid
    WHERE ${table} MATCH ? AND ${table}.rowid > ? AND ${table}.rowid < ?`;
}

function newestId(db: Database): number {
  return db.query<{ id: number | null }, []>("SELECT max(id) AS id FROM labels").get()?.id ?? 0;
}
