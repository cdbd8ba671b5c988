import { Data } from "../data.ts";
import { type ServerProcess, startServer } from "../process.ts";
import { percentile } from "../statistics.ts";
import { measureSteady } from "../steady.ts";
import type { Figure } from "../table.ts";
import { Writing } from "../words.ts";

const messages = 1_000_000;
const people = 1000;
const chats = 2000;
/** Chats of a hundred messages each, beside those. */
const smallChats = 3;
const smallSize = 100;
/** Among the members of a live chat who write meanwhile. */
const members = 10;
const calls = 200;
/** Beside those who write: four people as fast as RATE_LIMITS would let them. */
const searchesPerSecond = 20;
/** Common, but hardly ever said in the chats of one of the searching people. */
const elsewhere = "shibboleth";
const ids = (from: number, count: number) => Array.from({ length: count }, (_, index) => from + index);

interface Searcher {
  token: string;
  what: string;
  query(n: number): string;
  /** Every query has to find something. */
  finds: boolean;
}

/** Search over a million messages, and what it does to those who write meanwhile. */
export async function search(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/search`);
  const writing = new Writing();
  data.addPeople(people);
  seed(data, writing);
  const live = data.addGroup(ids(1, members));
  data.close();
  const server = await startServer([parley], data.environment);
  const tokens = await data.tokens(ids(1, people));
  const searchers = searchersOf(writing, tokens);
  const filling = await filled(server, tokens[0]!);
  const figures: Figure[] = [
    { what: "index of a million messages", unit: "messages/s", parley: messages / filling },
  ];
  for (const one of searchers) {
    const times = await ask(server, one, calls);
    figures.push({ what: one.what, unit: "ms p50", parley: percentile(times, 50) });
    figures.push({ what: one.what, unit: "ms p95", parley: percentile(times, 95) });
  }
  const times: number[] = [];
  const beside = {
    "nobody searching": () => undefined,
    [`${searchesPerSecond} searches/s`]: () => {
      const asking = keepAsking(server, searchers);
      return async () => times.push(...(await asking.stop()));
    },
  };
  const chat = { chatId: live, tokens: tokens.slice(0, members) };
  figures.push(...(await measureSteady(server, chat, beside)));
  await server.stop();
  const what = "500 messages/s, those searches";
  return [...figures, { what, unit: "ms p95", parley: percentile(times, 95) }];
}

/** A million messages in chats from large to small, of which person 20 is in 20 and person 200 in 200. */
function seed(data: Data, writing: Writing): void {
  const { numbers } = writing;
  const chatIds = ids(1, chats).map((n) => data.addGroup(membersOf(n)));
  const small = ids(1, smallChats).map(() => data.addGroup([3, 300]));
  const all = small.flatMap((chatId) =>
    ids(1, smallSize).map(() => ({ chatId, senderId: 3, content: writing.text() })),
  );
  const last = all.length;
  data.addTexts(messages, (n) => {
    if (n < last) return all[n]!;
    const chat = Math.floor(numbers.next() ** 2 * chats);
    const often = chat % 10 === 0 ? 0.0001 : 0.02;
    const said = numbers.next() < often ? ` ${elsewhere}` : "";
    return { chatId: chatIds[chat]!, senderId: 1 + numbers.below(people), content: writing.text() + said };
  });
}

function membersOf(chat: number): number[] {
  const here = [1 + (chat % 19)];
  if (chat % 100 === 1) here.push(20);
  if (chat % 10 === 1) here.push(200);
  return here;
}

function searchersOf(writing: Writing, tokens: string[]): Searcher[] {
  const { english, han } = writing;
  // Words of every rank, as many common as rare ones.
  const word = (n: number) => english[Math.floor(english.length ** (((n * 37) % calls) / calls))]!;
  const part = (n: number) => {
    const long = english.filter((one) => one.length >= 6);
    return long[(n * 37) % long.length]!.slice(1, 5);
  };
  const pair = (n: number) => han[Math.floor((han.length / 4) ** (((n * 37) % calls) / calls))]!;
  const whose = (person: number) => tokens[person - 1]!;
  return [
    { what: "a word, in 20 chats", token: whose(20), query: word, finds: false },
    { what: "a word, in 200 chats", token: whose(200), query: word, finds: false },
    { what: "a part of a word, in 200 chats", token: whose(200), query: part, finds: false },
    { what: "two Han characters, in 200 chats", token: whose(200), query: pair, finds: true },
    { what: "a word hardly said in 200 chats", token: whose(200), query: () => elsewhere, finds: true },
    {
      what: "the commonest words, in 3 small chats",
      token: whose(300),
      query: (n) => english[n % 5]!,
      finds: true,
    },
  ];
}

/** Waits until the index has everything; answers how many seconds that took. */
async function filled({ port }: ServerProcess, token: string): Promise<number> {
  const started = performance.now();
  for (;;) {
    const response = await fetch(`http://127.0.0.1:${port}/api/messages/search?q=the`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    if (response.ok) return (performance.now() - started) / 1000;
    if (response.status !== 503) throw new Error(`a search was answered with ${response.status}`);
    await Bun.sleep(100);
  }
}

async function ask(server: ServerProcess, searcher: Searcher, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < count; n++) times.push(await askOnce(server, searcher, n));
  return times;
}

async function askOnce({ port }: ServerProcess, searcher: Searcher, n: number): Promise<number> {
  const q = encodeURIComponent(searcher.query(n));
  const started = performance.now();
  const response = await fetch(`http://127.0.0.1:${port}/api/messages/search?q=${q}`, {
    headers: { authorization: `Bearer ${searcher.token}` },
  });
  const { results } = (await response.json()) as { results: unknown[] };
  const took = performance.now() - started;
  if (!response.ok) throw new Error(`a search was answered with ${response.status}`);
  if (searcher.finds && results.length === 0) throw new Error(`nothing found: ${searcher.what}`);
  return took;
}

/** Searches of all kinds in turn, at a steady rate; `stop` answers how long each took. */
function keepAsking(server: ServerProcess, searchers: Searcher[]): { stop(): Promise<number[]> } {
  const started = performance.now();
  const times: number[] = [];
  let stopped = false;
  const asking = (async () => {
    for (let n = 0; !stopped; n++) {
      await Bun.sleep(Math.max(0, started + (n * 1000) / searchesPerSecond - performance.now()));
      times.push(await askOnce(server, searchers[n % searchers.length]!, Math.floor(n / searchers.length)));
    }
  })();
  return {
    async stop() {
      stopped = true;
      await asking;
      return times;
    },
  };
}
