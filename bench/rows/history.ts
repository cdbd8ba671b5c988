import { Data } from "../data.ts";
import { startServer } from "../process.ts";
import { percentile } from "../statistics.ts";
import type { Figure } from "../table.ts";

const sizes = [1000, 1_000_000];
const limit = 50;
const calls = 1000;

/** How long a page of a chat takes over REST, with few and with many messages in it. */
export async function history(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/history`);
  data.addPeople(10);
  const chats = sizes.map((size) => {
    const id = data.addGroup([1, 2, 3, 4, 5]);
    return { id, size, first: data.addMessages(id, size, 5) };
  });
  data.close();
  const server = await startServer([parley], data.environment);
  const [token] = await data.tokens([1]);
  const figures: Figure[] = [];
  for (const { id, size, first } of chats) {
    const pages = {
      newest: () => "",
      // Another place each time, around the middle.
      "in the middle": (n: number) => `&before=${first + size / 2 + ((n * 37) % (size / 4))}`,
    };
    for (const [name, anchor] of Object.entries(pages)) {
      const page = (n: number) =>
        `http://127.0.0.1:${server.port}/api/messages/${id}?limit=${limit}${anchor(n)}`;
      const times = await ask(page, `Bearer ${token}`);
      const what = `${limit} of ${size.toLocaleString("en")} messages, ${name}`;
      figures.push({ what, unit: "ms p50", parley: percentile(times, 50) });
      figures.push({ what, unit: "ms p99", parley: percentile(times, 99) });
    }
  }
  await server.stop();
  return figures;
}

async function ask(page: (n: number) => string, authorization: string): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < calls; n++) {
    const started = performance.now();
    const response = await fetch(page(n), { headers: { authorization } });
    const { messages } = (await response.json()) as { messages: unknown[] };
    times.push(performance.now() - started);
    if (messages.length !== limit) throw new Error(`a page has ${messages.length} messages`);
  }
  return times.slice(calls / 10);
}
