/**
 * A process that opens one socket for each token, all within a second, and looks at one chat with each. Once
 * everybody knows that everybody is online, each reads the last message. Says how long it took until the last
 * one knew, both times, in milliseconds.
 */
import { encodeJson, RawSocket } from "./raw-socket.ts";

export interface ComingBackInput {
  port: number;
  tokens: string[];
  chat: number;
  message: number;
}

export interface ComingBackOutput {
  online: number;
  read: number;
  frames: number;
}

const { port, tokens, chat, message } = JSON.parse(await Bun.stdin.text()) as ComingBackInput;
const everybody = tokens.length;
const withinMilliseconds = 1000;
const online = Buffer.from('{"type":"user_status"');
const status = Buffer.from('{"type":"message_status"');
const ack = Buffer.from('{"type":"ack","request_id":"look"');
const look = encodeJson({ type: "join_chat", request_id: "look", chat_id: chat });
const read = encodeJson({ type: "message_read", chat_id: chat, message_id: message });

let frames = 0;
let stillUnknown = everybody;
const allKnown = Promise.withResolvers<void>();
let stillUnread = everybody;
const allRead = Promise.withResolvers<void>();

/** One of them: who they know to be online, and how many they know to have read. */
async function comeBack(token: string): Promise<RawSocket> {
  const known = new Set<number>();
  const readers = new Set<number>();
  const greeted = Promise.withResolvers<void>();
  let looked = false;
  const know = (id: number) => {
    const before = known.size;
    known.add(id);
    if (before < everybody && known.size === everybody && --stillUnknown === 0) allKnown.resolve();
  };
  const socket = await RawSocket.connect({
    port,
    token,
    frame(bytes, start, end) {
      frames += 1;
      if (starts(bytes, start, online)) numbersAfter(bytes, start, end, '"user_id":').forEach(know);
      else if (starts(bytes, start, status)) {
        for (const id of numbersAfter(bytes, start, end, '"user_id":')) readers.add(id);
        if (readers.size === everybody && --stillUnread === 0) allRead.resolve();
      } else if (!looked) {
        if (starts(bytes, start, ack)) {
          looked = true;
          const { online: ids } = JSON.parse(bytes.toString("utf8", start, end)) as { online: number[] };
          ids.forEach(know);
        } else greeted.resolve();
      }
    },
  });
  await greeted.promise;
  socket.send(look);
  return socket;
}

function starts(bytes: Buffer, at: number, prefix: Buffer): boolean {
  return bytes.compare(prefix, 0, prefix.length, at, at + prefix.length) === 0;
}

/** The number behind each `name`. */
function* numbersAfter(bytes: Buffer, start: number, end: number, name: string): Generator<number> {
  for (let at = bytes.indexOf(name, start); at >= 0 && at < end; at = bytes.indexOf(name, at)) {
    at += name.length;
    let value = 0;
    for (; bytes[at]! >= 48 && bytes[at]! <= 57; at++) value = value * 10 + bytes[at]! - 48;
    yield value;
  }
}

const began = performance.now();
const sockets = await Promise.all(
  tokens.map(async (token, i) => {
    await Bun.sleep((i / everybody) * withinMilliseconds);
    return comeBack(token);
  }),
);
await allKnown.promise;
const known = performance.now();
for (const one of sockets) one.send(read);
await allRead.promise;
process.send!({ online: known - began, read: performance.now() - known, frames } satisfies ComingBackOutput);
setTimeout(() => process.exit(0), 60_000);
