/** How people are found by their names. */
import { fold } from "../../../core/fold.ts";
import { isLetter, parseWords, type Word } from "../../../core/search-words.ts";

/**
 * Begins every key of this kind; another one when folding or keys change, so that those of before are made anew. No
 * folded text has it, nor line breaks.
 */
export const keyMark = "\u{f0002}";

export interface NameQuery {
  /** All of it, folded. */
  whole: string;
  /** Perhaps none. */
  words: Word[];
}

/** An `@` before a word is none of its letters. */
export function parseNames(query: string): NameQuery {
  const whole = fold(query)
    .replace(/(?<=^|[\s"])@+/g, "")
    .trim();
  return { whole, words: parseWords(whole) };
}

/** A full name as it is searched: folded, then the beginnings of its words, for words of one or two letters. */
export function toNameKey(fullName: string | null): string {
  const folded = fold(fullName ?? "");
  return [keyMark, folded, ...new Set(beginnings(folded))].join("\n");
}

function beginnings(folded: string): string[] {
  const characters = [...folded];
  const letterAt = (i: number) => isLetter(characters[i] ?? "");
  return characters.flatMap((first, i) => {
    if (!letterAt(i) || letterAt(i - 1)) return [];
    const second = characters[i + 1] ?? "";
    return isLetter(second) ? first + second : first;
  });
}
