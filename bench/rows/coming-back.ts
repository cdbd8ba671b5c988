import type { ComingBackInput, ComingBackOutput } from "../coming-back.ts";
import { Data } from "../data.ts";
import { cpuSeconds, startClient, startServer } from "../process.ts";
import type { Figure } from "../table.ts";

const sizes = [100, 1000];

/** All people of one chat come back within a second and look at it; then all read it at once. */
export async function comingBack(parley: string, directory: string): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of sizes) {
    const data = new Data(`${directory}/coming-back-${size}`);
    const ids = Array.from({ length: size }, (_, i) => i + 1);
    data.addPeople(size);
    const chat = data.addGroup(ids);
    const message = data.addMessages(chat, 100, 1) + 99;
    const tokens = await data.tokens(ids);
    data.close();
    const server = await startServer([parley], data.environment);
    const input: ComingBackInput = { port: server.port, tokens, chat, message };
    const before = cpuSeconds(server.pid);
    const { answer, end } = await startClient<ComingBackOutput>("coming-back.ts", input);
    const cpu = cpuSeconds(server.pid) - before;
    await end();
    await server.stop();
    const what = `${size.toLocaleString("en")} people come back within a second`;
    figures.push(
      { what, unit: "ms until all know of all", parley: answer.online },
      { what: "and read the chat at once", unit: "ms until all know of all", parley: answer.read },
      { what: "", unit: "frames sent", parley: answer.frames },
      { what: "", unit: "server CPU µs per frame", parley: (cpu * 1e6) / answer.frames },
    );
  }
  return figures;
}
