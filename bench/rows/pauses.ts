import { Data } from "../data.ts";
import type { LoadInput, LoadResult } from "../load.ts";
import { runClient, startServer } from "../process.ts";
import { percentile } from "../statistics.ts";
import type { Figure } from "../table.ts";
import { WriteAheadLog } from "../write-ahead-log.ts";

const size = 10;
/** One that is emptied several times a second, and one that never is. */
const logMegabytes = [4, 1024];
const everyMilliseconds = 5;
const ids = Array.from({ length: size }, (_, index) => index + 1);

/** How long the event loop is away under full load, as somebody outside sees it, with and without checkpoints. */
export async function pauses(parley: string, directory: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const megabytes of logMegabytes) {
    figures.push(...(await measure(parley, `${directory}/pauses-${megabytes}`, megabytes)));
  }
  return figures;
}

async function measure(parley: string, directory: string, megabytes: number): Promise<Figure[]> {
  const data = new Data(directory);
  data.addPeople(size);
  const chatId = data.addGroup(ids);
  data.close();
  const server = await startServer([parley], { ...data.environment, CHECKPOINT_MB: String(megabytes) });
  const log = new WriteAheadLog(`${data.directory}/db/chat.sqlite-wal`);
  const { port, pid } = server;
  const tokens = await data.tokens(ids);
  const load = { port, pid, chatId, tokens, senders: 10, window: 8, warmUpSeconds: 0.5, seconds: 6 };
  const asking = keepAsking(`http://127.0.0.1:${port}/health`, () => log.look());
  const result = await runClient<LoadResult>("load.ts", load satisfies LoadInput);
  const times = await asking.stop();
  const checkpoints = log.checkpoints();
  await server.stop();
  const what = `full load, CHECKPOINT_MB=${megabytes}`;
  return [
    { what, unit: "messages/s", parley: result.messagesPerSecond },
    { what, unit: "checkpoints", parley: checkpoints },
    { what, unit: "largest log, MiB", parley: log.largest / 1024 / 1024 },
    { what, unit: "/health p50 ms", parley: percentile(times, 50) },
    { what, unit: "/health p99 ms", parley: percentile(times, 99) },
    { what, unit: "/health slowest ms", parley: percentile(times, 100) },
  ];
}

/** Asks again and again; `stop` answers how long each answer took. */
function keepAsking(url: string, between: () => void): { stop(): Promise<number[]> } {
  const times: number[] = [];
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      const started = performance.now();
      const response = await fetch(url);
      await response.arrayBuffer();
      times.push(performance.now() - started);
      if (!response.ok) throw new Error(`/health was answered with ${response.status}`);
      between();
      await Bun.sleep(everyMilliseconds);
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
