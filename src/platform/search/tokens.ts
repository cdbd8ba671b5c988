/** The tokens of a message in the full-text tables, and the expressions that match them. */
import { isLetter } from "../../core/search-words.ts";

/** What a message can be filtered by. */
const labels = { chat: 0, sender: 1, kind: 2 };
export type Label = keyof typeof labels;

// Folded texts have nothing of the private planes, so what is made of them is never taken for text.
const privatePlane = 0xf0000;
const labelPlane = 0x100000;
const digits = 0xfffd;

/** Three characters, which the trigram tokenizer makes one token of. For ids below four thousand million. */
export function labelToken(label: Label, id: number): string {
  const high = privatePlane + (Math.floor(id / digits) % digits);
  return String.fromCodePoint(labelPlane + labels[label], high, privatePlane + (id % digits));
}

/**
 * What a text has for words of one or two characters, separated by spaces: the beginnings of its words and, of all
 * that is not a letter, each one and each pair.
 */
export function shortTokens(folded: string): string {
  const found = new Set<string>();
  let before: { character: string; letter: boolean; begins: boolean } | undefined;
  for (const character of folded) {
    if (character === " ") {
      before = undefined;
      continue;
    }
    const letter = isLetter(character);
    const begins = !(letter && before?.letter);
    if (begins) found.add(character);
    if (before && (begins || before.begins)) found.add(before.character + character);
    before = { character, letter, begins };
  }
  return withoutSigns([...found].join(" "));
}

/** To that tokenizer ASCII signs are spaces; here they are characters like any other. */
function withoutSigns(tokens: string): string {
  return tokens.replace(/[!-/:-@[-`{-~]/g, (sign) => String.fromCodePoint(privatePlane + sign.charCodeAt(0)));
}

/** What the table of short words is asked for one of them. */
export function shortToken(word: string): string {
  return withoutSigns(word);
}

/**
 * The same for the table of trigrams: so many that each character of the word is in one. All of them would leave
 * fewer texts to look into, but take twice as long. Of a word that repeats itself, which has few, they are all there.
 */
export function trigrams(word: string): string[] {
  const characters = [...word];
  const all = characters.slice(2).map((_, at) => characters.slice(at, at + 3).join(""));
  const some = all.filter((_, at) => at % 3 === 0 || at === all.length - 1);
  return [...new Set(new Set(some).size < some.length ? all : some)];
}

/** More tokens hardly reduce the candidates, and each one costs time for every text. */
const mostTokens = 16;

/** What a table is asked for: each token once; of many those that stand apart. */
export function fewTokens(tokens: readonly string[]): string[] {
  const all = [...new Set(tokens)];
  const step = Math.max(1, all.length / mostTokens);
  const length = Math.min(all.length, mostTokens);
  const picked = new Set(Array.from({ length }, (_, n) => Math.floor(n * step)));
  return all.filter((_, i) => picked.has(i));
}

/** An FTS5 expression: all of `tokens`, and one of each of `choices`. */
export function expression(tokens: readonly string[], choices: readonly (readonly string[])[] = []): string {
  return [...tokens.map(quoted), ...choices.map((some) => `(${some.map(quoted).join(" OR ")})`)].join(
    " AND ",
  );
}

function quoted(token: string): string {
  return `"${token.replaceAll('"', '""')}"`;
}
