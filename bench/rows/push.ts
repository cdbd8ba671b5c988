import { join } from "node:path";

import { Data } from "../data.ts";
import {
  type Conversation,
  converse,
  cpuSeconds,
  forgetPeak,
  peakBytes,
  residentBytes,
  type ServerProcess,
  startServer,
} from "../process.ts";
import type { PushServiceOrder, PushServiceReport, PushServiceStarted } from "../push-service.ts";
import { type Beside, latencies, measureSteady } from "../steady.ts";
import type { Figure } from "../table.ts";

/** Each has a browser and is in each of these chats, so that a message in each of them leads to 10,000 pushes. */
const people = 2000;
const chatCount = 5;
const burst = people * chatCount;
/** Of the chat whose messages are timed; they have no devices. */
const members = 10;
const loadSeconds = 6;
const mebibyte = 2 ** 20;
const patience = 120_000;
const certificateFile = join(import.meta.dir, "../../test/fixtures/push/certificate.pem");

interface Scene {
  server: ServerProcess;
  service: Conversation<PushServiceStarted & PushServiceReport>;
  /** Writes the message in each chat. */
  writer: string;
  chats: number[];
}

/** How fast 10,000 pushes go out, and whether messages wait for any of them, whatever the push service does. */
export async function push(parley: string, directory: string): Promise<Figure[]> {
  const service: Scene["service"] = converse("push-service.ts", {});
  const started = await service.next();
  const data = new Data(`${directory}/push`);
  const ids = Array.from({ length: people + 1 + members }, (_, index) => index + 1);
  const pushed = ids.slice(0, people);
  const writer = people + 1;
  const talking = ids.slice(-members);
  data.addPeople(ids.length);
  data.addBrowsers(pushed, started);
  const chats = Array.from({ length: chatCount }, () => data.addGroup([writer, ...pushed]));
  const chatId = data.addGroup(talking);
  data.close();
  const server = await startServer([parley], {
    ...data.environment,
    PUSH_ALLOWED_HOSTS: "localhost",
    NODE_EXTRA_CA_CERTS: certificateFile,
  });
  const [token = ""] = await data.tokens([writer]);
  const scene = { server, service, writer: token, chats };
  // Warms up.
  await measureBurst(scene);
  const figures = await measureBurst(scene);
  const chat = { chatId, tokens: await data.tokens(talking) };
  const of = Object.keys(latencies) as (keyof typeof latencies)[];
  figures.push(...(await measureSteady(server, chat, besides(scene), { seconds: loadSeconds, of })));
  await server.stop();
  await service.end();
  return figures;
}

async function measureBurst(scene: Scene): Promise<Figure[]> {
  const { pid } = scene.server;
  await ask(scene, "take");
  forgetPeak(pid);
  const [resident, cpu, began] = [residentBytes(pid), cpuSeconds(pid), Date.now()];
  const newest = await writeInEach(scene);
  const { taken, pairs, lastAt, samples } = await allPushed(scene);
  const used = cpuSeconds(pid) - cpu;
  if (samples.some((one) => one.message_id !== newest.get(one.chat_id)))
    throw new Error("an old message was pushed");
  const seconds = (lastAt - began) / 1000;
  const what = `${burst.toLocaleString("en")} pushes`;
  return [
    { what, unit: "pushes/s", parley: taken / seconds },
    { what, unit: "s until the last", parley: seconds },
    { what, unit: "server CPU µs per push", parley: (used * 1e6) / taken },
    { what, unit: "MiB before", parley: resident / mebibyte },
    { what, unit: "peak MiB above that", parley: (peakBytes(pid) - resident) / mebibyte },
    { what, unit: "MiB above that, afterwards", parley: (residentBytes(pid) - resident) / mebibyte },
    { what, unit: "missing", parley: burst - pairs },
    { what, unit: "doubled", parley: taken - pairs },
  ];
}

/** What push does while messages are timed. After each, all is pushed that was not. */
function besides(scene: Scene): Record<string, Beside> {
  const burstWhile = (answer: PushServiceOrder) => () => {
    const begun = ask(scene, answer).then(() => writeInEach(scene));
    return async () => {
      await begun;
      if (answer !== "take") await ask(scene, "take");
      // What was refused is not pushed again, but the next message is.
      if (answer === "refuse") await writeInEach(scene);
      const { pairs } = await allPushed(scene);
      if (pairs < burst) throw new Error(`of ${burst} pushes only ${pairs} came after all`);
    };
  };
  return {
    "no push": () => undefined,
    "10,000 pushes": burstWhile("take"),
    "the push service hangs": burstWhile("hang"),
    "the push service is down": burstWhile("down"),
    "the push service refuses": burstWhile("refuse"),
  };
}

/** A message in each chat; answers its id by its chat. */
async function writeInEach({ server, writer, chats }: Scene): Promise<Map<number, number>> {
  const written = await Promise.all(
    chats.map(async (chat) => {
      const response = await fetch(`http://127.0.0.1:${server.port}/api/messages/${chat}`, {
        method: "POST",
        headers: { authorization: `Bearer ${writer}`, "content-type": "application/json" },
        body: JSON.stringify({ content: "As long as messages are, which people are told of by a push." }),
      });
      if (!response.ok) throw new Error(`a message was answered with ${response.status}`);
      return [chat, ((await response.json()) as { id: number }).id] as const;
    }),
  );
  return new Map(written);
}

/** Waits until each device was told of each chat. */
async function allPushed(scene: Scene): Promise<PushServiceReport> {
  const end = performance.now() + patience;
  for (;;) {
    const report = await ask(scene, "report");
    if (report.pairs === burst || performance.now() > end) return report;
    await Bun.sleep(50);
  }
}

function ask({ service }: Scene, order: PushServiceOrder): Promise<PushServiceReport> {
  service.tell(order);
  return service.next();
}
