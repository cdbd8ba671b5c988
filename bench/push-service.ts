/**
 * A process that is a push service of browsers (RFC 8030) over TLS. It counts what comes to which device about which chat,
 * and decrypts some of it. All devices have the same keys; `answer` tells it what to answer from now on.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { DeviceKeyRing } from "../test/support/push-device.ts";
import { cpuSeconds } from "./process.ts";

export interface PushServiceStarted {
  origin: string;
  keys: DeviceKeyRing["keys"];
}

/** What is told to it: begin to count anew, or say what has come so far. */
export type PushServiceOrder = "report" | PushAnswer;
/** Take all, leave each for half a minute, refuse each in one of two ways, or do not listen. */
export type PushAnswer = "take" | "hang" | "refuse" | "down";

export interface PushServiceReport {
  /** Requests that were taken, requests in all, and devices and chats that they were about. */
  taken: number;
  requests: number;
  pairs: number;
  /** When the first and the last were taken, in milliseconds of the system's clock. */
  firstAt: number;
  lastAt: number;
  /** What one in a thousand said. */
  samples: { chat_id: number; message_id: number }[];
  /** Of this process. */
  cpuSeconds: number;
}

const fixtures = join(import.meta.dir, "../test/fixtures/push");
const tls = {
  cert: readFileSync(join(fixtures, "certificate.pem"), "utf8"),
  key: readFileSync(join(fixtures, "key.pem"), "utf8"),
};
const sampleEvery = 1000;
const hangMilliseconds = 30_000;

const ring = await DeviceKeyRing.make();
let answer: PushAnswer = "take";
let counts = new Map<string, number>();
let samples: Uint8Array<ArrayBuffer>[] = [];
let times = { firstAt: 0, lastAt: 0 };
let [taken, requests] = [0, 0];
let server = listen(0);
const port = server.port ?? 0;

function listen(onPort: number): Bun.Server<undefined> {
  return Bun.serve({ hostname: "127.0.0.1", port: onPort, idleTimeout: 60, tls, fetch: serve });
}

async function serve(request: Request): Promise<Response> {
  requests += 1;
  const body = new Uint8Array(await request.arrayBuffer());
  if (answer === "hang") await Bun.sleep(hangMilliseconds);
  if (answer !== "take") return new Response(null, { status: requests % 2 === 0 ? 401 : 500 });
  const pair = `${request.url} ${request.headers.get("topic")}`;
  counts.set(pair, (counts.get(pair) ?? 0) + 1);
  if (taken++ % sampleEvery === 0) samples.push(body);
  times = { firstAt: times.firstAt || Date.now(), lastAt: Date.now() };
  return new Response(null, { status: 201 });
}

/** Those that hang are cut off when the service is up again. */
async function change(to: PushAnswer): Promise<void> {
  const isDown = answer === "down";
  if (answer === "hang" || to === "down") await server.stop(true);
  if ((answer === "hang" || isDown) && to !== "down") server = listen(port);
  answer = to;
  counts = new Map();
  samples = [];
  times = { firstAt: 0, lastAt: 0 };
  [taken, requests] = [0, 0];
}

async function report(): Promise<PushServiceReport> {
  const read = samples.map(async (body) => JSON.parse(new TextDecoder().decode(await ring.decrypt(body))));
  return {
    taken,
    requests,
    pairs: counts.size,
    ...times,
    samples: await Promise.all(read),
    cpuSeconds: cpuSeconds(process.pid),
  };
}

process.on("message", async (order: PushServiceOrder) => {
  if (order !== "report") await change(order);
  process.send!(await report());
});
process.send!({ origin: `https://localhost:${port}`, keys: ring.keys } satisfies PushServiceStarted);
