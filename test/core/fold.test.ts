import { expect, spyOn, test } from "bun:test";

import { fold, offsetBeforeFolding } from "../../src/core/fold.ts";
import { excerpt, findWord, hasWords, parseWords } from "../../src/core/search-words.ts";
import { Chance } from "../support/random.ts";

const alike: [what: string, ...texts: string[]][] = [
  ["upper and lower case", "straße", "STRASSE", "STRAẞE", "Straße", "ſtraße"],
  ["accents, however they are written", "cafe", "café", "cafe\u0301", "CAFÉ"],
  ["Polish letters", "lodz", "Łódź", "łódź"],
  ["Nordic letters", "oaeoethd", "Øæœþđ", "ØÆŒÞÐ"],
  ["Icelandic letters", "thorthur", "Þórþur"],
  ["Maltese and Sami letters", "htzgb", "ĦŦƵǤɃ"],
  ["Latin letters with a stroke", "acdefgijklopqrtuvyz", "ȺȻĐɆꞘǤƗɈꝀŁØⱣꝖɌŦɄꝞɎƵ", "ⱥȼđɇꞙǥɨɉꝁłøᵽꝗɍŧʉꝟɏƶ"],
  ["African letters with a hook or a tail", "bcddfgknptvwy", "ƁƇƊƉƑƓƘƝƤƬƲⱲƳ", "ɓƈɗɖƒɠƙɲƥƭʋⱳƴ"],
  ["Turkish letters", "istanbul ilik", "İstanbul ılık", "ISTANBUL ILIK"],
  ["Greek sigmas", "σοφοσ", "σοφός", "ΣΟΦΌΣ"],
  ["Cyrillic letters with points", "еи", "ёй", "ЁЙ"],
  ["forms of letters", "file abc 123 km²", "ﬁle ＡＢＣ １２３ ㎞²", "ﬁle 𝐀𝑏𝒄 ①②③ km2"],
  [
    "quotation marks of one kind",
    "don't",
    "don’t",
    "don‘t",
    "don‛t",
    "don´t",
    "don`t",
    "don′t",
    "donʼt",
    "don＇t",
    "don‚t",
    "don‹t",
    "don❜t",
    "don׳t",
    "don\u1fbft",
  ],
  [
    "quotation marks of the other kind",
    'say "hi"',
    "say “hi”",
    "say „hi“",
    "say «hi»",
    "say »hi«",
    "say ″hi″",
    "say 〝hi〞",
    "say 「hi」",
    "say 『hi』",
    "say ＂hi＂",
    "say ❝hi❞",
    "say ˮhi״",
  ],
  [
    "dashes",
    "10-12",
    "10–12",
    "10—12",
    "10‐12",
    "10‑12",
    "10‒12",
    "10―12",
    "10−12",
    "10﹣12",
    "10－12",
    "10⁃12",
    "10־12",
    "10〜12",
    "10〰12",
    "10⸺12",
    "10➖12",
    "10⁻12",
  ],
  [
    "what cannot be seen",
    "autobahn",
    "Auto\u00adbahn",
    "Auto\u200bbahn",
    "Auto\u200d\u200cbahn",
    "\ufeffAutobahn",
    "Auto\u2060bahn",
    "\u202aAuto\u202cbahn\u200e",
    "A\u034futobahn",
    "Autobahn\ufe0f",
    "Auto\u{e0100}bahn\u{e0020}",
    "Auto\u3164bahn",
    "Auto\u115f\uffa0bahn",
    "\u2067Autobahn\u2069",
    "Auto\ufffcbahn",
    "Auto\u180ebahn",
  ],
  [
    "white space and control characters",
    "a b",
    "a  b",
    "a\nb",
    "a\t \r\n b",
    "a\u00a0b",
    "a\u2028b",
    "a\u0001b",
    "a \u200b b",
    "a\u2800b",
    "a\u3000 b",
  ],
  ["Arabic with and without vowels", "مرحبا", "مَرْحَبًا"],
  ["Hebrew with and without points", "שלום", "שָׁלוֹם"],
  ["Korean, composed or not", "한국어", "한국어".normalize("NFD"), "\u1112\u200d\u1161\u11ab국어"],
  ["emoji with and without a form", "❤ 👍", "❤️ 👍"],
];

