import { Data } from "../data.ts";
import type { LoadInput, LoadResult } from "../load.ts";
import { runClient, startServer } from "../process.ts";
import type { Figure } from "../table.ts";

/** Of as many members, who all write as fast as a person may, none of it is refused. */
const cases = [
  { size: 10, senders: 10 },
  { size: 100, senders: 40 },
];
const framesPerSecond = 20;
const people = Math.max(...cases.map((one) => one.size));
const ids = Array.from({ length: people }, (_, index) => index + 1);

/** The loads of the other rows with the limits that a server begins with. */
export async function limited(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/limited`);
  data.addPeople(people);
  const chats = cases.map(({ size }) => data.addGroup(ids.slice(0, size)));
  data.close();
  const server = await startServer([parley], { ...data.environment, RATE_LIMITS: "on" });
  const tokens = await data.tokens(ids);
  const figures: Figure[] = [];
  for (const [i, { size, senders }] of cases.entries()) {
    const load: LoadInput = {
      port: server.port,
      pid: server.pid,
      chatId: chats[i]!,
      tokens: tokens.slice(0, size),
      senders,
      perSecond: senders * framesPerSecond,
      warmUpSeconds: 0.5,
      seconds: 6,
    };
    const result = await runClient<LoadResult>("load.ts", load);
    const what = `${senders} of ${size} write as they may`;
    figures.push(
      { what, unit: "messages/s", parley: result.messagesPerSecond },
      { what, unit: "ack p99 ms", parley: result.ackP99 },
      { what, unit: "missing", parley: result.missing },
      { what, unit: "doubled", parley: result.doubled },
    );
  }
  await server.stop();
  return figures;
}
