/** Text as search compares it: without case, accents and compatibility forms, white space as single spaces. */

/**
 * Accents and points, and what chooses between forms of a picture. Not the vowel signs of Indic scripts and the dots
 * of Japanese kana, which make another letter.
 */
const marks = /[[\p{Mn}&&[\p{sc=Zinh}\p{sc=Hebr}\p{sc=Arab}]]--[\u{3099}\u{309a}]]+/gv;

/** Letters with a stroke and their like, which Unicode does not take apart. */
const plain: Record<string, string> = { ł: "l", ø: "o", đ: "d", ð: "d", þ: "th", æ: "ae", œ: "oe", ς: "σ" };
const plainLetters = new RegExp(`[${Object.keys(plain).join("")}]`, "g");

const white = /[\s\p{Cc}]+/gu;
/** What no writing uses: private planes, kept free for those who need signs of their own, and half characters. */
const unused = /[\u{f0000}-\u{10ffff}]|\p{Cs}/gu;
const beyondAscii = /[^ -~\s]/;

/** Control characters are white space. An index that keeps folded text is built anew when this changes. */
export function fold(text: string): string {
  return letters(text).replace(white, " ");
}

function letters(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase();
  return (
    text
      .replace(unused, "\ufffd")
      .normalize("NFKD")
      .replace(marks, "")
      // By way of upper case, which makes "ß" the same as "ss".
      .toUpperCase()
      .toLowerCase()
      .replace(plainLetters, (letter) => plain[letter]!)
      .normalize("NFC")
  );
}

/**
 * What is folded as one: white space, what keeps its length (ASCII and Han), the letters of a Korean syllable, any
 * other character with what is written over it.
 */
const unit = /[\s\p{Cc}]+|(?<same>(?:[!-~\u3400-\u9fff](?!\p{M}))+)|[\u1100-\u11ff]+|[^]\p{M}*/gu;

/** Where in `original` the character begins that stands at `at` in its folded form. */
export function placeBeforeFolding(original: string, at: number): number {
  let folded = 0;
  for (const { 0: one, index, groups } of original.matchAll(unit)) {
    const length = groups!["same"] ? one.length : fold(one).length;
    if (at < folded + length) return groups!["same"] ? index + at - folded : index;
    folded += length;
  }
  return original.length;
}
