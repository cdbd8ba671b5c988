/** A process that sends or receives files, one after another, and says how it went. */
import { download, type Transferred, upload } from "../test/support/transfer.ts";

export interface TransferInput {
  port: number;
  token: string;
  /** Either what to send … */
  send?: { size: number; seed: number };
  /** … or the path of what to receive. */
  receive?: string;
  /** Again and again until so much time has passed, each file another one; without it, once. */
  seconds?: number;
}

export interface TransferResult {
  bytesPerSecond: number;
  /** Where the last one can be had. */
  path: string;
}

const input = JSON.parse(await Bun.stdin.text()) as TransferInput;
const end = performance.now() + (input.seconds ?? 0) * 1000;
let size = 0;
let seconds = 0;
let path = "";
for (let round = 0; round === 0 || performance.now() < end; round++) {
  const one = await transfer(round);
  if (one.status >= 300) throw new Error(`a transfer was answered with ${one.status}`);
  size += one.size;
  seconds += one.seconds;
  path = one.path;
}
process.send!({ bytesPerSecond: size / seconds, path } satisfies TransferResult);
process.exit(0);

async function transfer(round: number): Promise<Transferred & { path: string }> {
  const { port, token, send, receive = "" } = input;
  const options = { port, token, unhashed: true };
  if (!send) return { ...(await download({ ...options, path: receive })), path: receive };
  const sent = await upload({ ...options, size: send.size, seed: send.seed + round });
  return { ...sent, path: sent.body.media?.[0].url };
}
