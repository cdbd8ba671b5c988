import type { Attack } from "../attack.ts";
import { encodeFrame, encodeJson } from "../../raw-socket.ts";

const sockets = 10;
const size = 100_000;
const small = 2000;

const text = (content: string) => encodeFrame(Buffer.from(content));
const times = (count: number, one: Buffer) => Buffer.concat(Array.from({ length: count }, () => one));

/** Frames without end on ten sockets of one account. */
const floods: Record<string, Buffer> = {
  "frames-pings": times(small, encodeJson({ type: "ping", request_id: "1" })),
  "frames-json": Buffer.concat([
    text(`{"type":"ping","a":${'{"a":'.repeat(size / 6)}0${"}".repeat(size / 6)}}`),
    text(`{"type":"ping","a":[${"[],".repeat(size / 3)}0]}`),
    text(`{"type":"ping","a":[${"0,".repeat(size / 2)}0]}`),
    text("[".repeat(size)),
  ]),
  "frames-garbage": Buffer.concat([times(small, text("no JSON")), text("x".repeat(size))]),
};

export const frames: Attack[] = Object.entries(floods).map(([name, batch]) => ({
  name,
  async run(assault) {
    await assault.begin();
    const tokens = Array.from({ length: sockets }, () => assault.tokens[0]!);
    await assault.keepSockets(tokens, (socket) => assault.flood(socket, batch));
  },
}));
