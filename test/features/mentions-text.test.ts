import { expect, test } from "bun:test";

import { namesCalled } from "../../src/features/chat/mentions/mention-text.ts";
import { Chance } from "../support/random.ts";

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
  ["behind Chinese letters that spell, behind Tibetan and Javanese", "ㄅㄆㄇ@alice ང་@alice ꦲ@alice"],
  [
    "behind a Hebrew or Arabic word of one letter",
    "ל@alice ו@alice של@alice וְ@alice و@alice ل@alice وَ@alice",
  ],
  ["behind one in parentheses", "(ל@alice) *و@alice*"],
  ["in italics", "_@alice_ and *@alice*"],
  ["in bold letters of the other kind", "__@alice__"],
  ["in bold italics", "_**@alice**_ ***@alice***"],
  ["struck out", "~~@alice~~ ~@alice~"],
  ["hidden", "||@alice||"],
  ["behind an opening bracket of any kind", "[@alice] {@alice} <@alice> 「@alice」 【@alice】 （@alice）"],
  ["behind a quotation mark of any kind", "«@alice» “@alice” „@alice“ ‘@alice’ ‹@alice› '@alice' \"@alice\""],
  ["behind a lone backtick", "`@alice"],
  ["behind signs that stand alone", "-@alice --@alice +@alice =@alice #@alice &@alice %@alice .@alice"],
  ["behind an ellipsis", "well ...@alice …@alice"],
  ["behind a slash", "cc /@alice and/@alice bob/@alice"],
  ["behind another name and a slash", "@bob/@alice"],
  ["behind another name with dots and a slash", "@bob.smith/@alice"],
  ["behind another name", "@bob@alice @bob@carol@alice"],
  ["with a sign of full width", "＠alice 你好＠alice ﹫alice"],
  ["behind what is invisible", "\u200b@alice \u2066@alice\u2069 \ufeff@alice"],
  ["as a link", "[@alice](https://example.org/a)"],
  ["before text behind a full stop", "@alice.see you"],
  ["before text behind a dash", "@alice-the-builder"],
  ["before text behind an underscore", "@alice_and_bob"],
  ["below a heading or a rule, and in a heading", "# @alice\nx\n---\n@alice\n***\n@alice\n## @alice ##"],
  ["on an indented line below what underlines nothing", "===\n    @alice"],
  [
    "behind code in a list whose item ends before it",
    "- ```\n  @bob\n- @alice\n\n* a\n  ~~~\n  @bob\n\n@alice",
  ],
  ["between backticks behind backslashes", "\\`@alice\\` or \\`@alice`"],
  ["behind code that ends with a backslash", "`@bob\\` @alice"],
  ["before text behind several signs", "@alice...see you, @alice--yes"],
  ["before a word that it is written together with", "@alice.é"],
  ["before very much that is written together", `@alice-${"x-".repeat(100)}`],
  ["behind a quote", "> hello\n\n@alice"],
  ["right below a quote", "> hello\n@alice"],
  ["below a quote, in a sentence", "> @bob wrote\nyes, @alice"],
  ["behind a sign that is no quote", "5 > @alice\n-> @alice\n=> @alice\nx\n    > @alice"],
  ["behind a block of code", "```\n@bob\n```\n@alice"],
  ["behind a block with tildes", "~~~\n@bob\n~~~\n@alice"],
  ["behind a block that ends with a longer fence", "```\n@bob\n`````\n@alice"],
  ["behind an end that is indented", "```\n@bob\n   ```\n@alice"],
  ["behind a block in a list", "- ```\n  @bob\n  ```\n- @alice"],
  ["behind code that begins in a line and ends in one", "see ```\n@bob\n\n@bob``` @alice"],
  ["behind code in one line that looks like a fence", "```@bob``` @alice"],
  ["on an indented line of a paragraph", "hello\n    @alice\n\t@alice"],
  ["on a line with three spaces", "   @alice"],
  ["in a list", "- @alice\n* @alice\n+ @alice\n1. @alice\n10) @alice"],
  ["in a list in a list", "- one\n    - @alice"],
  ["in another paragraph of a list's item", "- one\n\n  @alice"],
  ["in another paragraph of a list's item that is indented deep", "1. one\n   - two\n\n     @alice"],
  ["between two lone backticks in different paragraphs", "it`s\n\n@alice don`t"],
  ["between two lone backticks around a block", "it`s\n> quote\n@alice don`t"],
  ["at the end of lines of any system", "> @bob\r\n@alice\r\n~~~\r@bob\r~~~\r@alice"],
  ["next to Lao, Khmer and Burmese", "ສະບາຍດີ@alice សួស្ដី@alice မင်္ဂလာပါ@alice"],
] as const;