test.each(alike)("%s make no difference", (_, expected, ...others) => {
  for (const other of [expected, ...others]) {
    expect([other, fold(other)]).toEqual([other, fold(expected)]);
    expect(hasWords(fold(`before ${other} after`), parseWords(expected))).toBe(true);
    expect(hasWords(fold(`before ${expected} after`), parseWords(other))).toBe(true);
  }
});

test("what makes another word is kept", () => {
  const other = [
    ["か", "が"],
    ["नी", "न"],
    ["ดี", "ด"],
    ["'", '"'],
    ["'", ""],
    ["-", "_"],
    ["ー", "-"],
    ["一", "-"],
    ["n", "ŋ"],
    ["۱", "١"],
  ] as const;
  for (const [one, two] of other) expect(fold(one)).not.toBe(fold(two));
});

test("what fold has made is not changed by it", () => {
  // All planes that have letters; what is above is alike.
  for (let code = 0; code <= 0x1ffff; code++) {
    const folded = fold(`a${String.fromCodePoint(code)}b`);
    if (fold(folded) !== folded)
      expect([code.toString(16), fold(folded)]).toEqual([code.toString(16), folded]);
  }
});

test("quotation marks around words make them one, whichever they are", () => {
  for (const [begin, end] of ["“”", "„“", "«»", "»«", "「」", "＂＂", "″″", '""'].map((both) => [...both])) {
    expect(parseWords(`${begin}the  Train${end} leaves`)).toEqual([
      { text: "the train", start: false },
      { text: "leaves", start: false },
    ]);
  }
  expect(parseWords('5" of "')).toEqual([
    { text: "5", start: true },
    { text: "of", start: true },
  ]);
});

/** Marks that are not left out by themselves, in an order that Unicode sorts: an accent, a sign below, a letter's dot. */
const sorted = ["\u0483", "\u0e38", "\u3099", "\u309a", "\uff9e", "\u0f71", "\u0345", "\u0300", "\u0327"];

test("no more marks are ever sorted than stand together in any writing, whatever stands between them", () => {
  const normalize = spyOn(String.prototype, "normalize");
  try {
    for (const one of sorted) {
      for (const between of ["", "\u200d", "\ufe0f", "\u00ad", "\u0301\u200b"]) {
        const text = ["\u0f74", one, "\u0488", "\u0d4d"].map((mark) => (mark + between).repeat(500)).join("");
        fold(`x${text} needle`);
        excerpt(`x${text} needle`, parseWords("needle"));
      }
    }
    expect(normalize.mock.contexts.length).toBeGreaterThan(0);
    const longest = normalize.mock.contexts.map((text) =>
      Math.max(0, ...(String(text).match(/[\p{M}\uff9e\uff9f]+/gu) ?? []).map((run) => run.length)),
    );
    // 30 that each become three at most.
    expect(Math.max(...longest)).toBeLessThanOrEqual(90);
  } finally {
    normalize.mockRestore();
  }
});

test("a word is found behind more marks than any writing has", () => {
  const hidden = `x${"\u0345".repeat(2700)}${"\u0300".repeat(2700)}${"\u0327".repeat(2700)} needle`;
  expect(fold(hidden)).toBe("x needle");
  expect(excerpt(hidden, parseWords("needle"))).toContain("needle");
  const kept = `x${"\u0483".repeat(2700)}${"\u3099".repeat(2700)} needle`;
  expect(excerpt(kept, parseWords("needle"))).toContain("needle");
  const nasal = "न\u093c\u0902".repeat(40);
  expect(fold(nasal)).toBe(nasal.normalize("NFC"));
});

// Where a word stands in what was written

/** What is folded to nothing, to one, to more; what belongs to the character before it; what joins with the next. */
const odd = [
  ..."abz AZ.-'\"ß ẞ Æ æ œ þ ł ı İ ς ﬁ ﷺ ½ … ㎞ ① Ａ 𝐀 ´ ¨ ″ – “ ʼn ŉ".split(" "),
  ..."東 京 か が カ ﾊ ﾞ ﾟ 한 ᄒ ᅡ ᆫ ㅎ ㅏ ㄴ ㉠ ﾡ ﾂ न ी क्षि ดี 👍 🏽 🇨🇭 ❤️ ё й ש ל".split(" "),
  "\u0301",
  "\u0308",
  "\u3099",
  "\u0345",
  "\u05b8",
  "\u064e",
  "\u20e3",
  "\u0e34",
  "\u00ad",
  "\u200b",
  "\u200d",
  "\ufeff",
  "\ufe0f",
  "\u{e0041}",
  "\u3164",
  "\u1160",
  " ",
  "  ",
  "\n",
  "\u00a0",
  "\u2800",
  "\u0001",
  "\ud800",
  "\udc00",
  "\u{10ffff}",
  "\u{f0001}",
];

