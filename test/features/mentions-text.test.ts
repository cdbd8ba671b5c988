import { expect, test } from "bun:test";

import { namesCalled } from "../../src/features/messages/mention-text.ts";

/** Who would be called if there were somebody of every name: the first reading of each. */
const called = (text: string) => namesCalled(text).map(([name]) => name!);
/** Whether Alice is called, supposing that there is no other name. */
const callsAlice = (text: string) => namesCalled(text).some((readings) => readings.includes("alice"));

const calling = [
  ["at the beginning", "@alice hello"],
  ["at the end", "hello @alice"],
  ["alone", "@alice"],
  ["on a line of its own", "hello\n@alice\nbye"],
  ["behind a tab or an unusual space", "hello\t@alice,\u00a0@alice\u3000@alice"],
  ["in any case", "hello @ALICE and @AlIcE"],
  ["before a comma", "@alice, hello"],
  ["before a full stop", "Ask @alice."],
  ["before several stops", "Ask @alice..."],
  ["before a question mark", "And you, @alice?"],
  ["before an exclamation mark and a quote", "“Hello @alice!”"],
  ["before a colon", "@alice: hello"],
  ["before a genitive", "@alice's bicycle, @alice’s bicycle"],
  ["before a slash", "@alice/@bob"],
  ["before a dash", "@alice- come here"],
  ["before a typographic dash", "@alice—come here"],
  ["in parentheses", "(@alice)"],
  ["in brackets", "[@alice]"],
  ["in quotes", `"@alice" or '@alice'`],
  ["in bold letters", "**@alice**"],
  ["behind a colon", "cc:@alice"],
  ["behind a comma", "bob,@alice"],
  ["behind a typographic dash", "well—@alice knows"],
  ["behind an emoji", "👍@alice"],
  ["behind an emoji with a presentation selector", "❤️@alice"],
  ["behind a keycap", "1️⃣@alice"],
  ["behind a family and a flag", "👨‍👩‍👧@alice 🇨🇭@alice"],
  ["before an emoji", "@alice👍 @alice❤️"],
  ["next to Chinese", "你好@alice你好"],
  ["next to Chinese punctuation", "你好，@alice，你好。"],
  ["next to Japanese", "こんにちは@aliceさん、テスト@aliceさん"],
  ["behind a long Japanese vowel", "ユーザー@aliceさん"],
  ["behind half-width katakana", "ﾕｰｻﾞｰ@alice"],
  ["behind a repeated character", "人々@alice"],
  ["next to Korean", "안녕@alice씨"],
  ["next to decomposed Korean", `${"안녕".normalize("NFD")}@alice`],
  ["next to Thai", "สวัสดี@aliceครับ"],
  ["behind a Thai vowel sign", "นี้@alice"],
  ["next to Lao, Khmer and Burmese", "ສະບາຍດີ@alice សួស្ដី@alice မင်္ဂလာပါ@alice"],
] as const;

for (const [where, text] of calling) {
  test(`a name calls ${where}`, () => expect(callsAlice(text)).toBe(true));
}

const silent = [
  ["in an e-mail address", "write to bob@alice"],
  ["in an e-mail address with a domain", "write to bob@alice.example"],
  ["in an e-mail address with signs", "bob.smith+tag-x_1@alice or bob%x@alice or bob=@alice"],
  ["behind a word", "hello@alice"],
  ["behind a digit", "5@alice"],
  ["behind an underscore", "x_@alice"],
  ["behind a word with an accent", "café@alice and cafe\u0301@alice"],
  [
    "behind Greek, Cyrillic, Arabic, Hebrew and Devanagari",
    "αβγ@alice где@alice مرحبا@alice שלום@alice हिन्दी@alice",
  ],
  ["before more of a word", "@aliceé @alicegde @aliceя"],
  ["before another sign of addresses", "@alice@mastodon.example"],
  ["with two signs", "@@alice"],
  ["in the path of an address", "https://example.org/@alice"],
  ["deeper in an address", "see https://example.org/@alice/posts/1?by=@alice&and=@alice#@alice"],
  ["behind a comma in an address", "https://example.org/a,@alice"],
  ["in parentheses in an address", "https://example.org/wiki/x_(@alice)"],
  ["where an address has its password", "https://user:@alice/ and ftp://user:x@alice/"],
  ["behind any sign in an address", "https://example.org/!@alice;@alice:@alice*@alice'@alice"],
  ["in code", "run `@alice` now"],
  ["in longer code", "run `x = @alice + 1` now"],
  ["in code with two backticks", "run `` @alice ` @alice `` now"],
  ["in a block of code", "```\n@alice\n```"],
  ["in a block of code with a language", "look:\n```ts\nconst x = '@alice';\n```\nbye"],
  ["in a block of code that is not closed", "look:\n```\n@alice"],
  ["in code over several lines", "`one\n@alice\ntwo`"],
] as const;