for (const [where, text] of calling) {
  test(`a name calls ${where}`, () => {
    // Each time that it is there.
    const names: string[] = [];
    const numbered = text.replace(/alice/gi, (name) => {
      names.push(`alice${names.length}`);
      return `${name}${names.length - 1}`;
    });
    expect(namesCalled(numbered).flat()).toEqual(expect.arrayContaining(names));
  });
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
  ["on an indented line below a heading", "# hello\n    @alice"],
  ["on an indented line below a rule", "***\n    @alice\n- - -\n\n    @alice"],
  ["on an indented line below an underlined heading", "hello\n---\n    @alice\nhello\n===\n    @alice"],
  ["in code behind an escaped backslash", "\\\\`@alice`"],
  ["in code on a blank line of a list's item", "- ```\n\n  @alice"],
  ["behind a backslash", "\\\\@alice"],
  ["behind a word and an underscore, or several", "x__@alice bob.@alice bob-_@alice"],
  ["behind a Hebrew or Arabic word", "שלום@alice מרחבא@alice كتاب@alice"],
  ["on another server", "@alice@mastodon.example @bob@alice.example hello"],
  [
    "in the path of an address without a scheme",
    "example.org/@alice www.example.org:8080/x/@alice bücher.example/@alice",
  ],
  ["deeper in such an address", "see example.org/a?by=/@alice#/@alice."],
  ["where a link leads", "[her](/users/@alice) ![](a/@alice)"],
  ["where an address is that a link leads to", "[x](https://example.org/@alice)"],
  ["in an address with a sign of full width", "bob＠alice"],
  ["in a quote", "> @alice wrote this"],
  ["in a quote without a space", ">@alice"],
  ["in a quote with spaces before it", "   > @alice"],
  ["in a quote in a quote", "> > @alice\n>> @alice\n>>> @alice"],
  ["in a quote of several lines", "> hello\n> @alice\n>\n> @alice"],
  ["in a quote below text", "see:\n> @alice"],
  ["in a quote in a list", "- > @alice\n1. > @alice"],
  ["in code in a quote", "> ```\n> @alice\n> ```"],
  ["in a block with tildes", "~~~\n@alice\n~~~"],
  ["in a block with tildes and a language", "~~~ts\n@alice\n~~~"],
  ["in a block with tildes that is not closed", "look:\n~~~\n@alice\n\n@alice"],
  ["in a block with many tildes", "~~~~~\n@alice\n~~~\n@alice\n~~~~~"],
  ["in a block with many backticks", "`````\n@alice\n```\n@alice\n`````"],
  ["in a block with the other fence in it", "```\n~~~\n@alice\n```"],
  ["in a block with tildes and the other fence in it", "~~~\n```\n@alice\n~~~"],
  ["in a block with what begins one in it", "```\n```ts\n@alice\n```"],
  ["in a block of which empty lines are part", "```\n\n@alice\n\n\n@alice\n```"],
  ["in a block whose fence is indented", "   ```\n   @alice\n   ```"],
  ["in a block behind text", "text\n```\n@alice\n```"],
  ["in a block that begins in a line of text", "see ```\n\n@alice\n```"],
  ["in a block in a list", "- ```\n  @alice\n  ```\n1. ~~~\n   @alice"],
  ["in an indented block at the beginning", "    @alice"],
  ["in an indented block behind an empty line", "text\n\n    @alice\n    @alice"],
  ["in a block indented by a tab", "text\n\n\t@alice\n\n \t@alice"],
  ["in an indented block with empty lines", "    one\n\n    @alice"],
  ["in an indented block behind a quote or a block", "> x\n    @alice\n```\nx\n```\n    @alice"],
  ["in an indented block in a list", "- one\n\n      @alice\n-     @alice"],
  ["in an indented block behind a list", "- one\n\ntext\n\n    @alice"],
  ["in the path of an address", "https://example.org/@alice"],
  ["deeper in an address", "see https://example.org/@alice/posts/1?by=@alice&and=@alice#@alice"],
  ["behind a comma in an address", "https://example.org/a,@alice"],
  [
    "behind letters of any script in an address",
    "https://example.org/ü/@alice https://example.org/用户/@alice",
  ],
  ["next to such letters in an address", "https://ja.wikipedia.org/wiki/日本@alice"],
  [
    "behind such letters in an address without https",
    "see example.org/用户/@alice and example.org/日本@alice",
  ],
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
  expect(called("```\n@one\n```` @two\n@three")).toEqual(["two", "three"]);
});

