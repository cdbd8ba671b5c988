/** What somebody looks for in texts, and where a text has it. All texts here are folded. */
import { fold, offsetBeforeFolding } from "./fold.ts";

export interface Word {
  text: string;
  /** One or two letters of an alphabet: only the beginning of a word of the text counts, else nearly all would. */
  start: boolean;
}

/** From so many characters on a word is found anywhere, whatever its script. */
export const longWord = 3;

const phrasesAndWords = /"([^"]*)"|[^\s"]+/g;

/**
 * The words of a query, each of which a text must have; several between quotation marks are one, with the spaces
 * between them. A quotation mark without a second one is dropped; nothing else has a meaning of its own. Perhaps none
 * is left.
 */
export function parseWords(query: string): Word[] {
  const found = fold(query).matchAll(phrasesAndWords);
  const texts = Array.from(found, ([word, phrase]) => (phrase ?? word).trim()).filter(Boolean);
  return [...new Set(texts)].map((text) => {
    const characters = [...text];
    return { text, start: characters.length < longWord && characters.every(isLetter) };
  });
}

/** Scripts that are written without spaces, or in which a character is as much as a word. */
const letter =
  /[[\p{L}\p{N}\p{M}]--[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Hang}\p{scx=Bopo}\p{scx=Yiii}\p{scx=Thai}\p{scx=Laoo}\p{scx=Khmr}\p{scx=Mymr}]]/v;

/** Whether words are made of it: a letter or digit of an alphabet, no sign, picture or CJK character. */
export function isLetter(character: string): boolean {
  if (character < "\x80")
    return (character >= "a" && character <= "z") || (character >= "0" && character <= "9");
  return letter.test(character);
}

export function hasWords(text: string, words: readonly Word[]): boolean {
  return words.every((word) => findWord(text, word) >= 0);
}

/** Where `text` has the word first; -1 for nowhere. */
export function findWord(text: string, word: Word): number {
  let at = text.indexOf(word.text);
  while (word.start && at > 0 && isLetter(characterBefore(text, at))) at = text.indexOf(word.text, at + 1);
  return at;
}

function characterBefore(text: string, at: number): string {
  const isLow = (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
  return text.slice(at - (isLow && at > 1 ? 2 : 1), at);
}

const lead = 40;
const longest = 120;
/** A byte order mark counts as white space in JavaScript, but nobody sees it. */
const white = /[^\S\ufeff]+/g;

/** Of a word that is longer than an excerpt, or has much that is not seen in it, no more is shown. */
const longestWord = 240;

/**
 * The part of `original` (not folded) around the first word found, on one line, `…` where more stands before or
 * after it: about 120 characters, and the word. Undefined when a word is missing.
 */
export function excerpt(original: string, words: readonly Word[]): string | undefined {
  const text = fold(original);
  const found = words.map((word) => ({ at: findWord(text, word), length: word.text.length }));
  if (found.some(({ at }) => at < 0)) return undefined;
  const { at, length } = found.reduce((one, other) => (other.at < one.at ? other : one));
  const first = offsetBeforeFolding(original, at);
  const start = first <= lead ? 0 : whole(original, wordStart(original, first - lead));
  // One more, because the word may begin in the middle of what is folded from one character.
  const word = offsetBeforeFolding(original.slice(first, first + longestWord), length + 1);
  const end = whole(original, Math.max(start + longest, first + word));
  const line = original.slice(start, end).replace(white, " ").trim();
  return `${start > 0 ? "…" : ""}${line}${end < original.length ? "…" : ""}`;
}

/** The next beginning of a word from `at` on, if it is near. */
function wordStart(text: string, at: number): number {
  return at + text.slice(at, at + lead / 2).search(/\s/) + 1;
}

/** Not in the middle of a character. */
function whole(text: string, at: number): number {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 ? at + 1 : at;
}
