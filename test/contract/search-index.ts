import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { fold } from "../../src/core/fold.ts";
import { excerpt, hasWords, parseWords } from "../../src/core/search-words.ts";
import type {
  Entry,
  Found,
  IndexState,
  Question,
  SearchIndex,
  SearchLimits,
} from "../../src/platform/search/search-index.ts";
import { Chance } from "../support/random.ts";
import { refusal } from "./storage.ts";

/** Opens the implementation under test on a directory; opening the same one again finds the same index. */
export type OpenIndex = (directory: string, limits?: SearchLimits) => SearchIndex;

/** More than any of these tests takes. */
export const unlimited: SearchLimits = { rows: 1e9, milliseconds: 1e9 };

export const done: IndexState = { epoch: "e", position: 1, filledTo: null };

/** An index in a directory of its own, removed at the end. */
export class Indexed {
  readonly directory = mkdtempSync(join(tmpdir(), "parley-search-"));
  index!: SearchIndex;

  private constructor(
    private readonly openAt: OpenIndex,
    private readonly limits: SearchLimits,
  ) {}

  /** Empty, and ready to be asked. */
  static async open(openAt: OpenIndex, limits: Partial<SearchLimits> = {}): Promise<Indexed> {
    const indexed = new Indexed(openAt, { ...unlimited, ...limits });
    indexed.index = openAt(indexed.directory, indexed.limits);
    await indexed.index.state();
    await indexed.index.begin(done);
    return indexed;
  }

  /** Answers where the index is now. */
  async reopen(): Promise<IndexState | undefined> {
    await this.index.close();
    this.index = this.openAt(this.directory, this.limits);
    return this.index.state();
  }

  put(...entries: Entry[]): Promise<void> {
    return this.index.put(entries, done);
  }

  /** Messages of chat 1, with ids from 1. */
  async say(...texts: string[]): Promise<void> {
    await this.put(...texts.map((text, n) => said(n + 1, text)));
  }

  async find(query: string, more: Partial<Question> = {}): Promise<number[]> {
    return (await this.index.find(ask(query, more))).ids;
  }

  /** What each search finds that goes on where the last one has ended, until nothing is left. */
  async findAll(question: Question): Promise<Found[]> {
    const pages: Found[] = [];
    for (let before: number | null = question.before; before !== null;) {
      const page: Found = await this.index.find({ ...question, before });
      if (page.next !== null) expect(page.next).toBeLessThan(before);
      pages.push(page);
      before = page.next;
    }
    return pages;
  }