test("an address ends where the text goes on in another script", () => {
  expect(called("https://example.org/x，@alice")).toEqual(["alice"]);
  for (const end of "，。、；：！？（）「」『』【】《》〈〉") {
    for (const address of ["https://example.org/x", "example.org/x", "https://example.org/日本"]) {
      expect([end, called(`看${address}${end}@alice 你好`)]).toEqual([end, ["alice"]]);
    }
  }
  expect(called("<https://example.org/x>@alice")).toEqual(["alice"]);
  expect(called('href="https://example.org/x"@alice')).toEqual(["alice"]);
  expect(called("https://example.org/x @alice")).toEqual(["alice"]);
});

test("names come once each, in the order of the text, whatever their case", () => {
  expect(called("@carol @Bob @carol @BOB and @alice")).toEqual(["carol", "bob", "alice"]);
});

test("a name may have dots, dashes and digits, and may end with what is the sentence's", () => {
  const [readings] = namesCalled("@ann-marie.o_1");
  expect(readings).toEqual([
    "ann-marie.o_1",
    "ann-marie.o_",
    "ann-marie.o",
    "ann-marie.",
    "ann-marie",
    "ann-",
    "ann",
  ]);
  expect(namesCalled("@alice.-_")).toEqual([["alice.-_", "alice.-", "alice.", "alice"]]);
  expect(namesCalled("@alice.smith")).toEqual([["alice.smith", "alice.", "alice"]]);
});

test("a long name is found before any punctuation", () => {
  for (const name of ["mary-ann.o.neil", "j.r.r.tolkien", "tim.o-neil", "a_b-c.d"]) {
    for (const behind of ["....", "...and", "---", "..._ok", "!"]) {
      expect(namesCalled(`@${name}${behind}`)[0]).toContain(name);
    }
  }
});

test("of very many readings of a name the longest and the shortest ones count", () => {
  expect(namesCalled("@bob.a.b.c.d.e.f.g")).toEqual([
    [
      "bob.a.b.c.d.e.f.g",
      "bob.a.b.c.d.e.f.",
      "bob.a.b.c.d.e.f",
      "bob.a.b.c.d.e.",
      "bob.a.",
      "bob.a",
      "bob.",
      "bob",
    ],
  ]);
  expect(namesCalled(`@bob${".".repeat(61)}`)[0]).toEqual([
    ...[32, 31, 30, 29].map((length) => "bob".padEnd(length, ".")),
    "bob...",
    "bob..",
    "bob.",
    "bob",
  ]);
  for (const text of ["@a.b.c.d.e.f.g.h ".repeat(50), `@${"._-".repeat(200)}`, `@${"a-".repeat(200)}`]) {
    for (const readings of namesCalled(text)) expect(readings.length).toBeLessThanOrEqual(8);
  }
});

/** Pieces of a text, each of which says something of one name. */
const pieces: [calls: boolean, piece: (name: string) => string][] = [
  [true, (name) => `hello @${name}, how are you?`],
  [true, (name) => `_@${name}_ and **more**`],
  [true, (name) => `first\n  second\n    @${name}`],
  [true, (name) => `it\`s @${name}`],
  [true, (name) => `你好@${name}你好`],
  [true, (name) => `> quoted\n@${name}`],
  [true, (name) => `# @${name}`],
  [true, (name) => `[@${name}](https://example.org/@nobody)`],
  [true, (name) => `\`code\` @${name}.then.more`],
  [true, (name) => `＠${name}/`],
  [false, (name) => `> @${name}`],
  [false, (name) => `  >> hello\n> @${name}`],
  [false, (name) => `~~~\n@${name}\n\n\`\`\`\n@${name}\n~~~~`],
  [false, (name) => `\`\`\`\` js\n@${name}\n\`\`\`\n> @${name}\n\`\`\`\``],
  [false, (name) => `    @${name}\n\t@${name}`],
  [false, (name) => `call \`@${name}\` or \`\`x \` @${name}\`\``],
  [false, (name) => `https://example.org/x,@${name}`],
  [false, (name) => `mail bob@${name} or x.@${name} or example.org/@${name}`],
];

