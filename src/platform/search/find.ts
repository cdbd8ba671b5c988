import type { Database } from "bun:sqlite";

import { hasWords, longWord } from "../../core/search-words.ts";
import type { Question } from "./search-index.ts";
import { expression, labelToken, shortToken, trigrams } from "./tokens.ts";

/** A full-text table, and what it is asked for. */
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

/** So many of the newest candidates tell how common a word is, here and elsewhere. */
const sampled = 500;
/** Asking a table for a chat costs about as much as leaving out so many candidates of other chats: 150 µs. */
const candidatesPerChat = 150;
/** Beyond this a table is not asked for chats. */
const mostChatTokens = 500;

/**
 * The newest messages that match. Common words are found at once among the newest candidates. Rare ones are, too,
 * because there are few candidates, whatever their chats. What is left are common words that are rare in the chats
 * of the one who asks: there the table is asked for words and chats together.
 */
export function find(db: Database, question: Question): number[] {
  const driver = chooseDriver(db, question);
  const newest = candidates(db, driver, question, sampled);
  const chats = new Set(question.chats);
  const found = newest.filter((one) => chats.has(one.chat) && fits(db, one, question)).map((one) => one.id);
  if (newest.length < sampled || found.length >= question.limit) return found.slice(0, question.limit);
  const rest = { ...question, limit: question.limit - found.length, before: newest.at(-1)!.id };
  const perId = newest.length / (newest[0]!.id - rest.before);
  const untilEnd = perId * (rest.before - rest.after);
  const untilEnough = (newest.length / found.length) * rest.limit;
  const byChat = Math.min(untilEnd, untilEnough) > candidatesPerChat * question.chats.length;
  return [...found, ...findRest(db, driver, rest, byChat ? choicesOf(question) : [])];
}

/** The table that has the fewer candidates, as far as its newest ones tell. */
function chooseDriver(db: Database, question: Question): Driver {
  const texts = question.words.map((word) => word.text);
  const long = texts.filter((text) => [...text].length >= longWord);
  const short = texts.filter((text) => !long.includes(text));
  const parts: Driver = { table: "parts", tokens: long.flatMap(trigrams) };
  const shorts: Driver = { table: "shorts", tokens: short.map(shortToken) };
  if (short.length === 0) return parts;
  if (long.length === 0) return shorts;
  const reach = (driver: Driver) => candidates(db, driver, question, sampled).at(sampled - 1)?.id ?? 0;
  return reach(parts) < reach(shorts) ? parts : shorts;
}

/** The newest messages that may have the words, of all chats. */
function candidates(db: Database, { table, tokens }: Driver, question: Question, limit: number): Candidate[] {
  return db
    .query<Candidate, [string, number, number, number]>(
      `SELECT labels.* FROM ${table} CROSS JOIN labels ON labels.id = ${table}.rowid
       WHERE ${table} MATCH ? AND ${table}.rowid > ? AND ${table}.rowid < ?
       ORDER BY ${table}.rowid DESC LIMIT ?`,
    )
    .all(expression(tokens), question.after, question.before, limit);
}

function fits(db: Database, one: Candidate, { sender, kind, words }: Question): boolean {
  if ((sender ?? one.sender) !== one.sender || (kind ?? one.kind) !== one.kind) return false;
  const { text } = db.query<{ text: string }, [number]>("SELECT text FROM texts WHERE id = ?").get(one.id)!;
  return hasWords(text, words);
}

/** What a table can be asked for beside words; of each, one is to be there. */
function choicesOf({ chats, sender, kind }: Question): string[][] {
  return [
    ...(chats.length <= mostChatTokens ? [chats.map((id) => labelToken("chat", id))] : []),
    ...(sender === undefined ? [] : [[labelToken("sender", sender)]]),
    ...(kind === undefined ? [] : [[labelToken("kind", kind)]]),
  ];
}

type Rest = [match: string, after: number, before: number, chats: string, sender: number, kind: number];

function findRest(
  db: Database,
  { table, tokens }: Driver,
  question: Question,
  choices: string[][],
): number[] {
  const { after, before, chats, sender, kind, words, limit } = question;
  const matching = db
    .query<{ id: number; text: string }, Rest>(
      `SELECT labels.id, texts.text FROM ${table} CROSS JOIN labels ON labels.id = ${table}.rowid
       CROSS JOIN texts ON texts.id = labels.id
       WHERE ${table} MATCH ?1 AND ${table}.rowid > ?2 AND ${table}.rowid < ?3
         AND labels.chat IN (SELECT value FROM json_each(?4))
         AND ?5 IN (labels.sender, -1) AND ?6 IN (labels.kind, -1)
       ORDER BY ${table}.rowid DESC`,
    )
    .iterate(expression(tokens, choices), after, before, JSON.stringify(chats), sender ?? -1, kind ?? -1);
  const found: number[] = [];
  for (const { id, text } of matching) {
    if (!hasWords(text, words)) continue;
    found.push(id);
    if (found.length === limit) break;
  }
  return found;
}