  /** All bytes on disk. */
  bytes(): string {
    return readdirSync(this.directory)
      .map((name) => readFileSync(join(this.directory, name), "utf8"))
      .join();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.index.close();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function said(id: number, text: string | null, more: Partial<Entry> = {}): Entry {
  return { id, chat: 1, sender: 1, kind: 0, text, ...more };
}

export function ask(query: string, more: Partial<Question> = {}): Question {
  const all = { after: 0, before: Number.MAX_SAFE_INTEGER, limit: 50 };
  return { words: parseWords(query), chats: [1], ...all, ...more };
}

const nasty = [
  '"',
  '""',
  '"unclosed',
  'clo"sed',
  "*",
  "a*",
  "^start",
  "NEAR(a b)",
  "near",
  "AND OR NOT",
  "text:hello",
  "{text}: hello",
  "-hello",
  "+ - * /",
  "(",
  ")))",
  "'; DROP TABLE parts; --",
  "\\",
  "%_",
  "a\0b",
  "\0",
  "\ud800",
  "x\udc00y",
  "\u{10ffff}\u{100000}\u{f0001}",
  "\u202e\u200b\ufeff",
  "😀",
  "a".repeat(1000),
  "a b ".repeat(250),
  "東".repeat(1000),
  '"'.repeat(1000),
  "＂＂",
  "ab".repeat(500),
];

/** What every implementation of the port `SearchIndex` promises. */
export function searchIndexContract(name: string, open: OpenIndex): void {
  describe(`${name} as a search index`, () => {
    words(open);
    filters(open);
    limits(open);
    changes(open);
    states(open);
  });
}

function words(open: OpenIndex): void {
  const texts = [
    "Meeting at the café on Straße 5, bring the C# notes",
    "the meeting is over; see you",
    "明日は東京都で会議があります",
    "한국어로 말해요",
    "Łódź 👍🏽 a_b don't 100%",
    "会って話そう。ＡＢＣ",
  ];
  const finds: [query: string, ids: number[]][] = [
    ["meeting", [2, 1]],
    ["MEET", [2, 1]],
    ["eeti", [2, 1]],
    ["meeting bring", [1]],
    ["bring meeting", [1]],
    ["meeting nowhere", []],
    ["cafe", [1]],
    ["CAFÉ", [1]],
    ["strasse", [1]],
    ["lodz", [5]],
    ["abc", [6]],
    ['"the meeting"', [2]],
    ['"meeting at the"', [1]],
    ['"the  MEETING"', [2]],
    ["“the meeting”", [2]],
    ['"meeting the"', []],
    // One and two characters: beginnings of words …
    ["c", [1]],
    ["me", [2, 1]],
    ["m", [2, 1]],
    ["ee", []],
    ["t", [5, 2, 1]],
    ["th", [2, 1]],
    ["5", [1]],
    ["00", []],
    ["10", [5]],
    // … and anything that is not a letter, anywhere.
    ["c#", [1]],
    ["#", [1]],
    ["_b", [5]],
    ["'", [5]],
    ["👍", [5]],
    ["0%", [5]],
    ["東", [3]],
    ["東京", [3]],
    ["京都", [3]],
    ["東都", []],
    ["会", [6, 3]],
    ["会議", [3]],
    ["東京都", [3]],
    ["京都で会議", [3]],
    ["국어", [4]],
    ["어", [4]],
    ["東京 会", [3]],
    ["meeting 5", [1]],
    ["5 c# meeting", [1]],
    ["meeting ab", []],
  ];
  describe("words", () => {
    let indexed: Indexed;
    beforeAll(async () => {
      indexed = await Indexed.open(open);
      await indexed.say(...texts);
    });
    afterAll(() => indexed[Symbol.asyncDispose]());

    test.each(finds)("%s finds %p", async (query, ids) => {
      expect(await indexed.find(query)).toEqual(ids);
    });

    test.each(nasty)("%p has no meaning of its own", async (query) => {
      const { words } = ask(query);
      if (words.length > 0) expect(await indexed.find(query)).toEqual(scan(texts, query));
    });

    test("a word may have any signs, also the one that quotes it", async () => {
      await indexed.put(said(50, `she said "hello" and 5" of "`, { chat: 3 }));
      for (const text of ['said "hello"', 'd "h', '"hello" and', '"', '5"', '" o']) {
        const words = [{ text, start: false }];
        expect([text, await indexed.find("", { words, chats: [3] })]).toEqual([text, [50]]);
      }
    });

    test("a text is found by its own words, whatever they are", async () => {
      await indexed.put(...nasty.map((text, n) => said(100 + n, `before ${text} after`, { chat: 2 })));
      for (const [n, text] of nasty.entries()) {
        if (ask(text).words.length === 0) continue;
        expect(await indexed.find(text, { chats: [2], before: 101 + n, after: 99 + n })).toEqual(
          hasWords(fold(`before ${text} after`), ask(text).words) ? [100 + n] : [],
        );
      }
    });
  });

  test("among thousands of messages exactly those that have the words are found, as a plain look shows", async () => {
    await using indexed = await Indexed.open(open);
    const chance = new Chance();
    const all = Array.from({ length: 4000 }, (_, n) => ({
      ...said(n + 1, sentence(chance)),
      chat: 1 + chance.below(40),
      sender: 1 + chance.below(10),
      kind: chance.below(20) === 0 ? 1 : 0,
    }));
    for (let n = 0; n < all.length; n += 500) await indexed.put(...all.slice(n, n + 500));
    for (let n = 0; n < 400; n++) {
      const query = question(chance);
      const expected = all
        .filter((one) => query.chats.includes(one.chat) && one.id > query.after && one.id < query.before)
        .filter((one) => query.sender === undefined || one.sender === query.sender)
        .filter((one) => query.kind === undefined || one.kind === query.kind)
        .filter((one) => hasWords(fold(one.text!), query.words))
        .map((one) => one.id)
        .reverse()
        .slice(0, query.limit);
      expect({ seed: chance.seed, query, ids: (await indexed.index.find(query)).ids }).toEqual({
        seed: chance.seed,
        query,
        ids: expected,
      });
    }
  });
}

/** What somebody finds who looks at each text. */
function scan(texts: string[], query: string): number[] {
  const { words } = ask(query);
  return texts.flatMap((text, n) => (hasWords(fold(text), words) ? [n + 1] : [])).reverse();
}

// Few letters, so that much is found and much is nearly found.
const vocabulary =
  "ana banana nan an a b ab ba 東 京 東京 京東 東京都 é ê c# # 😀 nab ban anab 都a a都".split(" ");

function sentence(chance: Chance): string {
  return Array.from({ length: 1 + chance.below(6) }, () => vocabulary[chance.below(vocabulary.length)]!).join(
    chance.below(4) === 0 ? "" : " ",
  );
}

function question(chance: Chance): Question {
  const maybe = (share: number, value: number) => (chance.below(share) === 0 ? value : undefined);
  const first = 1 + chance.below(40);
  const quoted = chance.below(4) === 0 ? '"' : "";
  const after = maybe(4, chance.below(4000)) ?? 0;
  return {
    words: parseWords(quoted + sentence(chance).slice(0, 1 + chance.below(8)) + quoted || "a"),
    chats: Array.from({ length: 1 + chance.below(3) * 10 }, (_, n) => 1 + ((first + n) % 40)),
    sender: maybe(4, 1 + chance.below(10)),
    kind: maybe(4, chance.below(2)),
    after,
    before: maybe(4, chance.below(4000)) ?? Number.MAX_SAFE_INTEGER,
    limit: 1 + chance.below(60),
  };
}

function filters(open: OpenIndex): void {
  test("only what is asked for is found: chats, a sender, a kind, ids between two others, so many", async () => {
    await using indexed = await Indexed.open(open);
    await indexed.put(
      said(1, "hello", { chat: 1, sender: 7 }),
      said(2, "hello", { chat: 2, sender: 7, kind: 3 }),
      said(3, "hello", { chat: 1, sender: 8 }),
      said(4, "hello", { chat: 3_000_000_000, sender: 4_000_000_000 }),
    );
    const everywhere = [1, 2, 3_000_000_000];
    expect(await indexed.find("hello", { chats: everywhere })).toEqual([4, 3, 2, 1]);
    expect(await indexed.find("hello", { chats: [1] })).toEqual([3, 1]);
    expect(await indexed.find("hello", { chats: [9] })).toEqual([]);
    expect(await indexed.find("hello", { chats: everywhere, sender: 7 })).toEqual([2, 1]);
    expect(await indexed.find("hello", { chats: everywhere, sender: 4_000_000_000 })).toEqual([4]);
    expect(await indexed.find("hello", { chats: everywhere, kind: 3 })).toEqual([2]);
    expect(await indexed.find("hello", { chats: everywhere, after: 1, before: 4 })).toEqual([3, 2]);
    expect(await indexed.find("hello", { chats: everywhere, limit: 2 })).toEqual([4, 3]);
    expect(await indexed.find("hello", { chats: everywhere, limit: 2, before: 3 })).toEqual([2, 1]);
  });

  test("what others say all the time does not hide the little that is said in few or many chats of one's own", async () => {
    await using indexed = await Indexed.open(open);
    const loud = Array.from({ length: 3000 }, (_, n) => said(1000 + n, "hello there", { chat: 5000 }));
    await indexed.put(said(1, "hello", { sender: 2 }), said(2, "hello", { kind: 4 }), ...loud);
    const many = Array.from({ length: 1000 }, (_, n) => n + 1);
    expect(await indexed.find("hello")).toEqual([2, 1]);
    expect(await indexed.find("he")).toEqual([2, 1]);
    expect(await indexed.find("hello", { sender: 2 })).toEqual([1]);
    expect(await indexed.find("hello", { kind: 4 })).toEqual([2]);
    for (const count of [2, 200, 500, 501, 1000]) {
      expect(await indexed.find("hello", { chats: many.slice(0, count) })).toEqual([2, 1]);
      expect(await indexed.find("h", { chats: many.slice(0, count), limit: 1 })).toEqual([2]);
    }
  });
}

const narrow: [what: string, limits: Partial<SearchLimits>][] = [
  ["in one message", { rows: 1 }],
  ["in a few messages", { rows: 7 }],
  ["in hundreds of them", { rows: 700 }],
  ["for no time", { milliseconds: 0 }],
];

function limits(open: OpenIndex): void {
  test.each(narrow)(
    "who may look %s at a time finds page by page what is there, each once",
    async (_, few) => {
      await using indexed = await Indexed.open(open, few);
      const chance = new Chance();
      const texts = Array.from({ length: 1500 }, () => sentence(chance));
      await indexed.put(
        ...texts.map((text, n) => said(n + 1, text, { chat: 1 + (n % 3), sender: 1 + (n % 5) })),
      );
      for (const query of ["banana", "ana nab", "a", "東 a", "京東", "nab banana anab"]) {
        const question = ask(query, { chats: [1, 3], sender: 2, after: 9, before: 1400, limit: 20 });
        const pages = await indexed.findAll(question);
        for (const { ids } of pages) expect(ids.length).toBeLessThanOrEqual(20);
        const expected = scan(texts, query).filter(
          (id) => id > 9 && id < 1400 && (id - 1) % 3 !== 1 && (id - 1) % 5 === 1,
        );
        expect({ seed: chance.seed, query, ids: pages.flatMap((one) => one.ids) }).toEqual({
          seed: chance.seed,
          query,
          ids: expected,
        });
      }
    },
  );

  test("a search looks into so many messages, and says from where on there are more", async () => {
    await using indexed = await Indexed.open(open, { rows: 10 });
    // They have all parts of the word, and not the word.
    await indexed.say("abcdef", ...Array.from({ length: 29 }, () => "abcd cdef"));
    expect(await indexed.index.find(ask("abcdef"))).toEqual({ ids: [], next: 21 });
    expect(await indexed.index.find(ask("abcdef", { before: 21 }))).toEqual({ ids: [], next: 11 });
    expect(await indexed.index.find(ask("abcdef", { before: 11 }))).toEqual({ ids: [1], next: null });
  });

  test("a search whose time is up looks into one message more, and says from where on there are more", async () => {
    await using indexed = await Indexed.open(open, { milliseconds: 0 });
    await indexed.say("abcdef", "abcdef", "abcd cdef");
    expect(await indexed.index.find(ask("abcdef"))).toEqual({ ids: [], next: 3 });
    expect(await indexed.index.find(ask("abcdef", { before: 3 }))).toEqual({ ids: [2], next: 2 });
    expect(await indexed.index.find(ask("abcdef", { before: 2 }))).toEqual({ ids: [1], next: null });
  });

  test("of a word that repeats itself all parts have to be there before a text is looked into", async () => {
    await using indexed = await Indexed.open(open, { rows: 10 });
    await indexed.say("abcabcabc", ...Array.from({ length: 30 }, () => "abc abc abc"));
    expect(await indexed.index.find(ask("abcabc"))).toEqual({ ids: [1], next: null });
    expect(await indexed.index.find(ask("abcabcabcabc"))).toEqual({ ids: [], next: null });
  });

  test("however many words are asked for, all of them have to be there", async () => {
    await using indexed = await Indexed.open(open);
    const words = Array.from({ length: 40 }, (_, n) => `w${n}rd`);
    const signs = Array.from({ length: 40 }, (_, n) => String.fromCodePoint(0x4e00 + n));
    for (const [all, space] of [
      [words, " "],
      [signs, ""],
    ] as const) {
      const texts = [all, ...all.map((_, left) => all.toSpliced(left, 1))].map((some) => some.join(space));
      await indexed.say(...texts);
      expect(await indexed.find(all.join(" "))).toEqual([1]);
    }
  });

  test("messages are found however far apart they are, also when the time is up each time", async () => {
    for (const few of [{}, { milliseconds: 0 }]) {
      await using indexed = await Indexed.open(open, few);
      const ids = [1, 2, 1_000_000, 1_048_577, 9_000_000, 30_000_000];
      await indexed.put(...ids.map((id) => said(id, "hello there 東")));
      for (const query of ["hello", "hello there 東", "東", "th"]) {
        const pages = await indexed.findAll(ask(query));
        expect([query, ...pages.flatMap((one) => one.ids)]).toEqual([query, ...ids.toReversed()]);
      }
    }
  });

  test("excerpts are what is seen around the words; of as many texts as there is time for, one at least", async () => {
    await using indexed = await Indexed.open(open);
    const { words } = ask("needle");
    const texts = [`${"before ".repeat(50)}the Needlé here`, "none", `needle ${"after ".repeat(50)}`];
    const expected = texts.map((text) => excerpt(text, words));
    expect(expected[1]).toBeUndefined();
    expect(await indexed.index.excerpts(texts, words)).toEqual(expected);
    for (const few of [{ rows: 1 }, { milliseconds: 0 }]) {
      await using narrow = await Indexed.open(open, few);
      expect(await narrow.index.excerpts(texts, words)).toEqual(expected.slice(0, 1));
    }
    await indexed.index.close();
    expect(await refusal(() => indexed.index.excerpts(texts, words))).toMatchObject({ code: "stopping" });
  });
}

function changes(open: OpenIndex): void {
  test("a new text takes the place of the old one, also within one call, and null takes it out", async () => {
    await using indexed = await Indexed.open(open);
    await indexed.say("first words", "other words");
    await indexed.put(said(1, "second words 東京"));
    expect(await indexed.find("first")).toEqual([]);
    expect(await indexed.find("second")).toEqual([1]);
    expect(await indexed.find("words")).toEqual([2, 1]);
    await indexed.put(said(1, "third"), said(3, "new"), said(1, "fourth"), said(2, null), said(9, null));
    expect(await indexed.find("third")).toEqual([]);
    expect(await indexed.find("京")).toEqual([]);
    expect(await indexed.find("fourth")).toEqual([1]);
    expect(await indexed.find("words")).toEqual([]);
    expect(await indexed.find("new")).toEqual([3]);
    await indexed.put(said(2, "back again"));
    expect(await indexed.find("back")).toEqual([2]);
  });

  test("text that was replaced or taken out is nowhere on disk once the index is closed", async () => {
    await using indexed = await Indexed.open(open);
    const filler = Array.from({ length: 2000 }, (_, n) => said(n + 10, `plain talk number ${n}`));
    await indexed.put(said(1, "zyxwvut 鬱蒼"), said(2, "qponmlk 鬱憤"), ...filler);
    await indexed.reopen();
    // Here at least it is, so looking for it has a meaning.
    expect(indexed.bytes()).toContain("zyxwvut");
    expect(indexed.bytes()).toContain("鬱蒼");
    await indexed.put(said(1, null));
    await indexed.put(said(2, "harmless"));
    await indexed.index.close();
    const bytes = indexed.bytes();
    for (const gone of ["zyxwvut", "qponmlk", "zyx", "xwv", "pon", "mlk", "鬱", "蒼", "憤"]) {
      expect([gone, bytes.includes(gone)]).toEqual([gone, false]);
    }
    expect(bytes).toContain("harmless");
  });
}

function states(open: OpenIndex): void {
  test("a new index has no state; a state comes with the entries that lead to it, and outlives the process", async () => {
    const directory = mkdtempSync(join(tmpdir(), "parley-search-"));
    let index = open(directory);
    expect(await index.state()).toBeUndefined();
    await index.begin({ epoch: "a", position: 5, filledTo: 0 });
    await index.put([said(1, "hello")], { epoch: "a", position: 5, filledTo: 1 });
    await index.close();
    index = open(directory);
    expect(await index.state()).toEqual({ epoch: "a", position: 5, filledTo: 1 });
    await index.put([said(2, "hello")], { epoch: "a", position: 9, filledTo: null });
    expect(await index.state()).toEqual({ epoch: "a", position: 9, filledTo: null });
    expect(await index.find(ask("hello"))).toEqual({ ids: [2, 1], next: null });
    await index.close();
    rmSync(directory, { recursive: true });
  });

  test("until it is filled nobody is told half of what there is", async () => {
    await using indexed = await Indexed.open(open);
    await indexed.say("hello");
    await indexed.index.begin({ ...done, filledTo: 0 });
    const refused = () => refusal(() => indexed.find("hello"));
    expect(await refused()).toMatchObject({ code: "overloaded", retryAfter: 5 });
    await indexed.index.put([said(1, "hello")], { ...done, filledTo: 1 });
    expect(await refused()).toMatchObject({ code: "overloaded" });
    await indexed.index.put([], done);
    expect(await indexed.find("hello")).toEqual([1]);
  });

  test("beginning anew leaves nothing of what was there", async () => {
    await using indexed = await Indexed.open(open);
    await indexed.say("zyxwvut");
    await indexed.index.begin({ ...done, position: 2 });
    expect(await indexed.find("zyxwvut")).toEqual([]);
    await indexed.say("hello");
    expect(await indexed.find("hello")).toEqual([1]);
    expect(await indexed.reopen()).toEqual(done);
    expect(await indexed.find("hello")).toEqual([1]);
    await indexed.index.close();
    expect(indexed.bytes()).not.toContain("zyxwvut");
  });

  test("what was asked before it is closed is answered, later questions are refused", async () => {
    await using indexed = await Indexed.open(open);
    await indexed.say("hello");
    const asked = indexed.find("hello");
    const put = indexed.put(said(2, "hello again"));
    const closed = indexed.index.close();
    expect(await refusal(() => indexed.find("hello"))).toMatchObject({ code: "stopping" });
    expect(await asked).toEqual([1]);
    await put;
    await closed;
    await indexed.reopen();
    expect(await indexed.find("hello")).toEqual([2, 1]);
  });

  test("of very many searches at once some are told to come back, and the others are answered", async () => {
    await using indexed = await Indexed.open(open);
    await indexed.say("hello");
    const answers = await Promise.allSettled(Array.from({ length: 1000 }, () => indexed.find("hello")));
    const refused = answers.filter((one) => one.status === "rejected");
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(1000);
    for (const { reason } of refused) expect(reason).toMatchObject({ code: "overloaded", retryAfter: 5 });
    for (const one of answers) if (one.status === "fulfilled") expect(one.value).toEqual([1]);
    expect(await indexed.find("hello")).toEqual([1]);
  });
}
