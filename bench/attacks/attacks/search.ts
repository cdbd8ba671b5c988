import type { Data } from "../../data.ts";
import { Writing } from "../../words.ts";
import type { Attack } from "../attack.ts";
import { attackers } from "../people.ts";
import { request } from "../requests.ts";

const longTexts = 60;
const long = 16_384;
const shortTexts = 100_000;
const askers = 10;
const atOnce = 100;
const queryLength = 100;

const repeated = (text: string, length: number) =>
  text.repeat(Math.ceil(length / text.length)).slice(0, length);
/** The commonest of English, which most texts have, and some that texts are made of. */
const common = ["the", "and", "ing", "her", "tha", "for", "you", "all", "not", "are"];
const own = ["a", "ab", "abc", "aab"];
/** Each in one piece, so that it is in no text, though all that an index knows of it is in many. */
const queries = [...common, ...own].flatMap((one) => [
  repeated(one, queryLength),
  `${repeated(one, queryLength - 1)}z`,
]);
/** Has the trigrams of all of `own`, whichever of them are looked for. */
const decoy = "abc bca cab aab aba baa aaa bab abz bcz cza aaz baz";

/** Their own chat is full of what takes long to be found. */
function prepare(data: Data): { chat: number } {
  const chat = data.addGroup(attackers);
  const writing = new Writing();
  data.addTexts(longTexts + shortTexts, (n) => ({
    chatId: chat,
    senderId: attackers[n % attackers.length]!,
    content:
      n < longTexts
        ? `${decoy} ${repeated(own[n % own.length]!, long - decoy.length - 1)}`
        : n % 2 > 0
          ? writing.text()
          : `${decoy} ${n}`,
  }));
  return { chat };
}

const shapes: [name: string, people: number][] = [
  ["search-one", 1],
  ["search-ten", askers],
];

export const search: Attack[] = shapes.map(([name, people]) => ({
  name,
  prepare,
  async run(assault) {
    const requests = queries.flatMap((q) =>
      assault.tokens
        .slice(0, people)
        .map((token) =>
          request("GET", `/api/messages/search?q=${encodeURIComponent(q)}`, undefined, { token }),
        ),
    );
    await assault.begin();
    await assault.lines(atOnce, (line, round) => line.ask(requests[round % requests.length]!));
  },
}));
