/** The upgrade of a request for `/ws…` to a socket, or its refusal. */
import type { Server } from "bun";

import type { Kit } from "../kit.ts";
import type { Actor } from "../core/actor.ts";
import { BadToken, ChatError } from "../core/errors.ts";
import { maxCursorLength } from "../core/wire.ts";
import { Connection, type ConnectionDeps } from "./connection.ts";

export interface UpgradeDeps {
  settings: Kit["settings"];
  connection: ConnectionDeps;
  authenticate(token: string): Promise<Actor>;
  authenticateTicket(ticket: string): Promise<Actor>;
}

/**
 * Answers a request for `/ws…`: undefined once it is a socket. Errors: `bad_origin`, `upgrade_required`, `stopping`,
 * and those of `spend`, which is called with who connects.
 */
export type Upgrade = (
  request: Request,
  path: string,
  server: Server<Connection>,
  spend: (who: Actor | BadToken) => void,
) => Promise<Response | undefined>;

const subprotocol = "chat.v1";
const stoppingRetryAfter = 5;

export function createUpgrade(deps: UpgradeDeps, isClosing: () => boolean): Upgrade {
  const origins = originsOf(deps.settings);
  return async (request, path, server, spend) => {
    const { headers } = request;
    if (headers.get("upgrade")?.toLowerCase() !== "websocket") throw new ChatError("upgrade_required");
    if (!originAllowed(headers, origins)) throw new ChatError("bad_origin");
    const query = new URL(request.url).searchParams;
    const who = await identify(deps, headers, path, query.get("ticket"));
    spend(who);
    // A socket that opened now would miss the close that all others get, and hold up the stop.
    if (isClosing()) throw new ChatError("stopping", undefined, { retryAfter: stoppingRetryAfter });
    // Cut to the length that frames allow: a longer text is no cursor, and neither is what is left of it.
    const since = query.get("since")?.slice(0, maxCursorLength);
    const upgraded = server.upgrade(request, {
      data: new Connection(deps.connection, who instanceof BadToken ? undefined : who, since),
      // Empty means no header. Without one from here Bun answers with the first one offered, which may be a token.
      headers: { "Sec-WebSocket-Protocol": offered(headers).includes(subprotocol) ? subprotocol : "" },
    });
    if (!upgraded) throw new ChatError("upgrade_required");
    return undefined;
  };
}

/** Origins of web pages that may connect, besides the server's own. */
function originsOf({ corsOrigins, publicUrl }: Kit["settings"]): string[] {
  return [...corsOrigins, ...(publicUrl ? [new URL(publicUrl).origin] : [])];
}

/** A browser always names the page's origin; other clients name none. */
function originAllowed(headers: Headers, origins: readonly string[]): boolean {
  const origin = headers.get("origin");
  if (origin === null || origins.includes(origin)) return true;
  return URL.canParse(origin) && new URL(origin).host === headers.get("host");
}

/**
 * With a bad token the socket is opened and then closed with 4001, because web pages cannot see a refused upgrade's
 * status.
 */
async function identify(
  { authenticate, authenticateTicket }: UpgradeDeps,
  headers: Headers,
  path: string,
  ticket: string | null,
): Promise<Actor | BadToken> {
  try {
    if (ticket !== null) return await authenticateTicket(ticket);
    return await authenticate(tokenOf(headers, path));
  } catch (error) {
    if (error instanceof BadToken) return error;
    throw error;
  }
}

/** The token from the path, the Authorization header or the subprotocol `bearer.<token>`, in this order. */
function tokenOf(headers: Headers, path: string): string {
  const inPath = path.replace(/^\/ws\/?/, "").replace(/\/$/, "");
  if (inPath !== "") return inPath;
  const authorization = headers.get("authorization");
  if (authorization?.slice(0, 7).toLowerCase() === "bearer ") return authorization.slice(7).trim();
  const bearer = offered(headers).find((one) => one.startsWith("bearer."));
  return bearer?.slice("bearer.".length) ?? "";
}

/** Subprotocols (RFC 6455, 11.3.4). */
function offered(headers: Headers): string[] {
  const list = headers.get("sec-websocket-protocol")?.split(",") ?? [];
  return list.map((one) => one.trim());
}
