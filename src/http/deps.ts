import type { Server } from "bun";

import type { Actor } from "../core/actor.ts";
import type { BadToken } from "../core/errors.ts";
import type { Endpoint } from "../feature.ts";
import type { Kit } from "../kit.ts";
import type { SocketContract } from "./documents/asyncapi.ts";
import type { Authenticators } from "./identify.ts";
import type { HttpLimits } from "./limits.ts";
import type { RequestLog } from "./request-log.ts";

/** What the REST door is made from. */
export interface HttpOptions {
  kit: Kit;
  endpoints: readonly Endpoint[];
  authenticators: Authenticators;
  version: string;
  /** What the AsyncAPI document says. */
  socket: SocketContract;
  /** Answers `/ws…`; undefined once the request has become a socket. */
  upgrade(
    request: Request,
    path: string,
    server: Server<unknown>,
    spend: (who: Actor | BadToken) => void,
  ): Promise<Response | undefined>;
  /** Bytes of a form with its files. */
  maxFormBytes: number;
  requestLog: RequestLog;
}

/** What the parts of the REST door work with. */
export type HttpDeps = HttpOptions & HttpLimits;