test("in whatever order pieces of a text come, each calls or does not call as it does alone", () => {
  const chance = new Chance(20_261);
  for (let round = 0; round < 400; round++) {
    const some = Array.from({ length: 1 + chance.below(8) }, (_, i) => {
      const [calls, piece] = chance.pick(pieces);
      const name = `name${i}`;
      return { calls, name, text: piece(name) };
    });
    const text = some.map((one) => one.text).join(chance.pick(["\n\n", "\n\n\n", "\r\n\r\n"]));
    const expected = some.filter((one) => one.calls).map((one) => one.name);
    const got = namesCalled(text).flatMap((readings) => readings.filter((one) => /^name\d$/.test(one)));
    expect({ text, got }).toEqual({ text, got: expected });
  }
});

test("no text at all makes an error, or names that are none", () => {
  const chance = new Chance(20_262);
  const parts = [
    "@",
    "＠",
    "alice",
    "bob",
    ".",
    "-",
    "_",
    "`",
    "```",
    "~~~",
    ">",
    "\n",
    "\r\n",
    "    ",
    "\t",
    " ",
    "- ",
    "1. ",
  ];
  const odd = [
    "://",
    "/",
    "](",
    ")",
    "[",
    "é",
    "字",
    "ל",
    "\ud800",
    "\0",
    "👍",
    "\u200b",
    "\\",
    "#",
    "a".repeat(70),
  ];
  for (let round = 0; round < 2000; round++) {
    const all = [...parts, ...odd];
    const text = Array.from({ length: chance.below(40) }, () => chance.pick(all)).join("");
    for (const readings of namesCalled(text)) {
      expect(readings.length).toBeLessThanOrEqual(8);
      for (const one of readings) {
        expect(one).toMatch(/^[a-z0-9_.-]{3,32}$/);
        expect(text.toLowerCase()).toContain(one);
      }
      expect(readings).toEqual(readings.toSorted((a, b) => b.length - a.length));
    }
  }
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
  "an address of other letters": `https://${fill("用户/@alice")}`,
  "addresses without https": fill("a.bc/用@x "),
  "slashes of other letters": `${fill("用.户/")}@alice`,
  "letters with a sign at the end": `${fill("a")}@alice`,
  Chinese: fill("你@alice"),
  tildes: `@x\n${fill("~")}`,
  "fences of tildes": fill("~~~\n@alice\n"),
  quotes: fill("> @alice\n"),
  "one deep quote": `${fill(">")} @alice`,
  "a list in a list": `${fill("- ")}@alice`,
  "an ordered list in a list": `${fill("1. ")}@alice`,
  "lines with spaces": fill("     \n@a"),
  "only spaces": `${fill(" ")}@alice`,
  tabs: `${fill("\t")}@alice`,
  "empty lines": `@x${fill("\n")}`,
  "lone backticks in lines": fill("`\n@alice\n"),
  "code that begins in every line": fill("x ```\n@alice\n"),
  "names together": fill("@abc@def"),
  "names with dots together": fill("@abc.de"),
  underscores: `${fill("_")}@alice`,
  "underscores and signs": fill("_@"),
  "Hebrew letters": `${fill("ל")}@alice`,
  "Hebrew letters with points": `ל${fill("ְ")}@alice`,
  "dots and letters": `${fill("a.")}@alice`,
  "letters and a slash": `${fill("a-")}/@alice`,
  "link ends": `@x${fill("](")}`,
  "link ends and slashes": `@x](${fill("/")}`,
  readings: fill("@a.b.c.d.e.f.g.h.i "),
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

test("of very many names the first are looked for, each once", () => {
  const names = Array.from({ length: 300 }, (_, i) => `@name${i}`).join(" ");
  expect(namesCalled(names, 200).map(([first]) => first)).toEqual(
    Array.from({ length: 200 }, (_, i) => `name${i}`),
  );
  expect(namesCalled("@bob @bob @bob @bob @alice @carol", 2)).toEqual([["bob"], ["alice"]]);
  expect(namesCalled("@bob@alice@carol", 2)).toEqual([["bob"], ["alice"]]);
});
