/**
 * Folding: the form of a text that search compares. It has no case, accents, compatibility forms (Unicode's NFKD) or
 * invisible characters; quotation marks and dashes of all kinds become the plain one, white space a single space.
 */
import { invisible } from "./visible.ts";

/**
 * Accents and points, and what chooses between forms of a picture. Not the vowel signs of Indic scripts and the dots
 * of Japanese kana, which make another letter.
 */
const marks = String.raw`[[\p{Mn}&&[\p{sc=Zinh}\p{sc=Hebr}\p{sc=Arab}]]--[\u{3099}\u{309a}]]`;
const unseen = new RegExp(String.raw`[${marks}${invisible}\ufffc]+`, "gv");

/** What Unicode takes apart into a space with an accent, or into two: `'` and `"` in disguise. */
const apart = /[\u00b4\u0384\u1fbd\u1fbf\u1ffd\u1ffe\u02dd\u2033\u2036]/g;
const twice = "\u02dd\u2033\u2036";

const single = "`‘’‚‛′‵‹›❛❜❟❮❯ʹʻʼʽʾʿˈˊˋ՚׳ߴߵꞋꞌ";
const double = "“”„‟«»ʺˮ״❝❞❠〝〞〟「」『』⹂🙶🙷🙸";
/** Also signs that look like a dash: bullet, minus, modifier letter, its picture. */
const dash = String.raw`\p{Pd}\u2043\u2212\u02d7\u2796`;
const signs = new RegExp(`(?<single>[${single}])|(?<double>[${double}])|[${dash}]`, "gu");

/**
 * What Unicode does not take apart, behind what it is found by: Latin letters with a stroke, a bar, a hook, a tail or
 * their like, and two letters in one. Not what is a letter of its own, such as ŋ, ə and ɔ.
 */
const plain = new Map(
  (
    "a:ᶏⱥ b:ƀƃɓᵬᶀꞗ c:ƈȼɕꞓꞔ d:đðƌȡɖɗᵭᶁᶑꟈ e:ɇᶒⱸꬴ f:ƒᵮᶂꞙ g:ǥɠᶃꞡ h:ħɦⱨꞕ i:ɨᶖ j:ȷɉɟʄʝ k:ƙᶄⱪꝁꝃꝅꞣ " +
    "l:łƚȴɫɬɭᶅⱡꝉꞎꬷꬸꬹ m:ɱᵯᶆꬺ n:ƞȵɲɳᵰᶇꞑꞥꬻ o:øɵⱺꝋꝍ p:ƥᵱᵽᶈꝑꝓꝕ q:ɋʠꝗꝙ r:ɍɼɽɾᵲᵳᶉꞧꭉ s:ȿʂᵴᶊẜẝꞩꟊ " +
    "t:ŧƫƭȶʈᵵⱦ u:ʉᶙꞹꭎꭒ v:ʋᶌⱱⱴꝟ w:ⱳ x:ᶍꭖꭗꭘꭙ y:ƴɏỿꭚ z:ƶȥɀʐʑᵶᶎⱬ th:þ ae:æ oe:œ ss:ß σ:ς"
  )
    .split(" ")
    .map((group) => group.split(":") as [string, string])
    .flatMap(([letter, others]) => [...others].map((one) => [one, letter] as const)),
);
const plainLetters = new RegExp(`[${[...plain.keys()].join("")}]`, "g");

/**
 * More marks than this stand behind no letter of any writing (UAX 15, UAX15-D3): normalising sorts them, in time that
 * grows with the square of their number. With the signs of half width that it makes into marks.
 */
const manyMarks = /([\p{M}\uff9e\uff9f]{30})[\p{M}\uff9e\uff9f]+/gu;

/** With the empty Braille pattern (U+2800), which is a space there. */
const white = /[\s\p{Cc}\u2800]+/gu;
/**
 * Not used by any script: the private planes, which the search index uses for signs of its own, and lone surrogates.
 */
const unused = /[\u{f0000}-\u{10ffff}]|\p{Cs}/gu;
const beyondAscii = /[^\0-\x7f]/;

/** Control characters are white space. An index that keeps folded text is built anew when this changes. */
export function fold(text: string): string {
  return letters(text).replace(white, " ");
}

function letters(text: string): string {
  if (!beyondAscii.test(text)) return text.replaceAll("`", "'").toLowerCase();
  return (
    text
      .replace(unused, "\ufffd")
      // Before marks are counted, because those on both sides of it come together.
      .replace(unseen, "")
      .replace(manyMarks, "$1")
      .replace(apart, (sign) => (twice.includes(sign) ? '"' : "'"))
      .normalize("NFKD")
      .replace(unseen, "")
      .replace(signs, (_, one, two) => (one ? "'" : two ? '"' : "-"))
      // By way of upper case, which makes "ß" the same as "ss", and "ı" as "i".
      .toUpperCase()
      .toLowerCase()
      .replace(plainLetters, (letter) => plain.get(letter) ?? letter)
      .normalize("NFC")
  );
}

/** Before these letters and signs a text can be cut without a change to how either part folds; there are others. */
const cut =
  /[!-~\u0391-\u03c9\u0410-\u044f\u05d0-\u05ea\u0621-\u064a\u0904-\u0939\u0e01-\u0e2e\u3041-\u3096\u30a1-\u30fa\u3400-\u9fff\uac00-\ud7a3\u{1f300}-\u{1faff}]/gu;
const chunkLength = 128;

/** The offset in `original` of the character that stands at the offset `at` in its folded form. */
export function offsetBeforeFolding(original: string, at: number): number {
  let folded = 0;
  for (let start = 0; start < original.length;) {
    cut.lastIndex = start + chunkLength;
    const end = cut.exec(original)?.index ?? original.length;
    const chunk = original.slice(start, end);
    const { length } = fold(chunk);
    if (at < folded + length) return start + offsetInChunk(chunk, at - folded);
    folded += length;
    start = end;
  }
  return original.length;
}

/**
 * The last offset up to which the text folds to no more than `at` characters, by binary search: what stands behind it
 * may change the last character before it, but not how many there are.
 */
function offsetInChunk(text: string, at: number): number {
  let [from, to] = [0, text.length];
  while (from < to) {
    const middle = characterEnd(text, Math.ceil((from + to) / 2));
    if (fold(text.slice(0, middle)).length <= at) from = middle;
    else to = characterStart(text, middle - 1);
  }
  return from;
}

function isInside(text: string, at: number): boolean {
  return (text.charCodeAt(at) & 0xfc00) === 0xdc00 && (text.charCodeAt(at - 1) & 0xfc00) === 0xd800;
}

function characterEnd(text: string, at: number): number {
  return isInside(text, at) ? at + 1 : at;
}

function characterStart(text: string, at: number): number {
  return isInside(text, at) ? at - 1 : at;
}
