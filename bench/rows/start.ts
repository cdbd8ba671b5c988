import { Data } from "../data.ts";
import { startServer } from "../process.ts";
import { median } from "../statistics.ts";
import type { Figure } from "../table.ts";

const starts = 10;
const messages = 200_000;

/** From the start of the process to its first answer, on a new directory and on one that has been used. */
export async function start(parley: string, directory: string): Promise<Figure[]> {
  const used = new Data(`${directory}/start-used`);
  used.addPeople(1000);
  used.addMessages(used.addGroup([1, 2]), messages, 2);
  used.close();
  const empty = (n: number) => ({ DATA_DIR: `${directory}/start-${n}` });
  await milliseconds(parley, used.environment); // reads the executable into the page cache
  const onEmpty: number[] = [];
  const onUsed: number[] = [];
  for (let n = 0; n < starts; n++) {
    onEmpty.push(await milliseconds(parley, empty(n)));
    onUsed.push(await milliseconds(parley, used.environment));
  }
  const unit = "ms to first answer";
  return [
    { what: "start on an empty directory", unit, parley: median(onEmpty) },
    { what: `start with ${messages.toLocaleString("en")} messages`, unit, parley: median(onUsed) },
  ];
}

async function milliseconds(parley: string, environment: Record<string, string>): Promise<number> {
  const server = await startServer([parley], environment);
  await server.stop();
  return server.startedIn;
}
