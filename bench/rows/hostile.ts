import { burning } from "../../test/support/hostile.ts";
import { Data } from "../data.ts";
import { type ServerProcess, startServer } from "../process.ts";
import { median } from "../statistics.ts";
import { latencies, measureSteady } from "../steady.ts";
import type { Figure } from "../table.ts";

const members = 10;
/** Within the ten seconds after which the server gives a file up. */
const loadSeconds = 8;
const ids = Array.from({ length: members + 1 }, (_, index) => index + 1);

/** Whether a file that keeps its decoder busy until it is killed holds up those who write. */
export async function hostile(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/hostile`);
  data.addPeople(ids.length);
  const chatId = data.addGroup(ids.slice(0, members));
  data.close();
  const server = await startServer([parley], data.environment);
  const tokens = await data.tokens(ids);
  const burned: number[] = [];
  const beside = {
    "nothing to look at": () => undefined,
    "a hostile file": (round: number) => {
      const burning = burn(server, tokens[members]!, round);
      return async () => burned.push(await burning);
    },
  };
  const chat = { chatId, tokens: tokens.slice(0, members) };
  const all = Object.keys(latencies) as (keyof typeof latencies)[];
  const figures = await measureSteady(server, chat, beside, { seconds: loadSeconds, of: all });
  await server.stop();
  if (Math.min(...burned) < loadSeconds) throw new Error(`the hostile file was done with after ${burned} s`);
  const what = "500 messages/s, a hostile file";
  return [...figures, { what, unit: "s until it is given up", parley: median(burned) }];
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