for (const [where, text] of silent) {
  test(`a name does not call ${where}`, () => expect(callsAlice(text)).toBe(false));
}

test("what stands outside of code calls, and a lone backtick is no code", () => {
  expect(called("`@one` @two `@three` @four")).toEqual(["two", "four"]);
  expect(called("```\n@one\n``` @two")).toEqual(["two"]);
  expect(called("it`s @alice")).toEqual(["alice"]);
  expect(called("``@alice`")).toEqual(["alice"]);
});

test("an address ends where the text goes on in another script", () => {
  expect(called("https://example.org/x，@alice")).toEqual(["alice"]);
  expect(called("https://example.org/x @alice")).toEqual(["alice"]);
});

test("names come once each, in the order of the text, whatever their case", () => {
  expect(called("@carol @Bob @carol @BOB and @alice")).toEqual(["carol", "bob", "alice"]);
});

test("a name may have dots, dashes and digits, and may end with what is the sentence's", () => {
  expect(namesCalled("@ann-marie.o_1")).toEqual([["ann-marie.o_1"]]);
  expect(namesCalled("@alice.-_")).toEqual([["alice.-_", "alice.-", "alice.", "alice"]]);
  expect(namesCalled("@alice.smith")).toEqual([["alice.smith"]]);
});

test("only what can be a name is one: 3 to 32 characters", () => {
  const [shortest, longest] = ["abc", "a".repeat(32)];
  expect(called(`@ab @${shortest} @${longest} @${longest}a @ @. @!x`)).toEqual([shortest, longest]);
  expect(called(`@${longest}...`)).toContain(longest);
});

const size = 16_384;
const fill = (piece: string) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
const hostile = {
  "@": fill("@"),
  "@ with spaces": fill("@ "),
  names: fill("@alice "),
  "names without spaces": fill("@alice"),
  "one long name": `@${fill("a")}`,
  "one long name of dots": `@${fill(".")}`,
  "long names": fill(`@${"a".repeat(63)}é`),
  "dots and signs": fill("@a.-_"),
  backticks: fill("`"),
  "backticks apart": `@x${fill("` ")}`,
  "backticks in pairs": `@x${fill("`` ")}`,
  "backticks of every length": `@x${Array.from({ length: 178 }, (_, i) => "`".repeat(i + 1)).join(" ")}`,
  "backticks of falling length": `@x${Array.from({ length: 178 }, (_, i) => "`".repeat(178 - i)).join(" ")}`,
  "code with names": fill("`@alice` @bob "),
  fences: fill("```\n@alice\n"),
  colons: `@x${fill(":")}`,
  "colons and slashes": `@x${fill("://")}`,
  "an address": `https://${fill("@alice/")}`,
  addresses: fill("https://a/@x "),
  "letters with a sign at the end": `${fill("a")}@alice`,
  Chinese: fill("你@alice"),
};

test("no text of 16 KB takes noticeably longer than a plain one", () => {
  const plain = fill("Hello @alice, `x` is what @bob asked for: see https://example.org/a_b. ");
  /** The shortest of a few times, which the machine disturbs least. */
  const time = (text: string) => {
    let shortest = Infinity;
    for (let i = 0; i < 5; i++) {
      const start = performance.now();
      namesCalled(text);
      shortest = Math.min(shortest, performance.now() - start);
    }
    return shortest;
  };
  for (let i = 0; i < 20; i++) namesCalled(plain);
  const usual = time(plain);
  const times = Object.entries(hostile)
    .map(([name, text]) => ({ name, times: time(text) / usual }))
    .toSorted((a, b) => b.times - a.times);
  const { name, times: most } = times[0]!;
  console.log(
    `whom 16 KB of plain text call: ${usual.toFixed(2)} ms; ${name}: ${most.toFixed(1)} times that`,
  );
  // Work that grows with the square of the length would be hundreds of times as much.
  expect(times.filter((one) => one.times > 30)).toEqual([]);
});
