import type { WebSocketHandler } from "bun";

import type { Kit } from "../kit.ts";
import type { Connection } from "./connection.ts";
import { closeCodes } from "./protocol.ts";
import type { Sockets } from "./sockets.ts";

const longestIdleSeconds = 960;

/** Bun's handler, which passes everything to the socket's Connection. */
export function socketHandler(settings: Kit["settings"], sockets: Sockets): WebSocketHandler<Connection> {
  return {
    data: {} as Connection,
    maxPayloadLength: settings.maxFrameBytes,
    idleTimeout: Math.min(longestIdleSeconds, settings.heartbeatSeconds * 2),
    sendPings: true,
    perMessageDeflate: false,
    backpressureLimit: settings.slowHardBytes,
    // Otherwise frames beyond the limit are dropped without a word, and the client has a gap.
    closeOnBackpressureLimit: true,
    open(ws) {
      if (ws.data.actor) sockets.add(ws.data.userId, ws.data);
      ws.data.opened(ws);
    },
    message(ws, message) {
      if (typeof message === "string") ws.data.received(message);
      else ws.data.close(closeCodes.binaryFrame, "text frames only");
    },
    ping: (ws) => ws.data.pinged(),
    pong: (ws, payload) => ws.data.ponged(payload.toString()),
    drain: (ws) => ws.data.drained(),
    close(ws) {
      ws.data.closed();
      sockets.remove(ws.data.userId, ws.data);
    },
  };
}
