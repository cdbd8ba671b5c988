import type { Server, WebSocketHandler } from "bun";

import type { Actor } from "../core/actor.ts";
import { BadToken, ChatError } from "../core/errors.ts";
import { maxCursorLength } from "../core/wire.ts";
import { Connection, type ConnectionDeps } from "./connection.ts";
import { closeCodes } from "./protocol.ts";
import type { Sockets } from "./sockets.ts";

export interface GatewayDeps {
  connection: ConnectionDeps;
  sockets: Sockets;
  authenticate(token: string): Promise<Actor>;
  authenticateTicket(ticket: string): Promise<Actor>;
  /** Origins of web pages that may connect, besides the server's own. */
  origins: readonly string[];
  monotonic(): number;
  maxFrameBytes: number;
  slowHardBytes: number;
  slowBytesInAll: number;
  heartbeatSeconds: number;
}

const subprotocol = "chat.v1";
const sweepMilliseconds = 1000;
const reliefMilliseconds = 100;

export interface Gateway {
  handler: WebSocketHandler<Connection>;
  /**
   * Answers a request for `/ws…`: undefined once it is a socket. Errors: `bad_origin`,
   * `upgrade_required`, `stopping`, and what `spend` refuses, which is told who comes.
   */
  upgrade(
    request: Request,
    path: string,
    server: Server<Connection>,
    spend: (who: Actor | BadToken) => void,
  ): Promise<Response | undefined>;
  /** Looks each second for sockets that do not read, or are dead, and for those that have something to prove. */
  sweep: { every: number; run(): void };
  /** Looks more often whether all sockets together leave too much unread; those with most of it are cut. */
  relief: { every: number; run(): void };
  /** Asks everybody to come back in a moment. */
  close(): void;
}

/** The WebSocket door: who may come in, and Bun's handler for the sockets that did. */
export function createGateway(deps: GatewayDeps): Gateway {
  let isClosing = false;
  /** The event loop has turned since the last look: what came has been read. It has not after the machine slept. */
  let hasTurned = true;

  async function upgrade(
    request: Request,
    path: string,
    server: Server<Connection>,
    spend: (who: Actor | BadToken) => void,
  ) {
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
      throw new ChatError("upgrade_required");
    }
    if (!originAllowed(request.headers, deps.origins)) throw new ChatError("bad_origin");
    const query = new URL(request.url).searchParams;
    const who = await identify(request.headers, path, query.get("ticket"));
    spend(who);
    // One that opened now would not hear the others' goodbye, and hold up the stop.
    if (isClosing) throw new ChatError("stopping", undefined, { retryAfter: 5 });
    const offered = request.headers
      .get("sec-websocket-protocol")
      ?.split(",")
      .map((one) => one.trim());
    // Cut to the length that frames allow: what is longer is no cursor of ours, and stays none.
    const since = query.get("since")?.slice(0, maxCursorLength);
    const upgraded = server.upgrade(request, {
      data: new Connection(deps.connection, who instanceof BadToken ? undefined : who, since),
      // Empty means no header. Without a word from us Bun answers the first one offered, which may be a token.
      headers: { "Sec-WebSocket-Protocol": offered?.includes(subprotocol) ? subprotocol : "" },
    });
    if (!upgraded) throw new ChatError("upgrade_required");
    return undefined;
  }

  /** With a bad token the socket is opened and closed with 4001, which a web page can tell apart. */
  async function identify(headers: Headers, path: string, ticket: string | null): Promise<Actor | BadToken> {
    try {
      if (ticket !== null) return await deps.authenticateTicket(ticket);
      return await deps.authenticate(tokenOf(headers, path));
    } catch (error) {
      if (error instanceof BadToken) return error;
      throw error;
    }
  }

  const handler: WebSocketHandler<Connection> = {
    data: {} as Connection,
    maxPayloadLength: deps.maxFrameBytes,
    idleTimeout: Math.min(960, deps.heartbeatSeconds * 2),
    sendPings: true,
    perMessageDeflate: false,
    backpressureLimit: deps.slowHardBytes,
    // Otherwise frames beyond the limit are dropped without a word, and the client has a gap.
    closeOnBackpressureLimit: true,
    open(ws) {
      if (ws.data.actor) deps.sockets.add(ws.data.userId, ws.data);
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
      deps.sockets.remove(ws.data.userId, ws.data);
    },
  };

  return {
    handler,
    upgrade,
    sweep: {
      every: sweepMilliseconds,
      run() {
        const now = deps.monotonic();
        for (const connection of Array.from(deps.sockets.all())) {
          connection.checkSpeed();
          if (!hasTurned) continue;
          connection.checkLife();
          connection.askForProof(now);
        }
        if (!hasTurned) return;
        hasTurned = false;
        setImmediate(() => {
          hasTurned = true;
        });
      },
    },
    relief: {
      every: reliefMilliseconds,
      run() {
        let unread = 0;
        for (const connection of deps.sockets.all()) unread += connection.unread;
        if (unread <= deps.slowBytesInAll) return;
        for (const connection of Array.from(deps.sockets.all()).sort((a, b) => b.unread - a.unread)) {
          unread -= connection.unread;
          connection.cut();
          if (unread <= deps.slowBytesInAll) return;
        }
      },
    },
    close() {
      isClosing = true;
      for (const connection of Array.from(deps.sockets.all()))
        connection.close(closeCodes.restarting, "restarting");
    },
  };
}

/** The token from the path, the Authorization header or the subprotocol `bearer.<token>`, in this order. */
function tokenOf(headers: Headers, path: string): string {
  const inPath = path.replace(/^\/ws\/?/, "").replace(/\/$/, "");
  if (inPath !== "") return inPath;
  const authorization = headers.get("authorization");
  if (authorization?.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  const offered = headers.get("sec-websocket-protocol")?.split(",") ?? [];
  const bearer = offered.map((one) => one.trim()).find((one) => one.startsWith("bearer."));
  return bearer?.slice("bearer.".length) ?? "";
}

/** A browser always names the page's origin; other clients name none. */
function originAllowed(headers: Headers, origins: readonly string[]): boolean {
  const origin = headers.get("origin");
  if (origin === null || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}
