/** Who a text calls, as far as its words tell. */

/**
 * Letters of scripts that put no space between words: next to a name they are not part of it. Extensions have
 * the signs that scripts share, such as the Japanese long vowel, too.
 */
const unspaced = ["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"]
  .map((script) => String.raw`\p{Script_Extensions=${script}}`)
  .join("");
/** What turns a sign into an emoji counts as a mark, but no more as a letter than the emoji. */
const emoji = String.raw`\p{Variation_Selector}\u20E3`;
const letter = String.raw`[[\p{L}\p{N}\p{M}]--[${unspaced}${emoji}]]`;
/** Not behind a letter or digit of any other script, nor behind what joins addresses and paths. */
const begins = String.raw`(?<!${letter}|[_@.+%=~\\]|\/|-|&|#)`;
/** Not before such a letter, nor before the rest of an address. */
const ends = String.raw`(?!${letter}|@)`;
/** The rest of an address on the web (RFC 3986, 2), whatever signs it has. */
const address = /:\/\/[!-~]+/g;
const called = new RegExp(String.raw`${begins}@([A-Za-z0-9_.\-]{3,64})${ends}`, "gv");

/**
 * The names behind an `@` in `text`, in lower case and in the order of the text, each with the shorter ones that
 * it stands for if it ends with punctuation: `@alice.` is `alice.` or else `alice`. Not within words, addresses
 * or code (in Markdown's backticks).
 */
export function namesCalled(text: string): string[][] {
  if (!text.includes("@")) return [];
  const found = new Map<string, string[]>();
  for (const [, name] of withoutCode(text).replace(address, " ").matchAll(called)) {
    const whole = name!.toLowerCase();
    if (!found.has(whole)) found.set(whole, readings(whole));
  }
  return [...found.values()];
}

/** The name as it stands, then without what may be the sentence's punctuation. */
function readings(whole: string): string[] {
  const names = [whole];
  for (let end = whole.length; end > 3 && "._-".includes(whole[end - 1]!); end--) {
    names.push(whole.slice(0, end - 1));
  }
  return names.filter((one) => one.length <= 32);
}

/**
 * The text with a space for each span of code: what stands between two runs of equally many backticks
 * (CommonMark 0.31, 6.1), or behind a fence of three or more that is never closed.
 */
function withoutCode(text: string): string {
  if (!text.includes("`")) return text;
  const runs = [...text.matchAll(/`+/g)].map((run) => ({ start: run.index, length: run[0].length }));
  const byLength = Map.groupBy(runs, (run) => run.length);
  let plain = "";
  let end = 0;
  for (const run of runs) {
    if (run.start < end) continue;
    const same = byLength.get(run.length)!;
    while (same[0] && same[0].start <= run.start) same.shift();
    const close = same[0];
    if (!close && run.length < 3) continue;
    plain += `${text.slice(end, run.start)} `;
    end = close ? close.start + close.length : text.length;
  }
  return plain + text.slice(end);
}
