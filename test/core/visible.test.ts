import { expect, test } from "bun:test";

import { isVisible } from "../../src/core/visible.ts";

const nothing: [what: string, text: string][] = [
  ["nothing", ""],
  [
    "blanks and line breaks of all kinds",
    " \t\n\v\f\r\u0085\u00a0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000",
  ],
  ["control characters", "\u0001\u0008\u001b\u007f\u0080\u009f"],
  ["spaces without width", "\u200b\u200c\u200d\u2060\ufeff\u180e"],
  ["soft hyphens", "\u00ad"],
  ["bidirectional signs", "\u061c\u200e\u200f\u202a\u202e\u2066\u2069"],
  ["invisible operators and deprecated format characters", "\u2061\u2064\u206a\u206f\ufff9\ufffb"],
  ["variation selectors", "\ufe00\ufe0f\u{e0100}\u180b"],
  ["tags", "\u{e0001}\u{e0041}\u{e007f}"],
  ["Korean fillers", "\u115f\u1160\u3164\uffa0"],
  ["blank Braille, hieroglyphs and notes", "\u2800\u{13441}\u{13442}\u{1d159}\u{1d173}"],
  ["the place of an object that is not there", "\ufffc"],
  ["marks that stand over no letter", "\u0301\u0308\u034f\u20d2"],
  ["marks over a blank", " \u0301\u00a0\u0301\u200b\u0327"],
  ["a keycap without its key", "\ufe0f\u20e3"],
  ["vowel signs without a letter", "\u093e\u0e34\u064e\u05b0"],
  ["what joins emoji, without them", "\u200d\ufe0f\u200d"],
];

test.each(nothing)("%s cannot be seen", (_, text) => {
  expect(isVisible(text)).toBe(false);
  // However much of it there is, and in whatever company.
  const all = nothing.map(([, one]) => one).join("");
  expect(isVisible(`${text.repeat(1000)}${all}${text}`)).toBe(false);
  expect(isVisible(`${all}x${all}`)).toBe(true);
});

test.each([
  ["a letter", "x"],
  ["a sign", "."],
  ["a digit", "0"],
  ["a letter with a mark", "e\u0301"],
  ["an emoji", "👍"],
  ["an emoji with a skin tone", "👍🏽"],
  ["an emoji that was text", "❤️"],
  ["a family", "👨‍👩‍👧‍👦"],
  ["a flag", "🇨🇭"],
  ["a flag made of tags", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"],
  ["a keycap", "1️⃣"],
  ["an emoji that is newer than this server", "\u{1faff}"],
  ["Arabic with vowels", "مَرْحَبًا"],
  ["Persian with a joiner", "می‌خواهم"],
  ["Hindi", "हिन्दी"],
  ["a Sinhala conjunct", "ශ්‍රී"],
  ["Thai", "นี้"],
  ["Korean letters", "ㅋㅋ"],
  ["old Korean with a filler", "\u115f\u1161"],
  ["Braille", "\u2801"],
  ["Mongolian with a vowel separator", "ᠮᠣᠩᠭᠣᠯ᠎ᠠ"],
  ["the sign for a character that cannot be shown", "\ufffd"],
  ["a sign of somebody's own, or of nobody", "\ue000\u{10ffff}"],
])("%s can be seen", (_, text) => {
  expect(isVisible(text)).toBe(true);
});
