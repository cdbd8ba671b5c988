import type { LoadInput, LoadResult } from "./load.ts";
import { runClient, type ServerProcess } from "./process.ts";
import { median } from "./statistics.ts";
import type { Figure } from "./table.ts";

/** Begins something that the server does beside; answers how it is ended, or waited for. */
export type Beside = (round: number) => (() => Promise<unknown>) | undefined;

const rounds = 2;
export const latencies = {
  ackP50: "ack p50 ms",
  ackP99: "ack p99 ms",
  deliveryP50: "delivery p50 ms",
  deliveryP99: "delivery p99 ms",
} as const;
type Latency = keyof typeof latencies;

/** How long 500 messages a second take beside each of these in turn, round after round. */
export async function measureSteady(
  { port, pid }: ServerProcess,
  chat: Pick<LoadInput, "chatId" | "tokens">,
  beside: Record<string, Beside>,
  { seconds = 4, of = ["ackP50", "ackP99"] as Latency[] } = {},
): Promise<Figure[]> {
  const load: LoadInput = {
    port,
    pid,
    ...chat,
    senders: 5,
    perSecond: 500,
    warmUpSeconds: 0.5,
    seconds,
  };
  const results = Object.entries(beside).map(([what, begin]) => ({ what, begin, all: [] as LoadResult[] }));
  for (let round = 0; round < rounds; round++) {
    for (const { begin, all } of results) {
      const end = begin(round);
      all.push(await runClient<LoadResult>("load.ts", load));
      await end?.();
    }
  }
  return results.flatMap(({ what, all }) =>
    of.map((key) => ({
      what: `500 messages/s, ${what}`,
      unit: latencies[key],
      parley: median(all.map((one) => one[key])),
    })),
  );
}
