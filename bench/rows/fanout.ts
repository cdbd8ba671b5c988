import { Data } from "../data.ts";
import type { LoadInput, LoadResult } from "../load.ts";
import { runClient, type ServerProcess, startServer } from "../process.ts";
import { median } from "../statistics.ts";
import type { Figure } from "../table.ts";

interface Contender {
  server: ServerProcess;
  tokens: string[];
}

const sizes = [10, 100];
/** Of the members, so many write at the same time, as fast as their eight messages under way are acknowledged. */
const mostSenders = 40;
const window = 8;
const rounds = 3;
const people = Math.max(...sizes);
const ids = Array.from({ length: people }, (_, index) => index + 1);
const program = (name: string) => [process.execPath, `${import.meta.dir}/../${name}`];

/** What one message to many costs: Parley, the smallest program of its design and bare topics, in turn. */
export async function fanout(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/fanout`);
  data.addPeople(people);
  const chats = sizes.map((size) => data.addGroup(ids.slice(0, size)));
  data.close();
  const ours: Contender = {
    server: await startServer([parley], data.environment),
    tokens: await data.tokens(ids),
  };
  const { frameBytes } = await run(ours, chats[0]!, sizes[0]!, { warmUpSeconds: 0, seconds: 0 });
  const smallest: Contender = {
    server: await startServer(program("smallest.ts"), {
      DATA_DIR: data.directory,
      CHATS: JSON.stringify(Object.fromEntries(chats.map((chat, index) => [chat, sizes[index]]))),
    }),
    tokens: ids.map(String),
  };
  const bare: Contender = {
    server: await startServer(program("bare-topics.ts"), { FRAME_BYTES: String(frameBytes) }),
    tokens: ids.map(() => chats.join()),
  };
  const contenders = { parley: ours, smallest, bare };
  const figures: Figure[] = [];
  for (const [index, size] of sizes.entries()) {
    const results = await compete(Object.values(contenders), chats[index]!, size);
    figures.push(...summarise(`fan-out to ${size}`, results));
  }
  for (const { server } of Object.values(contenders)) await server.stop();
  return figures;
}

/** Round after round, so that what else the machine does meets all of them alike. */
async function compete(contenders: Contender[], chatId: number, size: number): Promise<LoadResult[][]> {
  const results: LoadResult[][] = contenders.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, contender] of contenders.entries()) {
      results[index]!.push(await run(contender, chatId, size, { warmUpSeconds: 0.5, seconds: 4 }));
    }
  }
  return results;
}

function run(
  { server, tokens }: Contender,
  chatId: number,
  size: number,
  time: Pick<LoadInput, "warmUpSeconds" | "seconds">,
): Promise<LoadResult> {
  const { port, pid } = server;
  const senders = Math.min(size, mostSenders);
  const load = { port, pid, chatId, tokens: tokens.slice(0, size), senders, window, ...time };
  return runClient<LoadResult>("load.ts", load satisfies LoadInput);
}

const measures: [keyof LoadResult, string, boolean][] = [
  ["messagesPerSecond", "messages/s", true],
  ["deliveriesPerSecond", "deliveries/s", true],
  ["cpuPerDelivery", "server CPU µs per delivery", true],
  ["ackP50", "ack p50 ms", false],
  ["ackP99", "ack p99 ms", false],
  ["serverCores", "server's busy cores", false],
  ["ownCores", "load generator's busy cores", false],
  ["missing", "missing", false],
  ["doubled", "doubled", false],
];

function summarise(what: string, results: LoadResult[][]): Figure[] {
  return measures.map(([key, unit, compared]) => {
    const counted = key === "missing" || key === "doubled";
    const [parley, smallest, bare] = results.map((rounds) => {
      const values = rounds.map((one) => one[key]);
      return counted ? values.reduce((sum, one) => sum + one, 0) : median(values);
    });
    return { what, unit, parley: parley!, smallest: smallest!, bare: bare!, compared };
  });
}
