import { Data } from "../data.ts";
import { startServer } from "../process.ts";
import { percentile } from "../statistics.ts";
import type { Figure } from "../table.ts";

const chatCount = 200;
const messagesEach = 5000;
/** Of most chats; the last one has everybody. */
const membersEach = 20;
const people = 1000;
const calls = 300;

/** How long somebody in 200 chats, with a million messages in them, waits for the list and for the counts. */
export async function chats(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/chats`);
  data.addPeople(people);
  const ids = Array.from({ length: people }, (_, i) => i + 1);
  for (let i = 0; i < chatCount; i++) {
    const others = Array.from({ length: membersEach - 1 }, (_, n) => 2 + ((i * 7 + n) % (people - 1)));
    const chat = data.addGroup(i === chatCount - 1 ? ids : [1, ...others]);
    data.addMessages(chat, messagesEach, membersEach);
  }
  const [token] = await data.tokens([1]);
  data.close();
  const server = await startServer([parley], data.environment);
  const asked = {
    "the first 50 of 200 chats": "/api/chats",
    "the first 100 of 200 chats": "/api/chats?limit=100",
    "unread counts over 200 chats": "/api/notifications/count",
  };
  const figures: Figure[] = [];
  for (const [what, path] of Object.entries(asked)) {
    const times = await ask(`http://127.0.0.1:${server.port}${path}`, `Bearer ${token}`);
    figures.push({ what, unit: "ms p50", parley: percentile(times, 50) });
    figures.push({ what: "", unit: "ms p95", parley: percentile(times, 95) });
  }
  await server.stop();
  return figures;
}

async function ask(url: string, authorization: string): Promise<number[]> {
  const times: number[] = [];
  for (let n = 0; n < calls; n++) {
    const started = performance.now();
    const response = await fetch(url, { headers: { authorization } });
    await response.json();
    times.push(performance.now() - started);
    if (!response.ok) throw new Error(`${url} answers ${response.status}`);
  }
  return times.slice(calls / 10);
}
