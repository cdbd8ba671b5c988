import { burning } from "../../test/support/hostile.ts";
import { Data } from "../data.ts";
import type { LoadInput, LoadResult } from "../load.ts";
import { runClient, type ServerProcess, startServer } from "../process.ts";
import { median } from "../statistics.ts";
import type { Figure } from "../table.ts";

const members = 10;
const rounds = 2;
/** Within the ten seconds after which the server gives a file up. */
const loadSeconds = 8;
const ids = Array.from({ length: members + 1 }, (_, index) => index + 1);
const latencies = {
  ackP50: "ack p50 ms",
  ackP99: "ack p99 ms",
  deliveryP50: "delivery p50 ms",
  deliveryP99: "delivery p99 ms",
} satisfies { [K in keyof LoadResult]?: string };

/** Whether a file that keeps its decoder busy until it is killed holds up those who write. */
export async function hostile(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/hostile`);
  data.addPeople(ids.length);
  const chatId = data.addGroup(ids.slice(0, members));
  data.close();
  const server = await startServer([parley], data.environment);
  const tokens = await data.tokens(ids);
  const load: LoadInput = {
    port: server.port,
    pid: server.pid,
    chatId,
    tokens: tokens.slice(0, members),
    senders: 5,
    perSecond: 500,
    warmUpSeconds: 0.5,
    seconds: loadSeconds,
  };
  const quiet: LoadResult[] = [];
  const busy: LoadResult[] = [];
  const burned: number[] = [];
  for (let round = 0; round < rounds; round++) {
    quiet.push(await runClient<LoadResult>("load.ts", load));
    const burning = burn(server, tokens[members]!, round);
    busy.push(await runClient<LoadResult>("load.ts", load));
    burned.push(await burning);
  }
  await server.stop();
  if (Math.min(...burned) < loadSeconds) throw new Error(`the hostile file was done with after ${burned} s`);
  const figures = (what: string, results: LoadResult[]): Figure[] =>
    Object.entries(latencies).map(([key, unit]) => ({
      what: `500 messages/s, ${what}`,
      unit,
      parley: median(results.map((one) => one[key as keyof typeof latencies])),
    }));
  return [
    ...figures("nothing to look at", quiet),
    ...figures("a hostile file", busy),
    { what: "500 messages/s, a hostile file", unit: "s until it is given up", parley: median(burned) },
  ];
}

/** Sends a file that nobody has sent before; answers how many seconds it was looked at. */
async function burn({ port }: ServerProcess, token: string, round: number): Promise<number> {
  const api = `http://127.0.0.1:${port}/api/media`;
  const headers = { authorization: `Bearer ${token}` };
  const body = new FormData();
  body.append("files", new File([burning(), `another one: ${round}`], "a.jpg", { type: "image/jpeg" }));
  const response = await fetch(`${api}/upload`, { method: "POST", headers, body });
  if (response.status !== 201) throw new Error(`a hostile file was answered with ${response.status}`);
  const { media } = (await response.json()) as { media: [{ id: number }] };
  const started = performance.now();
  for (;;) {
    const { state } = (await (await fetch(`${api}/${media[0].id}/info`, { headers })).json()) as {
      state: string;
    };
    if (state === "failed") return (performance.now() - started) / 1000;
    if (state === "ready") throw new Error("the hostile file was no trouble");
    await Bun.sleep(100);
  }
}
