import { mkdirSync } from "node:fs";

import { Data } from "../data.ts";
import {
  cpuSeconds,
  forgetPeak,
  peakBytes,
  residentBytes,
  runClient,
  type ServerProcess,
  startServer,
} from "../process.ts";
import { measureSteady } from "../steady.ts";
import type { Figure } from "../table.ts";
import type { TransferInput, TransferResult } from "../transfer.ts";

const megabyte = 1024 * 1024;
const sizes = [100, 1000];
const atOnce = { count: 4, size: 200 };
const settleMilliseconds = 2000;
const members = 10;
const loadSeconds = 4;
const ids = Array.from({ length: members + atOnce.count }, (_, index) => index + 1);

interface Contender {
  server: ServerProcess;
  tokens: string[];
  idle: number;
}

interface Cost {
  peak: number;
  perSecond: number;
  cpu: number;
}

let seed = 0;

/** What files of any size cost on their way in and out, beside bare Bun, and what they do to those who write. */
export async function transfers(parley: string, directory: string): Promise<Figure[]> {
  const data = new Data(`${directory}/transfers`);
  data.addPeople(ids.length);
  const chatId = data.addGroup(ids.slice(0, members));
  data.close();
  const tokens = await data.tokens(ids);
  const bareDirectory = `${directory}/bare-files`;
  mkdirSync(bareDirectory);
  const large = { MAX_VIDEO_BYTES: String(2000 * megabyte), USER_QUOTA_MB: "0" };
  const ours = await settled(await startServer([parley], { ...data.environment, ...large }), tokens);
  const program = [process.execPath, `${import.meta.dir}/../bare-files.ts`];
  const bare = await settled(await startServer(program, { DATA_DIR: bareDirectory }), tokens);
  const figures = [...(await memoryFigures([ours, bare])), ...(await latencyFigures(ours, chatId))];
  await ours.server.stop();
  await bare.server.stop();
  return figures;
}

async function settled(server: ServerProcess, tokens: string[]): Promise<Contender> {
  await Bun.sleep(settleMilliseconds);
  return { server, tokens, idle: residentBytes(server.pid) };
}

async function memoryFigures(contenders: [Contender, Contender]): Promise<Figure[]> {
  const [parley, bare] = contenders.map((one) => one.idle / megabyte);
  const figures: Figure[] = [{ what: "before any file", unit: "server's MiB", parley: parley!, bare: bare! }];
  for (const size of sizes) {
    const costs: { incoming: Cost; outgoing: Cost }[] = [];
    for (const one of contenders) costs.push(await thereAndBack(one, size));
    const what = `a file of ${size.toLocaleString("en")} MB`;
    figures.push(...costFigures(`${what} comes`, costs[0]!.incoming, costs[1]!.incoming));
    figures.push(...costFigures(`${what} goes`, costs[0]!.outgoing, costs[1]!.outgoing));
  }
  const many: Cost[] = [];
  for (const one of contenders) many.push((await cost(one, atOnce.size, sendings(one, atOnce))).cost);
  const what = `${atOnce.count} files of ${atOnce.size} MB come at once`;
  return [...figures, ...costFigures(what, many[0]!, many[1]!)];
}

function costFigures(what: string, parley: Cost, bare: Cost): Figure[] {
  const figure = (unit: string, key: keyof Cost): Figure => ({
    what,
    unit,
    parley: parley[key],
    bare: bare[key],
    compared: true,
  });
  return [figure("peak MiB above idle", "peak"), figure("MB/s", "perSecond"), figure("CPU ms per MB", "cpu")];
}

async function thereAndBack(one: Contender, size: number): Promise<{ incoming: Cost; outgoing: Cost }> {
  const incoming = await cost(one, size, sendings(one, { count: 1, size }));
  const receive = incoming.results[0]!.path;
  const outgoing = await cost(one, size, [{ port: one.server.port, token: one.tokens[members]!, receive }]);
  return { incoming: incoming.cost, outgoing: outgoing.cost };
}

/** Of people who are in no chat, each another file. */
function sendings({ server, tokens }: Contender, { count, size }: typeof atOnce): TransferInput[] {
  return tokens.slice(members, members + count).map((token) => ({
    port: server.port,
    token,
    send: { size: size * megabyte, seed: ++seed },
  }));
}

async function cost(
  { server: { pid }, idle }: Contender,
  size: number,
  inputs: TransferInput[],
): Promise<{ cost: Cost; results: TransferResult[] }> {
  forgetPeak(pid);
  const cpu = cpuSeconds(pid);
  const results = await Promise.all(inputs.map((one) => runClient<TransferResult>("transfer.ts", one)));
  const used = cpuSeconds(pid) - cpu;
  const perSecond = results.reduce((sum, one) => sum + one.bytesPerSecond, 0) / megabyte;
  const peak = (peakBytes(pid) - idle) / megabyte;
  return { cost: { peak, perSecond, cpu: (used * 1000) / (size * inputs.length) }, results };
}

async function latencyFigures(ours: Contender, chatId: number): Promise<Figure[]> {
  const { server, tokens } = ours;
  const transfer = { port: server.port, token: tokens[members]!, seconds: loadSeconds + 1 };
  const [sent] = sendings(ours, { count: 1, size: 1000 });
  const { path } = await runClient<TransferResult>("transfer.ts", sent!);
  const moving = (input: TransferInput) => {
    const moved = runClient<TransferResult>("transfer.ts", input);
    return () => moved;
  };
  const beside = {
    "nobody sending files": () => undefined,
    "a file comes": () => moving({ ...transfer, send: { size: 200 * megabyte, seed: (seed += 1000) } }),
    "a file goes": () => moving({ ...transfer, receive: path }),
  };
  return measureSteady(server, { chatId, tokens: tokens.slice(0, members) }, beside, {
    seconds: loadSeconds,
  });
}
