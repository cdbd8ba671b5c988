/** A process that opens one socket for each token, says when all are connected, and holds them for a minute. */
import { RawSocket } from "./raw-socket.ts";

export interface IdleInput {
  port: number;
  tokens: string[];
  /** They come from an address each, as a trusted proxy says. */
  scattered?: boolean;
}

const atOnce = 100;
const holdMilliseconds = 60_000;
const { port, tokens, scattered } = JSON.parse(await Bun.stdin.text()) as IdleInput;
const sockets: RawSocket[] = [];

for (let at = 0; at < tokens.length; at += atOnce) {
  const some = tokens.slice(at, at + atOnce);
  sockets.push(...(await Promise.all(some.map((token, i) => connected(token, at + i)))));
}
process.send!(sockets.filter((one) => !one.closed).length);
setTimeout(() => process.exit(0), holdMilliseconds);

/** A socket whose server has greeted it. */
async function connected(token: string, index: number): Promise<RawSocket> {
  const greeted = Promise.withResolvers<void>();
  const socket = await RawSocket.connect({
    port,
    token,
    frame: () => greeted.resolve(),
    ...(scattered && { from: `10.1.${index >> 8}.${index & 255}` }),
  });
  await greeted.promise;
  return socket;
}
