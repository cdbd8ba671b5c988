import { Data } from "../data.ts";
import { cpuSeconds, startServer } from "../process.ts";
import { median } from "../statistics.ts";
import type { Figure } from "../table.ts";

const rounds = 5;
const callers = 16;
const callsPerRound = 4000;
const person = 1;

/** REST calls of each kind, as many at once as there are callers; with BEFORE, an older executable's beside them. */
export async function calls(parley: string, directory: string): Promise<Figure[]> {
  const before = process.env["BEFORE"];
  const all = [parley, ...(before === undefined ? [] : [before])];
  const servers = await Promise.all(all.map((one, n) => open(one, `${directory}/calls-${n}`)));
  const figures: Figure[] = [];
  for (const [what, path, body] of kinds(servers[0]!.chat)) {
    const perSecond = servers.map((): number[] => []);
    const cpu = servers.map((): number[] => []);
    // In turn, so that whatever else the machine does concerns both.
    for (let round = 0; round < rounds; round++) {
      for (const [n, server] of servers.entries()) {
        const before = cpuSeconds(server.pid);
        const seconds = await measure(server, path, body);
        perSecond[n]!.push(callsPerRound / seconds);
        cpu[n]!.push(((cpuSeconds(server.pid) - before) / callsPerRound) * 1e6);
      }
    }
    for (const [n, name] of [what, `${what}, BEFORE`].slice(0, servers.length).entries()) {
      figures.push({ what: name, unit: "calls/s", parley: median(perSecond[n]!) });
      figures.push({ what: name, unit: "µs CPU a call", parley: median(cpu[n]!) });
    }
  }
  for (const server of servers) await server.stop();
  return figures;
}

/** What is called, where, and with which body. */
function kinds(chat: number): [what: string, path: string, body?: object][] {
  return [
    ["GET /health", "/health"],
    ["GET /api/auth/me", "/api/auth/me"],
    ["20 messages of a chat", `/api/messages/${chat}?limit=20`],
    ["a message to a chat of 2", `/api/messages/${chat}`, { content: "As long as messages are." }],
  ];
}

async function open(parley: string, directory: string) {
  const data = new Data(directory);
  data.addPeople(2);
  const chat = data.addGroup([1, 2]);
  data.addMessages(chat, 1000, 2);
  data.close();
  const server = await startServer([parley], data.environment);
  const [token] = await data.tokens([person]);
  return { ...server, chat, token };
}

type Server = Awaited<ReturnType<typeof open>>;

/** Seconds for all calls of a round. */
async function measure({ port, token }: Server, path: string, body?: object): Promise<number> {
  const request = {
    headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
    ...(body && { method: "POST", body: JSON.stringify(body) }),
  };
  let left = callsPerRound;
  const started = performance.now();
  const caller = async () => {
    while (left-- > 0) {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, request);
      if (!response.ok) throw new Error(`${path} was answered with ${response.status}`);
      await response.bytes();
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (performance.now() - started) / 1000;
}
