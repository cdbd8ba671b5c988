import { Data } from "../data.ts";
import type { IdleInput } from "../idle.ts";
import { residentBytes, type ServerProcess, startClient, startServer } from "../process.ts";
import type { Figure } from "../table.ts";

const people = 5000;
const chatsOfEach = 5;
const groupSize = 100;
const settleMilliseconds = 4000;
const ids = Array.from({ length: people }, (_, index) => index + 1);

/** What an idle socket of somebody in five chats costs, beside a bare one with five topics. */
export async function memory(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/memory`);
  data.addPeople(people);
  const chatsOf = ids.map((): number[] => []);
  for (let round = 0; round < chatsOfEach; round++) {
    for (const group of groupsOf(round)) {
      const chat = data.addGroup(group);
      for (const id of group) chatsOf[id - 1]!.push(chat);
    }
  }
  data.close();
  const ours = await measure(await startServer([parley], data.environment), await data.tokens(ids));
  const bareServer = await startServer([process.execPath, `${import.meta.dir}/../bare-topics.ts`]);
  const bare = await measure(
    bareServer,
    chatsOf.map((chats) => chats.join()),
  );
  const what = `${people.toLocaleString("en")} idle sockets`;
  return [
    { what, unit: "KiB each", parley: ours.each, bare: bare.each, compared: true },
    { what, unit: "server's MiB before", parley: ours.before, bare: bare.before },
    { what, unit: "server's MiB with them", parley: ours.after, bare: bare.after },
  ];
}

/** Other people together in each round. */
function groupsOf(round: number): number[][] {
  const count = people / groupSize;
  const groups = Array.from({ length: count }, (): number[] => []);
  for (const id of ids) groups[(id + Math.floor(id / count) * round) % count]!.push(id);
  return groups;
}

async function measure(
  server: ServerProcess,
  tokens: string[],
): Promise<{ each: number; before: number; after: number }> {
  await Bun.sleep(settleMilliseconds);
  const before = residentBytes(server.pid);
  const { port } = server;
  const client = await startClient<number>("idle.ts", { port, tokens } satisfies IdleInput);
  if (client.answer !== tokens.length) throw new Error(`only ${client.answer} sockets stayed open`);
  await Bun.sleep(settleMilliseconds);
  const after = residentBytes(server.pid);
  await client.end();
  await server.stop();
  const mebibyte = 1024 * 1024;
  return {
    each: (after - before) / tokens.length / 1024,
    before: before / mebibyte,
    after: after / mebibyte,
  };
}
