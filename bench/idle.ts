/** A process that opens one socket for each token, says when all are connected, and holds them for a minute. */
import { RawSocket } from "./raw-socket.ts";

export interface IdleInput {
  port: number;
  tokens: string[];
}

const atOnce = 100;
const holdMilliseconds = 60_000;
const { port, tokens } = JSON.parse(await Bun.stdin.text()) as IdleInput;
const sockets: RawSocket[] = [];

for (let at = 0; at < tokens.length; at += atOnce) {
  sockets.push(...(await Promise.all(tokens.slice(at, at + atOnce).map(connected))));
}
process.send!(sockets.filter((one) => !one.closed).length);
setTimeout(() => process.exit(0), holdMilliseconds);

/** A socket whose server has greeted it. */
async function connected(token: string): Promise<RawSocket> {
  const greeted = Promise.withResolvers<void>();
  const socket = await RawSocket.connect({ port, token, frame: () => greeted.resolve() });
  await greeted.promise;
  return socket;
}