/** More marks than are looked at, and nearly as many. */
const crowded = ["\u0483".repeat(20), "\uff9e\u0e38".repeat(40)];

function oddText(chance: Chance, longest: number, odd: readonly string[]): string {
  const plain = chance.below(3);
  return Array.from({ length: chance.below(longest) }, () =>
    chance.below(3) < plain ? chance.pick([..."abcdefg hij 東京"]) : chance.pick(odd),
  ).join("");
}

test("each place in a folded text is found where it was written", () => {
  const chance = new Chance(20_263);
  for (let round = 0; round < 60; round++) {
    const text = oddText(chance, 250, [...odd, ...crowded]);
    const { length } = fold(text);
    const ends = [...text.matchAll(/[^]/gu)].map(({ index, 0: one }) => index + one.length);
    const lengths = ends.map((end) => fold(text.slice(0, end)).length);
    for (let n = 0; n < 20 && length > 0; n++) {
      const at = chance.below(length);
      // The first character up to which there is more than that.
      const which = lengths.findIndex((one) => one > at);
      expect({ text, at, place: offsetBeforeFolding(text, at) }).toEqual({
        text,
        at,
        place: ends[which - 1] ?? 0,
      });
    }
    expect(offsetBeforeFolding(text, length)).toBe(text.length);
  }
});

test("a place is right behind whatever is longer or shorter than it folds to, wherever that stands", () => {
  for (const one of [
    "  \u200b  ",
    "e\u0301",
    "ᄒ\u200dᅡᆫ",
    "ㅎㅏㄴ",
    "ﾊﾞ",
    "👍🏽",
    " ¨ ",
    "\u{e0041}\u{e0042}",
    "क्षि",
  ]) {
    for (let before = 0; before < 300; before += 1) {
      const text = `${"a".repeat(before)}${one}${"b".repeat(9)}`;
      const at = fold(text).length - 9;
      expect([one, before, offsetBeforeFolding(text, at)]).toEqual([one, before, text.length - 9]);
    }
  }
});

test("an excerpt has the first word that was found, in the words of its writer", () => {
  const chance = new Chance(20_264);
  let found = 0;
  for (let round = 0; round < 500; round++) {
    const text = oddText(chance, 600, odd).toWellFormed();
    const folded = fold(text);
    const at = chance.below(folded.length + 1);
    const piece = folded.slice(at, at + 1 + chance.below(30)).toWellFormed();
    const words = parseWords(`"${piece.replaceAll('"', "")}"`);
    if (words.length === 0) continue;
    const shown = excerpt(text, words);
    expect(shown === undefined).toBe(!hasWords(folded, words));
    if (shown === undefined) continue;
    found += 1;
    const [, line] = /^…?([^]*?)…?$/.exec(shown)!;
    expect(shown).not.toMatch(/[\r\n]/);
    expect(text.replace(/[^\S\ufeff]+/g, " ")).toContain(line!);
    expect({ text, words, has: findWord(fold(shown), words[0]!) >= 0 || words[0]!.start }).toEqual({
      text,
      words,
      has: true,
    });
    expect(shown.length).toBeLessThanOrEqual(40 + 242);
  }
  expect(found).toBeGreaterThan(250);
});

test("an excerpt shows all of a long word, also of one with much in it that is not seen", () => {
  const long = "x".repeat(150);
  expect(excerpt(`${"before ".repeat(20)}${long} after`, parseWords(long))).toContain(long);
  const hidden = [..."Autobahn"].join("\u00ad".repeat(20));
  expect(excerpt(`${"before ".repeat(20)}${hidden} after`, parseWords("autobahn"))).toContain(hidden);
  // As much as is bearable.
  const endless = [..."Autobahn"].join("\u00ad".repeat(2000));
  expect(excerpt(endless, parseWords("autobahn"))!.length).toBeLessThan(300);
});
