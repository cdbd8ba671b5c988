/** Who a text calls, as far as its words tell. */
import { ownWords } from "./own-words.ts";

/**
 * Letters of scripts that put no space between words: next to a name they are not part of it. Extensions have
 * the signs that scripts share, such as the Japanese long vowel, too. (Those of the second kind share accents with Latin.)
 */
const unspaced = [
  ...["Han", "Hiragana", "Katakana", "Hangul", "Thai", "Lao", "Khmer", "Myanmar"].map(
    (script) => String.raw`\p{Script_Extensions=${script}}`,
  ),
  ...[
    "Bopomofo",
    "Yi",
    "Tibetan",
    "Javanese",
    "Balinese",
    "Tai_Le",
    "New_Tai_Lue",
    "Tai_Tham",
    "Tai_Viet",
  ].map((script) => String.raw`\p{Script=${script}}`),
].join("");
/** What turns a sign into an emoji counts as a mark, but no more as a letter than the emoji. */
const emoji = String.raw`\p{Variation_Selector}\u20E3`;
const letter = String.raw`[[\p{L}\p{N}\p{M}]--[${unspaced}${emoji}]]`;
/** Words of one letter that Hebrew and Arabic write together with the next one: and, to, in, from, the. */
const prefix = String.raw`(?:(?:[והבלכמש]\p{M}*){1,3}|(?:[وفبلك]\p{M}*){1,3})`;
/** So many signs are looked back over at each `@`: a text of nothing else would cost the square of its length. */
const longestJoint = 64;
/**
 * Not behind a letter or digit of any other script, also with what joins the parts of an address between them: that is
 * one on its way. Not behind another `@`, nor behind what says that it is none.
 */
const begins = String.raw`(?:(?<!${letter}[_.+%=~\-&#]{0,${longestJoint}})|(?<=(?<!${letter})${prefix}))(?<![@\\])`;
const name = String.raw`[A-Za-z0-9_.\-]{3,64}`;
/** Not before such a letter, nor before the rest of an address. */
const ends = String.raw`(?!${letter}|@)`;
/** Names may stand together. What is before an `@` is looked at only where there is one. */
const called = new RegExp(String.raw`@(?<=${begins}@)(${name}(?:@${name})*)${ends}`, "gv");

/** `@` is written in full width next to Chinese and Japanese. */
const wideSigns = /[＠﹫]/g;
const signs = ["@", "＠", "﹫"];
/**
 * Of an address on the web, what people see of it (RFC 3987): letters of any script. It ends at what encloses one, and
 * at the punctuation of scripts that put no space behind it.
 */
const inAddress = String.raw`[[^\s<>"]--[[\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}]&&[\u3000-\u303f\uff00-\uffef]]]`;
/** The rest of an address, whatever signs it has. */
const address = new RegExp(String.raw`:\/\/${inAddress}+`, "gv");
/** The same without `https:`: a name with dots, and a path. */
const bareAddress = new RegExp(
  String.raw`(?<![\p{L}\p{N}@_.\-])(?:[\p{L}\p{N}\-]+\.)+[\p{L}\p{N}\-]{2,}(?::\d+)?\/${inAddress}*`,
  "gv",
);
/** Where a link of Markdown leads. */
const destination = /\]\([^()\s/]*\/[^()\s]*\)/g;
/** Behind a name and `@`: that is somebody on another server. */
const host = /[a-z0-9]\.[a-z]{2,}[._-]*$/i;

/**
 * More readings than this of one name are not looked for: the longest and the shortest ones are, and before any others
 * those that do not end between two marks, as between dots.
 */
const mostReadings = 8;

/**
 * The names behind an `@` in `text`, in lower case and in the order of the text, each with the shorter ones that it may
 * stand for, longest first: `@alice.see` is `alice.see`, `alice.` or `alice`. Not within words, addresses, quotes or
 * code. What stands behind `most` of them is just text: of each name every reading is looked up.
 */
export function namesCalled(text: string, most = Infinity): string[][] {
  if (!signs.some((one) => text.includes(one))) return [];
  const plain = ownWords(text.replace(wideSigns, "@"))
    .replace(address, " ")
    .replace(bareAddress, " ")
    .replace(destination, "] ");
  const found = new Map<string, string[]>();
  for (const [, together = ""] of plain.matchAll(called)) {
    const names = together.toLowerCase().split("@");
    const [, second = ""] = names;
    if (names.length === 2 && host.test(second)) continue;
    for (const one of names) {
      if (found.size < most && !found.has(one)) found.set(one, readings(one));
    }
    if (found.size === most) break;
  }
  return [...found.values()];
}

/** The name as it stands, then without what may be the text's: each time that punctuation begins or ends. */
function readings(whole: string): string[] {
  const names = [whole];
  for (let end = whole.length - 1; end >= 3; end--) {
    if (isPunctuation(whole.charAt(end)) || isPunctuation(whole.charAt(end - 1)))
      names.push(whole.slice(0, end));
  }
  const possible = names.filter((one) => one.length <= 32);
  if (possible.length <= mostReadings) return possible;
  const isBetweenMarks = ({ length: end }: string) =>
    end < whole.length && isPunctuation(whole.charAt(end - 1)) && isPunctuation(whole.charAt(end));
  const likely = outermost(
    possible.filter((one) => !isBetweenMarks(one)),
    mostReadings,
  );
  const more = outermost(possible.filter(isBetweenMarks), mostReadings - likely.length);
  return possible.filter((one) => likely.includes(one) || more.includes(one));
}

/** At most so many of them: the first and the last ones. */
function outermost(all: string[], most: number): string[] {
  return all.filter((_, i) => i < Math.ceil(most / 2) || i >= all.length - Math.floor(most / 2));
}

function isPunctuation(character: string): boolean {
  return "._-".includes(character);
}
