import type { Server } from "bun";

import type { Actor } from "../core/actor.ts";
import type { Clock } from "../core/clock.ts";
import type { BadToken } from "../core/errors.ts";
import type { Endpoint } from "../core/feature.ts";
import type { JsonLimits } from "../core/json.ts";
import type { Log } from "../core/log.ts";
import type { TokenBuckets } from "../core/token-bucket.ts";
import type { ArrivalLimits } from "./arrivals.ts";
import type { SocketContract } from "./documents/asyncapi.ts";
import type { Authenticators } from "./identify.ts";
import type { RequestLog } from "./request-log.ts";
import type { RoomLimits } from "./room.ts";
import type { SlowingLimits } from "./slowing.ts";

/** What the REST door is given. */
export interface HttpDeps extends Authenticators {
  endpoints: readonly Endpoint[];
  version: string;
  /** What the AsyncAPI document says. */
  socket: SocketContract;
  log: Log;
  clock: Clock;
  /** Answers `/ws…`; undefined once the request has become a socket. */
  upgrade(
    request: Request,
    path: string,
    server: Server<unknown>,
    spend: (who: Actor | BadToken) => void,
  ): Promise<Response | undefined>;
  /**
   * Calls, and fetched files, per user. Of those who have not signed in each call has an address's budget of its own,
   * and so has what is refused for its token, if that may be made up: who uses up one of them keeps nobody else there
   * from signing in, or from learning that they have to. `other` is for what is no call at all, per address.
   */
  budgets: { calls: TokenBuckets; files: TokenBuckets; other: TokenBuckets } | undefined;
  /** The address that people use, or empty. */
  publicUrl: string;
  corsOrigins: readonly string[];
  trustedProxies: readonly string[];
  bodies: {
    /** Of a call with an access token, and of one without: what anybody may send takes little. */
    maxBytes: number;
    maxAnonymousBytes: number;
    json: JsonLimits;
    room: RoomLimits;
  };
  /** Of a form with its files. */
  maxFormBytes: number;
  requestLog: RequestLog;
  refusals: SlowingLimits;
  arrivals: ArrivalLimits;
}
